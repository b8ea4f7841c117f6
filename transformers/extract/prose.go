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
	p := &paragraph{}
	planned, carried := false, sc.period // the section is about plans; what it is about
	for _, b := range page.Blocks {
		text := b.Text.String()
		if !b.Chrome && (b.Kind == decode.Paragraph && isSection(text) || b.Kind == decode.Heading && b.Level > 1 && (isSection(text) || sc.plannedIn != 0)) {
			carried, planned = sc.section(text)
		}
		if b.Chrome || b.Kind != decode.Paragraph || !strings.ContainsAny(text, "0123456789０１２３４５６７８９") && !strings.Contains(text, flatWord) && !strings.Contains(text, "为"+zeroWord) && !strings.Contains(text, zeroWord+"增长") {
			continue
		}
		if converted.MatchString(text) {
			start, end := b.Text.Raw(0, len(text))
			s.refuse(pipeline.BadEncoding, "", nil, place{locator: b.Locator, table: b.Locator, start: start, end: end, quote: text},
				"the paragraph was converted between scripts by a machine; read the original page")
			continue
		}
		if planned {
			continue
		}
		*p = paragraph{passage: p.passage, room: p.room, sink: s, scope: sc, text: b.Text, s: text, locator: b.Locator, carried: carried}
		p.provisional = provisionalWords.MatchString(text)
		for _, at := range sentencesOf(text) {
			p.sentence(at[0], at[1])
		}
	}
}

