package extract

import (
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

// standing says for what a base of growth holds that an earlier sentence stated.
// Growth there that states no base of its own may be on that one or on last year:
// it is refused.
type standing uint8

const (
	nowhere  standing = iota
	forParts          // for a sentence that opens with 其中
	forAll            // for each sentence, until one names a time or last year
)

// isRebased reports whether a growth at an offset is, or may be, on another base
// than last year's: one that a clause before the names states, one that the growth
// before it in the sentence is on, one that an earlier sentence states. Its own
// words can say otherwise.
func (n *sentence) isRebased(text string, offset int) bool {
	if n.rebased != nil && offset >= n.rebased.end {
		clause := text[n.rebased.end:offset]
		if i := strings.LastIndexAny(clause, clauseBreaks); i >= 0 {
			clause = clause[i:]
		}
		return !lastYear.MatchString(clause)
	}
	if from := n.growthOnOther(text, offset); from >= 0 {
		return !n.resetsBase(text, from, offset)
	}
	return n.inherits(text) && !n.resetsBase(text, 0, offset)
}

// inherits reports whether a base of an earlier sentence holds in this one.
func (n *sentence) inherits(text string) bool {
	return n.based == forAll || n.based == forParts && strings.HasPrefix(strings.TrimLeft(text, " \u3000"), "其中")
}

// basedBehindIt says for what the base holds that stands at the end of the sentence.
func (n *sentence) basedBehindIt(text string) standing {
	if n.rebased != nil {
		words := strings.Trim(n.marked(text, 0, n.rebased.start), "PR，,；;、")
		if !n.rebased.part && words == "" && !n.resetsBase(text, n.rebased.end, len(text)) {
			return forAll
		}
		return nowhere
	}
	if from := n.growthOnOther(text, len(text)); from >= 0 {
		if n.resetsBase(text, from, len(text)) {
			return nowhere
		}
		return max(forParts, n.based)
	}
	if n.inherits(text) && !n.resetsBase(text, 0, len(text)) {
		return n.based
	}
	return nowhere
}

// resetsBase reports whether the words between two offsets name last year, or a
// time that what follows is about.
func (n *sentence) resetsBase(text string, from, to int) bool {
	if lastYear.MatchString(text[from:to]) {
		return true
	}
	for _, h := range n.periods {
		switch {
		case h.Start < from || h.End > to:
		case h.Comparison:
			if n.isYearBefore(text, h) {
				return true
			}
		case !h.Other && !isRelative(text, h):
			return true
		}
	}
	return false
}

// growthOnOther returns where the last growth before an offset ends that says itself
// that it is on another year than the last, 比2020年增长22.1%; -1 for none.
func (n *sentence) growthOnOther(text string, offset int) int {
	last := -1
	for _, h := range n.periods {
		if !h.Comparison || h.Period.Freq != pipeline.Annual || h.End > offset || n.isYearBefore(text, h) {
			continue
		}
		if number, ok := n.numberBehind(h.End); ok && number.End <= offset && grownBy.MatchString(compact(between(text, h.End, number.Start))) &&
			n.isPercent(text, number) && !points.MatchString(text[number.End:]) {
			last = number.End
		}
	}
	return last
}

var grownBy = newPhrase(`^(?:同期|末|底)?(?:相比)?[，,]?(?:累计|实际|共)?(?:增长|上升|上涨|提高|增加|下降|降低|减少|回落)(?:了)?$`)

// numberBehind returns the first number from an offset on.
func (n *sentence) numberBehind(from int) (recognise.NumberAt, bool) {
	for _, number := range n.numbers {
		if number.Start >= from {
			return number, true
		}
	}
	return recognise.NumberAt{}, false
}
