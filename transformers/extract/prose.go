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
	for _, b := range page.Blocks {
		text := b.Text.String()
		if b.Chrome || b.Kind != decode.Paragraph || !strings.ContainsAny(text, "0123456789０１２３４５６７８９") && !strings.Contains(text, flatWord) {
			continue
		}
		if converted.MatchString(text) {
			if len(s.recognise.Scan(text)) > 0 {
				start, end := b.Text.Raw(0, len(text))
				s.refuse(pipeline.BadEncoding, "", nil, place{locator: b.Locator, table: b.Locator, start: start, end: end, quote: text},
					"the paragraph was converted between scripts by a machine; read the original page")
			}
			continue
		}
		p := &paragraph{sink: s, scope: sc, text: b.Text, s: text, locator: b.Locator, carried: sc.period}
		p.provisional = provisionalWords.MatchString(text)
		for _, at := range sentencesOf(text) {
			p.sentence(at[0], at[1])
		}
	}
}

var (
	// converted is text with pinyin in brackets, as machines leave it.
	converted        = regexp.MustCompile(`[（(][a-züāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]*[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][a-z]*[）)]`)
	provisionalWords = regexp.MustCompile(`初步核算(?:[^数]|$)|初步统计|快报数|预计`)
	finalWords       = regexp.MustCompile(`最终核实`)
	// targetWords make plans of the numbers of a sentence.
	targetWords = regexp.MustCompile(`目标|计划|力争|规划|预期|要达到|将达到|奋斗`)
)

// Lengths in bytes from which a sentence is cut at a semicolon, and anywhere:
// what a sentence holds is compared pair by pair.
const (
	longSentence  = 4000
	giantSentence = 16000
)

// sentencesOf returns the byte ranges of the sentences of a text.
func sentencesOf(text string) [][2]int {
	var all [][2]int
	start := 0
	for i, r := range text {
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
}

// mention is a region or a scope word (全县) in a sentence.
type mention struct {
	start, end int
	name       string
	codes      []string // nil for a scope word
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
	only       *mention // the region of the member of a list that is being read
}

func (p *paragraph) sentence(start, end int) {
	text := p.s[start:end]
	p.final = finalWords.MatchString(text) || p.final && !provisionalWords.MatchString(text)
	n := &sentence{paragraph: p, start: start, end: end}
	n.hits = p.recognise.Scan(text)
	n.periods = recognise.PeriodsIn(text, recognise.PeriodContext{Year: p.year(), Document: p.scope.published})
	n.mentions = p.mentionsIn(text)
	for _, number := range recognise.FindNumbers(text) {
		if !slices.ContainsFunc(n.periods, func(h recognise.PeriodHit) bool { return h.Start <= number.Start && number.End <= h.End }) {
			if targetWords.MatchString(text[:number.Start]) {
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
		p.region = &n.mentions[len(n.mentions)-1]
	}
}

// isRelative reports whether a time is only the year before the one that is
// spoken about: it holds for the number right behind it and for nothing else.
func isRelative(text string, h recognise.PeriodHit) bool {
	words := text[h.Start:h.End]
	return strings.Contains(words, "上") && strings.Contains(words, "年") && !strings.Contains(words, "上半年") || strings.Contains(words, "去年")
}

// industry is the subject under which a bare 利润总额 is that of industry above
// scale.
const industry = "规模以上工业企业"

// withElliptic adds the names that a sentence shortens: 规模以上工业企业实现营业收入
// …；实现利润总额.
func (p *paragraph) withElliptic(text string, hits []recognise.Hit) []recognise.Hit {
	for _, at := range elliptic.FindAllStringSubmatchIndex(text, -1) {
		start, end := at[2], at[3]
		code := p.recognise.Label(industry + text[start:end]).Indicator
		i := 0
		for i < len(hits) && hits[i].End <= start {
			i++
		}
		overlaps := i < len(hits) && hits[i].Start < end
		if code != "" && i > 0 && !overlaps && compact(text[hits[i-1].Start:hits[i-1].End]) == industry {
			hits = slices.Insert(hits, i, recognise.Hit{Indicator: code, Start: start, End: end})
		}
	}
	return hits
}

func (p *paragraph) year() int {
	if p.carried.Freq != "" {
		return p.carried.End.Year()
	}
	return p.scope.year
}

var (
	scopeWord   = regexp.MustCompile(`全[国省市县区州旗]`)
	besideScope = regexp.MustCompile(`(?:高于|低于|快于|慢于|居|占|拉动|列|达到|位居|超过|为)$`)
	levelBehind = regexp.MustCompile(`^(?:平均|第[\d一二三四五六七八九十]+[位名]|首位|前列)`)
)

// mentionsIn finds the regions that a sentence speaks about; not those that it
// compares with, and not offices.
func (p *paragraph) mentionsIn(text string) []mention {
	var all []mention
	for _, hit := range p.recognise.RegionsIn(text) {
		if !officeBehind.MatchString(text[hit.End:]) && !besideScope.MatchString(text[:hit.Start]) && !levelBehind.MatchString(text[hit.End:]) {
			all = append(all, mention{hit.Start, hit.End, text[hit.Start:hit.End], hit.Codes})
		}
	}
	for _, at := range scopeWord.FindAllStringIndex(text, -1) {
		if !besideScope.MatchString(text[:at[0]]) && !levelBehind.MatchString(text[at[1]:]) {
			all = append(all, mention{at[0], at[1], text[at[0]:at[1]], nil})
		}
	}
	slices.SortFunc(all, func(a, b mention) int { return a.start - b.start })
	return all
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
		if !slices.ContainsFunc(group, func(h recognise.Hit) bool { return h.Indicator == "" }) && !otherScope.MatchString(text[:group[0].Start]) {
			last = n.group(text, group, next)
		}
		i = j
	}
	return last
}

var listSeparator = regexp.MustCompile(`^\s*[、和及与]?\s*$`)

func between(text string, start, end int) string {
	if start >= end {
		return ""
	}
	return text[start:end]
}

// numbersIn returns the numbers between two offsets.
func (n *sentence) numbersIn(start, end int) []recognise.NumberAt {
	var found []recognise.NumberAt
	for _, number := range n.numbers {
		if number.Start >= start && number.End <= end {
			found = append(found, number)
		}
	}
	return found
}
