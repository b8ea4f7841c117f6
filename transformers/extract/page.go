package extract

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

// page reads an HTML page.
func (s *sink) page() {
	page, f := s.decoded()
	if f != nil {
		s.refuseWhole(f.Reason, f.Detail)
		return
	}
	if f := page.StandIn(); f != nil {
		s.refuseWhole(f.Reason, f.Detail)
		return
	}
	s.readPage(page)
}

// readPage reads the tables of a page, or of another document of tables and
// running text, and its running text where the source's file asks for it.
func (s *sink) readPage(page *decode.Page) {
	if !page.Complete {
		s.complete = false
		s.refuse(pipeline.Truncated, "", nil, place{}, "the document ends before its closing tag; only what was whole is read; fetch it again")
	}
	for _, locator := range page.Oversized {
		s.complete = false
		s.refuse(pipeline.UnexpectedField, locator, nil, place{table: locator, locator: locator}, "the table has more places than any table of statistics; look at its spans")
	}
	scope := s.pageScope(page)
	s.readTables(page, scope)
	if s.rules.Source.Prose {
		s.prose(page, scope)
	}
}

// readTables reads the tables of a page.
func (s *sink) readTables(page *decode.Page, sc *scope) {
	left := 0 // places of the tables to come
	for _, block := range page.Blocks {
		if block.Kind == decode.Grid {
			left += places(block.Table)
		}
	}
	read := 0
	var captions []string // of the table before, for 续表
	for i, block := range page.Blocks {
		if block.Kind != decode.Grid {
			continue
		}
		if own := places(block.Table); read > 0 && len(s.observations)+own > cap(s.observations) {
			// As many as in the tables before, place by place.
			s.expect(len(s.observations) * left / read)
		}
		captions = s.readTable(block.Table, sc, captionsOf(page.Blocks, i, captions), notesOf(page.Blocks, i))
		read += places(block.Table)
		left -= places(block.Table)
	}
}

func places(table *decode.Table) int {
	if len(table.Cells) == 0 {
		return 0
	}
	return len(table.Cells) * len(table.Cells[0])
}

// scope is what a page says of itself: what its tables and sentences inherit.
type scope struct {
	title     string
	period    pipeline.Period // of the title; zero if it names none
	year      int
	published pipeline.Date
	regions   []regionRef // regions of the title; one where the page is about one
	within    string      // code inside which names are looked for, "" for none
	plannedIn int         // of a report on the work of a government the year that it plans, 0 for another page
	product   bool        // the running text spoke last of the gross product or its sectors
}

// regionRef is a region as a page names it: all codes that ever had the name.
type regionRef struct {
	name  string
	codes []string
}

// pageScope gathers the page's own words, in the order in which they count:
// title, name of the site, URL, the list that led here, the source's file.
func (s *sink) pageScope(page *decode.Page) *scope {
	sc := &scope{published: s.published(page)}
	titles := []string{s.doc.Title, page.MetaValue("articletitle")}
	for _, b := range page.Blocks {
		if b.Kind == decode.Heading && b.Level <= 2 && !b.Chrome {
			titles = append(titles, b.Text.String())
		}
	}
	titles = append(titles, page.Title.String(), page.MetaValue("og:title"))
	places := append(titles, page.MetaValue("sitename"))
	for _, b := range page.Blocks {
		if b.Kind == decode.Crumb {
			places = append(places, b.Text.String())
		}
	}
	s.settleScope(sc, titles, places)
	return sc
}

// settleScope fills a scope from titles, which give the period, and from texts
// that give the region; the first that says something counts.
func (s *sink) settleScope(sc *scope, titles, places []string) {
	for _, title := range titles {
		if sc.title == "" {
			sc.title = title
		}
		for _, hit := range recognise.PeriodsIn(title, recognise.PeriodContext{Document: sc.published}) {
			if sc.year == 0 && !hit.Comparison && !hit.Other {
				sc.title, sc.period, sc.year = title, hit.Period, hit.Period.End.Year()
			}
		}
	}
	if workReport.MatchString(sc.title) {
		sc.plannedIn = sc.year
		if sc.year == 0 {
			sc.plannedIn = anyYear
		}
		sc.period, sc.year = pipeline.Period{}, 0
	}
	fallback := s.fallbackRegion()
	for _, text := range places {
		if sc.regions = s.regionsNamed(text); len(sc.regions) > 0 {
			break
		}
	}
	if len(sc.regions) == 1 {
		sc.regions[0] = s.narrowed(sc.regions[0], places)
	}
	if len(sc.regions) == 0 && fallback != "" {
		sc.regions = []regionRef{{name: fallback, codes: []string{fallback}}}
	}
	sc.within = fallback
	if len(sc.regions) > 0 {
		period := sc.period
		if period.Freq == "" {
			period = pipeline.YearPeriod(lastCensus, pipeline.Flow)
		}
		if match, reason := s.settleRegion(sc.regions[0], fallback, period); reason == "" {
			sc.within = match.Code
		}
	}
}