var (
	// converted is text with pinyin in brackets, as machines leave it.
	converted        = guarded{accents{}, regexp.MustCompile(`[（(][a-züāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][a-z]*[）)]`)}
	provisionalWords = guarded{newAnywhere("初步核算", "初步统计", "快报数", "预计"), regexp.MustCompile(`初步核算(?:[^数]|$)|初步统计|快报数|预计`)}
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

// Lengths in bytes from which a sentence is cut at a semicolon, and anywhere:
// what a sentence holds is compared pair by pair.
const (
	longSentence  = 4000
	giantSentence = 16000
)

// sentencesOf returns the byte ranges of the sentences of a text.
func sentencesOf(text string) [][2]int {
	all := make([][2]int, 0, strings.Count(text, "。")+1)
	start := 0
	for i, r := range text {
		if r >= 0x4E00 && r <= 0x9FFF || r >= '0' && r <= '9' {
			continue // as most are
		}
		if r == '。' || r == '！' || r == '？' || r == '\n' || r == '；' && i-start > longSentence || r == '，' && i-start > giantSentence {
			all = append(all, [2]int{start, i})
			start = i + len(string(r))
		}
	}
	return append(all, [2]int{start, len(text)})
}

// paragraph is a block of running text. What a sentence leaves open it inherits
// from the sentence before.
type paragraph struct {
	*sink
	scope       *scope
	text        decode.Text
	s           string
	locator     string
	provisional bool
	final       bool            // holds until a sentence says otherwise
	carried     pipeline.Period // of the sentence before
	vague       bool            // the last time that was named is none of ours
	region      *mention        // of the sentence before, in pages about several regions
	last        subject         // what the sentence before ended with
	passage     recognise.Passage
	room        struct { // of the sentence before, used again
		numbers  []recognise.NumberAt
		leads    []unitLead
		mentions []mention
	}
}

// sentence is one sentence with all that was found in it. Offsets are of the
// paragraph's text.
type sentence struct {
	*paragraph
	start, end int
	hits       []recognise.Hit
	numbers    []recognise.NumberAt
	periods    []recognise.PeriodHit
	mentions   []mention
	beyond     int // where words first end that take what follows out of scope, -1 for nowhere
	rebased    int // from where growth is on another base than last year's, -1 for nowhere
	placeMarks []mark
	leads      []unitLead
	only       *mention  // the region of the member of a list that is being read
	open       []pending // names that wait for their growth
}

func (p *paragraph) sentence(start, end int) {
	text := p.s[start:end]
	p.final = finalWords.MatchString(text) || p.final && !provisionalWords.MatchString(text)
	n := &sentence{paragraph: p, start: start, end: end, numbers: p.room.numbers[:0], leads: p.room.leads[:0]}
	defer func() { p.room.numbers, p.room.leads, p.room.mentions = n.numbers, n.leads, n.mentions }()
	p.passage.Set(text)
	n.hits = p.passage.Names(p.recognise)
	n.periods = p.passage.Periods(recognise.PeriodContext{Year: p.year(), Document: p.scope.published})
	n.periods = withYearsAgo(text, n.periods)
	joinComparisons(text, n.periods)
	p.scope.unsettle(text, n.periods)
	n.mentions = withUnits(text, p.mentionsIn(text))
	planned := targetWords.end(text)
	n.beyond = otherScope.end(text)
	n.rebased = n.rebasedAt(text)
	for _, number := range p.passage.Numbers() {
		if !slices.ContainsFunc(n.periods, func(h recognise.PeriodHit) bool { return h.Start <= number.Start && number.End <= h.End }) {
			if planned >= 0 && planned <= number.Start {
				break // what follows is planned
			}
			n.numbers = append(n.numbers, number)
		}
	}
	n.hits = p.withElliptic(text, slices.DeleteFunc(n.hits, func(h recognise.Hit) bool {
		return h.Indicator == "" && shareName.MatchString(text[h.Start:h.End])
	}))
	p.last = n.read(text)
	for _, h := range n.periods {
		if h.Comparison || isRelative(text, h) {
			continue
		}
		if p.vague = h.Other; !h.Other {
			p.carried = h.Period
		}
	}
	if len(n.mentions) > 0 && n.mentions[len(n.mentions)-1].codes != nil {
		last := n.mentions[len(n.mentions)-1]
		p.region = &last
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

// industry is the subject under which a bare 利润总额 is that of industry above
// scale.
const industry = "规模以上工业企业"

// withElliptic adds the names that a sentence shortens: 规模以上工业企业实现营业收入
// …；实现利润总额.
func (p *paragraph) withElliptic(text string, hits []recognise.Hit) []recognise.Hit {
	for _, at := range elliptic.FindAllStringSubmatchIndex(text, -1) {
		start, end := max(at[2], at[4]), max(at[3], at[5])
		i := 0
		for i < len(hits) && hits[i].End <= start {
			i++
		}
		if i < len(hits) && hits[i].Start < end {
			continue
		}
		if code := p.shortened(text[:start], text[start:end]); code != "" {
			hits = slices.Insert(hits, i, recognise.Hit{Indicator: code, Start: start, End: end})
		}
	}
	for i, h := range hits {
		if h.Indicator == "" && priceIndex.MatchString(compact(text[h.Start:h.End])) {
			hits[i].Indicator = consumerPrices
		}
	}
	return hits
}

// shortened returns what a shortened name means behind the words before it: with
// the subject named last, unless another has taken its place.
func (p *paragraph) shortened(before, name string) string {
	for _, subject := range []struct{ words, other *regexp.Regexp }{{industrial, otherIndustry}, {spotCheck, otherCheck}} {
		places := subject.words.FindAllStringIndex(before, -1)
		if len(places) == 0 || subject.other.MatchString(before[places[len(places)-1][1]:]) {
			continue
		}
		full := industry
		if subject.words == spotCheck {
			full = "监督抽查"
		}
		if code := p.recognise.Label(full + name).Indicator; code != "" {
			return code
		}
	}
	return ""
}

var (
	industrial    = regexp.MustCompile(`规模?以?上工业(?:企业)?`)
	otherIndustry = regexp.MustCompile(`其中|服务业|建筑业|制造业|采矿业|行业|国有|民营|私营|股份制|外商`)
	spotCheck     = regexp.MustCompile(`监督抽查`)
	otherCheck    = regexp.MustCompile(`食品|药品|农产品|化妆品|医疗器械|其中`)
)

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
