package recognise

import (
	"fmt"
	"sync"

	"zhibiao/pipeline"
)

// Recogniser knows the names of one source's rules. It is immutable and safe
// for use by several goroutines.
type Recogniser struct {
	names         *names
	units         *units
	labels        map[string]string // folded label → code, "" to leave it to nobody
	ignored       map[string]bool
	absent        map[string]pipeline.Flag
	absentNumbers bool            // a mark has the form of a number
	regions       func() *regions // built at first use

	conversions conversions
	labelled    Memory[LabelMatch]
	unitTexts   Memory[unitText]
}

// Compile prepares the names of the rules. It fails where one name means two
// things.
func Compile(rules *pipeline.Rules) (*Recogniser, error) {
	names, err := compileNames(rules.Indicators, rules.Decoys)
	if err != nil {
		return nil, err
	}
	units, err := compileUnits(rules.Units)
	if err != nil {
		return nil, err
	}
	r := &Recogniser{
		names:   names,
		units:   units,
		labels:  make(map[string]string, len(rules.Source.Labels)),
		ignored: make(map[string]bool, len(rules.Source.Ignore)),
		absent:  make(map[string]pipeline.Flag, len(rules.Absent)),
		regions: sync.OnceValue(func() *regions { return compileRegions(rules.Regions) }),

		conversions: conversions{known: map[conversionKey]*Conversion{}},
	}
	for label, code := range rules.Source.Labels {
		name := strip(foldName(label))
		if other, ok := r.labels[name]; ok && other != code {
			return nil, fmt.Errorf("compiling the labels of %s: %q is both %s and %s", rules.Source.Name, label, code, other)
		}
		r.labels[name] = code
	}
	for _, name := range rules.Source.Ignore {
		r.ignored[strip(foldName(name))] = true
	}
	for _, mark := range rules.Absent {
		name := foldName(mark.Text)
		r.absent[name] = mark.Flag
		r.absentNumbers = r.absentNumbers || isPlainNumber(name)
	}
	return r, nil
}

// Absent returns the flag of a text that stands where a number would. The empty
// text is known only if the rules list it.
func (r *Recogniser) Absent(text string) (pipeline.Flag, bool) {
	if isPlainNumber(text) && !r.absentNumbers {
		return "", false
	}
	flag, ok := r.absent[foldName(text)]
	return flag, ok
}