// lastCensus is a year of today's regions, for pages that name no year.
const lastCensus = 2020

var printedDate = regexp.MustCompile(`(20\d\d|19\d\d)[-年/.](\d{1,2})[-月/.](\d{1,2})`)

// published is the day on which the page became public: what the collector
// knows, else what the page says.
func (s *sink) published(page *decode.Page) pipeline.Date {
	if s.doc.PublishedAt.Known() {
		return pipeline.DateOf(s.doc.PublishedAt.At.Year(), int(s.doc.PublishedAt.At.Month()), s.doc.PublishedAt.At.Day())
	}
	for _, name := range []string{"pubdate", "publishdate", "article:published_time"} {
		if date := dateIn(page.MetaValue(name)); date != 0 {
			return date
		}
	}
	const longest = 120
	for _, b := range page.Blocks {
		text := b.Text.String()
		if len(text) >= utf8.UTFMax*longest || utf8.RuneCountInString(text) >= longest {
			continue
		}
		if !dateHints.MatchString(text) {
			continue
		}
		for _, word := range dateWords {
			if _, after, ok := strings.Cut(text, word); ok {
				if date := dateIn(after); date != 0 {
					return date
				}
			}
		}
	}
	return 0
}

// dateWords stand before the day of publication.
var dateWords = []string{"发布日期", "发布时间", "更新时间", "成文日期", "时间："}

var dateHints = newAnywhere(dateWords...)

// dateIn returns the first date that is printed in a text, 0 for none.
func dateIn(text string) pipeline.Date {
	m := printedDate.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	year, _ := strconv.Atoi(m[1])
	month, _ := strconv.Atoi(m[2])
	day, _ := strconv.Atoi(m[3])
	return pipeline.DateOf(year, month, day)
}

// captionsOf returns what stands over the table at index i, nearest first: its
// caption, and up to two short lines before it. A continued table (续表) has the
// captions of the one before too.
func captionsOf(blocks []decode.Block, i int, before []string) []string {
	const lines, longest = 2, 60
	var captions []string
	if caption := blocks[i].Table.Caption.String(); caption != "" {
		captions = append(captions, caption)
	}
	for j := i - 1; j >= 0 && j >= i-lines; j-- {
		text := blocks[j].Text.String()
		if blocks[j].Kind == decode.Grid || blocks[j].Chrome || strings.Contains(text, "。") || utf8.RuneCountInString(text) > longest || utf8.RuneCountInString(text) == 0 {
			break
		}
		captions = append(captions, text)
	}
	if strings.Contains(strings.Join(captions, ""), "续表") {
		captions = append(captions, before...)
	}
	return captions
}

// notesOf returns the note under a table.
func notesOf(blocks []decode.Block, i int) []string {
	if i+1 < len(blocks) && strings.HasPrefix(compact(blocks[i+1].Text.String()), "注") {
		return []string{blocks[i+1].Text.String()}
	}
	return nil
}

// fitBasis turns a period into the basis that the catalogue lists for the
// indicator: a year's stock stands at its end, a year's flow is the year's.
func fitBasis(indicator *pipeline.Indicator, p pipeline.Period) pipeline.Period {
	if indicator.Allows(p.Freq, p.Basis) || p.Basis == pipeline.YearToDate {
		return p
	}
	other := pipeline.End
	if p.Basis == pipeline.End {
		other = pipeline.Flow
	}
	if indicator.Allows(p.Freq, other) && p.Freq == pipeline.Annual {
		return pipeline.YearPeriod(p.End.Year(), other)
	}
	return p
}
