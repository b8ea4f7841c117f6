package extract

import (
	"regexp"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// flatWord stands for a growth of zero behind an amount or a price: 与上年持平. A
// growth rate that is level with last year's is unknown, and 基本持平 is rough.
const flatWord = "持平"

var flatWords = regexp.MustCompile(`^(?:[，,]` + prices + `|\s)*(?:(?:与|同|和|较|比)?(?:上年同期|去年同期|上年|去年)|同比)+(?:` + flatWord + `)`)

// flat reads 持平 behind an amount, between two offsets. It returns where the text
// goes on.
func (n *sentence) flat(text string, of subject, from, end int, seen bool) int {
	if !n.cues.has(cueFlat) {
		return from
	}
	grown := n.growthOf(of.indicator)
	if grown == nil || !seen && of.indicator.PriceBasis != "index" {
		return from
	}
	at := flatWords.FindStringIndex(text[from:end])
	percent, ok := n.recognise.Unit("%")
	if at == nil || !ok {
		return from
	}
	stop := from + at[1]
	zero := recognise.NumberAt{Start: stop - len(flatWord), End: stop, Number: recognise.Number{Text: flatWord, Decimal: "0", Decimals: 1}}
	n.emit(text, subject{of.name, grown}, zero, percent, "", pipeline.Plus)
	return stop
}
