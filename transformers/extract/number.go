package extract

import (
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// number reads a text that is one printed number; the reason says whether it is
// a wrong number or a mark that is not in the list of marks.
func (e *Extractor) number(text string) (recognise.Number, pipeline.Reason) {
	number, err := recognise.ParseNumber(text)
	if err == nil {
		number.Text = text
		return number, ""
	}
	if strings.ContainsAny(text, "0123456789０１２３４５６７８９") {
		return number, pipeline.BadNumber
	}
	return number, pipeline.UnknownAbsentMark
}
