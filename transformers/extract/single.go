package extract

import (
	"zhibiao/transformers/recognise"
)

// single reads the numbers of one name: its level, its growth, and the same again
// for another period or region. It returns the name if what follows may still be
// about it.
func (n *sentence) single(text string, hit recognise.Hit, numbers []recognise.NumberAt) subject {
	c := clauses{sentence: n, text: text, hit: hit, of: subject{text[hit.Start:hit.End], n.indicators[hit.Indicator]}, from: hit.End}
	numbers = afterAside(text, c.from, numbers)
	n.zero(text, c.of, c.from)
	for i, number := range numbers {
		if number.Start < c.from { // the 1 of 1.88∶1
			continue
		}
		if c.seen && isRank(text, number) {
			c.from = afterRank(text, number)
			continue
		}
		c.from = n.flat(text, c.of, c.from, number.Start, c.seen)
		c.words = n.marked(text, c.from, number.Start)
		switch c.take(number) {
		case taken:
			c.seen, c.from = true, n.afterUnit(text, number)
			continue
		case ended:
			return subject{}
		}
		if c.takeTogether(numbers[i:]) {
			continue
		}
		if !c.seen {
			n.unread(text, c.of, number, c.words)
			return subject{}
		}
		return n.resume(text, c.of, c.from, numbers[i:])
	}
	n.flat(text, c.of, c.from, len(text), c.seen)
	return c.of
}

// clauses reads the clauses behind one name.
type clauses struct {
	*sentence
	text  string
	hit   recognise.Hit
	of    subject
	from  int    // where the text goes on
	words string // from there to the number, marked

	seen     bool // a number of the name was read or passed over
	planned  bool // the last was a plan: 预算为a
	changing bool // the last was where a change began: 由上年的a
}

// outcome says what became of a number.
type outcome int

const (
	notUnderstood outcome = iota
	taken                 // read, refused or passed over: the text goes on about the name
	ended                 // nothing that follows is about the name
)

// take reads one number by the words before it.
func (c *clauses) take(number recognise.NumberAt) outcome {
	text, words := c.text, c.words
	verb, grows := c.growthVerb()
	share := shareIn[c.hit.Indicator]
	switch {
	case c.changing && changedTo.MatchString(words), c.planned && carriedOut.MatchString(words), !c.seen && changedFrom.MatchString(words):
		c.changing, c.planned = !c.changing && !c.planned, false
		return goesOn(c.level(text, c.of, number))
	case !c.seen && planFirst.MatchString(words), c.planned && planNext.MatchString(words):
		c.planned = true
	case c.passes(number, grows):
	case grows:
		c.open = c.open[:0]
		return goesOn(c.growth(text, c.of, number, verb) || points.MatchString(text[number.End:]))
	case !c.seen && c.of.indicator.Code == profit && lossFirst.MatchString(words):
		return goesOn(c.loss(text, c.of, number))
	case !c.seen && levelFirst.MatchString(words) || c.seen && levelNext.MatchString(words):
		if !c.level(text, c.of, number) {
			return ended
		}
		c.hold(c.hit, number.Start)
	case c.seen && share != "" && shareNext.MatchString(words):
		c.level(text, subject{c.of.name, c.indicators[share]}, number)
	default:
		return notUnderstood
	}
	return taken
}

func goesOn(ok bool) outcome {
	if ok {
		return taken
	}
	return ended
}

// growthVerb returns the verb of words that make a growth of the number. A growth
// that is named needs none: 增速为-1.5%.
func (c *clauses) growthVerb() (string, bool) {
	verb, grows := verbIn(growthNext, c.words)
	named := isGrowth(c.of.indicator) && growthName.MatchString(compact(c.of.name))
	if !grows && (rateNext.MatchString(c.words) || !c.seen && named && levelFirst.MatchString(c.words)) {
		return "增长", true
	}
	return verb, grows
}

// passes reports whether a number is of something else than the name's series,
// and the text goes on: a share of a plan, the growth of a plan, an index of
// prices, a comparison with another year.
func (c *clauses) passes(number recognise.NumberAt, grows bool) bool {
	switch {
	case c.planned && grows:
		return true
	case c.seen && ofSomething.MatchString(c.words) && c.isPercent(c.text, number):
		return true
	case !c.seen && c.of.indicator.Code == consumerPrices && indexFirst.MatchString(c.words):
		return priceIndex.MatchString(compact(c.of.name))
	case grows:
		return false
	}
	return (c.seen || grownFrom.MatchString(c.words)) && besideLevel.MatchString(c.words) && !points.MatchString(c.text[number.End:])
}

// takeTogether reads a list of numbers that belong to the names before: 分别.
func (c *clauses) takeTogether(numbers []recognise.NumberAt) bool {
	end := 0
	if c.seen {
		end = c.growTogether(c.text, c.words, numbers)
	} else {
		end = c.ofRegions(c.text, c.words, c.of, numbers)
	}
	if end > 0 {
		c.seen, c.from = true, end
	}
	return end > 0
}
