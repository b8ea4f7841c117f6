package filing

import (
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// maxBody is how large a filed document may be, in bytes. A workbook of every cell
// of every county of a province has a tenth of it.
const maxBody = 20 << 20

// dangers are the parts of a workbook that no form has, by the folders that they lie
// in.
var dangers = []struct {
	prefix  string
	problem pipeline.Problem
}{
	{"xl/vbaproject", pipeline.ProblemMacros},
	{"xl/macrosheets/", pipeline.ProblemMacros},
	{"xl/externallinks/", pipeline.ProblemExternal},
	{"xl/connections", pipeline.ProblemExternal},
	{"xl/querytables/", pipeline.ProblemExternal},
	{"xl/embeddings/", pipeline.ProblemEmbedded},
	{"xl/activex/", pipeline.ProblemEmbedded},
}

// open opens a workbook after looking at what else is in the file. It refuses the
// document, and returns nil, where it is none that is read.
func (j *judge) open() *decode.Workbook {
	body := j.doc.Body
	if len(body) > maxBody {
		j.refuse(pipeline.ProblemOversized, "")
		return nil
	}
	switch form := decode.FormOf(body); {
	case decode.Encrypted(body):
		j.refuse(pipeline.ProblemEncrypted, "")
		return nil
	case form == decode.FormOLE:
		j.refuse(pipeline.ProblemOldWorkbook, "")
		return nil
	case form != decode.FormXLSX && form != decode.FormZip:
		j.refuse(pipeline.ProblemNoWorkbook, string(form))
		return nil
	}
	budget := decode.NewBudget()
	archive, fault := decode.Zip(body, budget)
	if fault != nil {
		j.refuse(pipeline.ProblemDamaged, fault.Detail)
		return nil
	}
	if !archive.HasFolder("xl/workbook") {
		j.refuse(pipeline.ProblemNoWorkbook, string(decode.FormZip))
		return nil
	}
	if name := archive.Inflates(); name != "" {
		j.refuse(pipeline.ProblemZipBomb, name)
		return nil
	}
	for _, danger := range dangers {
		if archive.HasFolder(danger.prefix) {
			j.refuse(danger.problem, danger.prefix)
			return nil
		}
	}
	book, fault := decode.OpenWorkbook(body, budget)
	if fault != nil {
		j.fault(fault)
		return nil
	}
	return book
}

// fault refuses the document for what decoding it met.
func (j *judge) fault(fault *decode.Fault) {
	problem := pipeline.ProblemDamaged
	switch {
	case fault.Reason == pipeline.UnexpectedKind && strings.Contains(fault.Detail, "encrypted"):
		problem = pipeline.ProblemEncrypted
	case fault.Reason == pipeline.UnexpectedKind:
		problem = pipeline.ProblemNoWorkbook
	case strings.Contains(fault.Detail, "zip bomb"):
		problem = pipeline.ProblemZipBomb
	case fault.Reason == pipeline.UnexpectedField:
		problem = pipeline.ProblemOversized
	}
	j.refuse(problem, fault.Detail)
}
