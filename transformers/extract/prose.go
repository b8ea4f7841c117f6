package extract

import (
	"regexp"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

// prose reads running text: sentence by sentence, name by name, the numbers that
// follow a name in words that are understood.
func (s *sink) prose(page *decode.Page, sc *scope) {
	p := &paragraph{sink: s, scope: sc, page: page}
	s.expectProse(page)
	planned, carried := false, sc.period // the section is about plans; what it is about
	for i := range page.Blocks {
		b := &page.Blocks[i]
		if b.Chrome {
			continue
		}
		text := b.Text.String()
		if b.Kind == decode.Paragraph && isSection(text) || b.Kind == decode.Heading && b.Level > 1 && (isSection(text) || sc.plannedIn != 0) {
			carried, planned = sc.section(text)
		}
		if b.Kind != decode.Paragraph || !p.begin(b, carried) {
			continue
		}
		if p.accents && converted.MatchString(text) {
			start, end := b.Text.Raw(0, len(text))
			s.refuse(pipeline.BadEncoding, "", nil, place{locator: b.Locator, table: b.Locator, start: start, end: end, quote: text},
				"the paragraph was converted between scripts by a machine; read the original page")
			continue
		}
		for i := 0; !planned && i < len(p.sights); i++ {
			p.sentence(&p.sights[i])
		}
	}
}

// expectProse makes room for the observations of the running text: there are about
// as many as signs of percent.
func (s *sink) expectProse(page *decode.Page) {
	count := 0
	for i := range page.Blocks {
		count += strings.Count(page.Blocks[i].Text.String(), "%")
	}
	s.expect(count)
}

// begin takes up a block. It reports whether the block holds any number: digits,
// or a zero in words.
func (p *paragraph) begin(b *decode.Block, carried pipeline.Period) bool {
	text := b.Text.String()
	p.sights = cues.survey(text, p.sights)
	cued, numbers := cueSet(0), false
	p.accents = false
	for i := range p.sights {
		cued |= p.sights[i].cues
		numbers = numbers || p.sights[i].hasNumber()
		p.accents = p.accents || p.sights[i].accents
	}
	p.text, p.s, p.locator, p.carried = b.Text, text, b.Locator, carried
	p.final, p.vague, p.based, p.region, p.last = false, false, nowhere, nil, subject{}
	p.provisional = cued.has(cueProvisional) && provisionalWords.MatchString(text)
	return numbers
}

// hasNumber reports whether a sentence has digits, or a zero in words.
func (s *sight) hasNumber() bool {
	return s.digits || s.cues.has(cueFlat) || s.cues.has(cueZero)
}

var (
	// converted is text with pinyin in brackets, as machines leave it.
	converted        = regexp.MustCompile(`[（(][a-züāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][a-z]*[）)]`)
	provisionalHint  = newAnywhere("初步核算", "初步统计", "快报数", "预计")
	provisionalWords = regexp.MustCompile(`初步核算(?:[^数]|$)|初步统计|快报数|预计`)
	finalWords       = newAnywhere("最终核实")
	// targetWords make plans of the numbers of a sentence.
	targetWords = newAnywhere("目标", "计划", "力争", "规划", "预期", "要达到", "将达到", "奋斗")
)

// isSection reports whether a paragraph is the heading of a section: 二、2025年主要
// 预期目标.
func isSection(text string) bool {
	const longest = 120 // bytes
	return len(text) < longest && sectionNumeral.MatchString(text) && !strings.ContainsAny(text, "。；，")
}

var (
	sectionNumeral = regexp.MustCompile(`^\s*(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)])`)
	plannedSection = regexp.MustCompile(`目标|计划|草案|预期|下一步|下一阶段|安排|展望|打算`)
)

// paragraph is a block of running text. What a sentence leaves open it inherits
// from the sentence before.
type paragraph struct {
	*sink
	scope       *scope
	page        *decode.Page
	searched    bool // see leavesRuralOut
	ruralOut    bool
	text        decode.Text
	s           string
	locator     string
	accents     bool // it may have letters of pinyin
	provisional bool
	final       bool            // holds until a sentence says otherwise
	carried     pipeline.Period // of the sentence before
	vague       bool            // the last time that was named is none of ours
	based       standing        // what a base that was stated holds for
	region      *mention        // of the sentence before, in pages about several regions
	last        subject         // what the sentence before ended with
	sights      []sight         // its sentences
	passage     recognise.Passage
	now         sentence // the sentence that is being read; its room is used again
}

// sentence is one sentence with all that was found in it. Offsets are of the
// paragraph's text.
type sentence struct {
	*paragraph
	*sight
	hits       []recognise.Hit
	numbers    []recognise.NumberAt
	periods    []recognise.PeriodHit
	mentions   []mention
	beyond     int          // where words first end that take what follows out of scope, -1 for nowhere
	rebased    *otherBaseAt // from where growth is on another base than last year's, nil for nowhere
	placeMarks []mark
	marksMade  bool
	leads      []unitLead
	only       *mention  // the region of the member of a list that is being read
	open       []pending // names that wait for their growth
}

func (p *paragraph) sentence(at *sight) {
	if at.start == at.end {
		p.last = subject{}
		return
	}
	text := p.s[at.start:at.end]
	provisional := at.cues.has(cueProvisional) && provisionalWords.MatchString(text)
	p.final = at.cues.has(cueFinal) || p.final && !provisional
	n := &p.now
	*n = sentence{paragraph: p, sight: at, beyond: at.firstEnd(cueOtherScope),
		numbers: n.numbers[:0], mentions: n.mentions[:0], placeMarks: n.placeMarks[:0], leads: n.leads[:0], open: n.open[:0]}
	n.find(text)
	p.last = n.read(text)
	p.based = n.basedBehindIt(text)
	for _, h := range n.periods {
		if h.Comparison || isRelative(text, h) {
			continue
		}
		if p.vague = h.Other; !h.Other {
			p.carried = h.Period
		}
	}
	if len(p.scope.regions) > 1 && len(n.mentions) > 0 && n.mentions[len(n.mentions)-1].codes != nil {
		last := n.mentions[len(n.mentions)-1]
		p.region = &last
	}
}

// find finds names, times, places and numbers in the sentence.
func (n *sentence) find(text string) {
	p := n.paragraph
	p.passage.Set(text)
	n.hits = p.passage.Names(p.recognise)
	n.periods = p.passage.Periods(recognise.PeriodContext{Year: p.year(), Document: p.scope.published})
	if n.cues.has(cueYearsAgo) {
		n.periods = withYearsAgo(text, n.periods)
	}
	if n.cues.has(cueSpan) {
		n.periods = withSpans(text, n.periods)
	}
	joinComparisons(text, n.periods)
	p.scope.unsettle(text, n.periods)
	if n.digits || len(n.hits) > 0 || len(p.scope.regions) > 1 {
		n.findPlaces(text)
	}
	n.findBase(text)
	if n.digits {
		n.findNumbers()
	}
	n.hits = slices.DeleteFunc(n.hits, func(h recognise.Hit) bool {
		return h.Indicator == "" && shareName.MatchString(text[h.Start:h.End])
	})
	if n.cues.has(cueElliptic) {
		n.hits = p.withElliptic(text, n.hits)
	}
	meanConsumerPrices(text, n.hits)
}

// findNumbers keeps the numbers of the sentence that are no times, up to where it
// speaks of plans.
func (n *sentence) findNumbers() {
	planned := n.firstEnd(cueTarget)
	for _, number := range n.passage.Numbers() {
		if slices.ContainsFunc(n.periods, func(h recognise.PeriodHit) bool { return h.Start <= number.Start && number.End <= h.End }) {
			continue
		}
		if planned >= 0 && planned <= number.Start {
			return // what follows is planned
		}
		n.numbers = append(n.numbers, number)
	}
}

// isRelative reports whether a time is only the year before the one that is
// spoken about: it holds for the number right behind it and for nothing else.
func isRelative(text string, h recognise.PeriodHit) bool {
	words, before := text[h.Start:h.End], strings.TrimRight(text[:h.Start], " \u3000")
	if strings.HasSuffix(before, "由") || strings.HasSuffix(before, "从") && strings.HasPrefix(text[h.End:], "的") {
		return true
	}
	return strings.Contains(words, "上") && strings.Contains(words, "年") && !strings.Contains(words, "上半年") || strings.Contains(words, "去年")
}

// joinComparisons makes a comparison of a time that is joined to one: 较前三季度和
// 上半年.
func joinComparisons(text string, hits []recognise.PeriodHit) {
	for i := 1; i < len(hits); i++ {
		before := hits[i-1]
		if before.Comparison && before.End < hits[i].Start && listSeparator.MatchString(between(text, before.End, hits[i].Start)) {
			hits[i].Comparison = true
		}
	}
}

// meanConsumerPrices gives the index of consumer prices its meaning: see priceIndex.
func meanConsumerPrices(text string, hits []recognise.Hit) {
	for i, h := range hits {
		if name := text[h.Start:h.End]; h.Indicator == "" && strings.HasPrefix(name, "居") && priceIndex.MatchString(compact(name)) {
			hits[i].Indicator = consumerPrices
		}
	}
}

const consumerPrices = "cpi.growth"

// priceIndex is a name whose growth is that of consumer prices; its level, with
// last year's as 100, is another thing.
var priceIndex = newPhrase(`^居民消费价格(?:总)?指数(?:[（(]CPI[）)])?$`)

func (p *paragraph) year() int {
	if p.carried.Freq != "" {
		return p.carried.End.Year()
	}
	return p.scope.year
}

// subject is a name that the next numbers may still be about.
type subject struct {
	name      string
	indicator *pipeline.Indicator
}

// read goes through the names of a sentence, in groups that one list of numbers
// belongs to. It returns what the next sentence may go on with.
func (n *sentence) read(text string) subject {
	first := len(text)
	if len(n.hits) > 0 {
		first = n.hits[0].Start
	}
	n.resume(text, n.last, 0, n.numbersIn(0, first))
	last := subject{}
	for i := 0; i < len(n.hits); {
		j := i + 1
		for j < len(n.hits) && listSeparator.MatchString(between(text, n.hits[j-1].End, n.hits[j].Start)) {
			j++
		}
		next := len(text)
		if j < len(n.hits) {
			next = n.hits[j].Start
		}
		group := n.hits[i:j]
		last = subject{}
		after := 0
		if i > 0 {
			after = n.hits[i-1].End
		}
		if n.inScope(group) && !n.qualified(text, group, after, next) {
			last = n.group(text, group, next)
		} else {
			n.open = n.open[:0]
		}
		i = j
	}
	return last
}

// inScope reports whether a group of names is about what the catalogue means by
// them. A sector's bare name means its value added only where the gross product
// or a sector was spoken of last.
func (n *sentence) inScope(group []recognise.Hit) bool {
	named := slices.ContainsFunc(group, func(h recognise.Hit) bool { return h.Indicator != "" })
	for _, h := range group {
		if h.Indicator == "" && len(group) > 1 && named {
			continue // a list of which some names are other things
		}
		if h.Indicator == "" || h.Contextual && isSector(h.Indicator) && !n.scope.product {
			n.scope.product = n.scope.product && h.Indicator != ""
			return false
		}
		if !h.Contextual {
			n.scope.product = isSector(h.Indicator) || strings.HasPrefix(h.Indicator, "gdp") || strings.HasSuffix(h.Indicator, "_share")
		}
	}
	return n.beyond < 0 || n.beyond > group[0].Start
}

func isSector(code string) bool {
	return strings.HasSuffix(strings.TrimSuffix(code, ".growth"), "_value_added") && code != "industrial_value_added.growth"
}

var listSeparator = separator{"、", "和", "及", "与"}

func between(text string, start, end int) string {
	if start >= end {
		return ""
	}
	return text[start:end]
}

// numbersIn returns the numbers between two offsets.
func (n *sentence) numbersIn(start, end int) []recognise.NumberAt {
	i := 0
	for i < len(n.numbers) && n.numbers[i].Start < start {
		i++
	}
	j := i
	for j < len(n.numbers) && n.numbers[j].End <= end {
		j++
	}
	return n.numbers[i:j:j]
}
