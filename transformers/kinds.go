package transformers

import (
	"fmt"

	"zhibiao/pipeline"
	"zhibiao/transformers/extract"
	"zhibiao/transformers/filing"
	"zhibiao/transformers/supplement"
)

// documentReader reads documents under the rules that it was compiled from.
type documentReader interface {
	Document(doc *pipeline.Document) extract.Result
}

// compileDocuments chooses the reader of a kind of documents.
func compileDocuments(rules *pipeline.Rules) (documentReader, error) {
	switch rules.Source.Kind {
	case pipeline.KindFiling, pipeline.KindPlatform:
		return filing.Compile(rules)
	case pipeline.KindEntries:
		return supplement.Compile(rules), nil
	}
	return extract.Compile(rules)
}

// Judge reads a filed document cell by cell: what Read will store of it, and what is
// wrong with the rest. It is for documents of KindFiling and KindPlatform.
func (t *Transformer) Judge(doc pipeline.Document, rules *pipeline.Rules) (pipeline.Judgement, error) {
	known, err := t.known(rules)
	if err != nil {
		return pipeline.Judgement{}, fmt.Errorf("judging a filed document: %w", err)
	}
	form, ok := known.documents.(*filing.Form)
	if !ok {
		return pipeline.Judgement{}, fmt.Errorf("judging a filed document: source %s has documents of kind %s", rules.Source.Name, rules.Source.Kind)
	}
	return form.Judge(&doc), nil
}
