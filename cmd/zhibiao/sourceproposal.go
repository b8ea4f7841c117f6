package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html/charset"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/transformers/check"
)

// proposal is what a recorded page says about the file of its source.
type proposal struct {
	kind             pipeline.DocumentKind
	title, publisher string
	bytes            int
	prose            bool
	regions          []string            // in the page
	supplies         map[string][]string // indicators by series, such as A:period
	firstYear        int                 // that the page has a number of
	observations     int
	refusals         []pipeline.Refusal
}

func newProposal(raw pipeline.RawDocument, kind pipeline.DocumentKind, reading pipeline.Reading) *proposal {
	p := &proposal{kind: kind, bytes: len(raw.Body), supplies: map[string][]string{}, observations: len(reading.Observations), refusals: reading.Refusals}
	if kind == pipeline.KindHTML {
		p.title, p.publisher = headOf(raw)
	}
	regions := map[string]bool{}
	for _, o := range reading.Observations {
		series := string(o.Period.Freq) + ":" + string(o.Period.Basis)
		if !slices.Contains(p.supplies[series], o.Indicator) {
			p.supplies[series] = append(p.supplies[series], o.Indicator)
		}
		regions[o.Region] = true
		p.prose = p.prose || strings.HasSuffix(check.TableOf(o.Locator), "p")
		if year := o.Period.End.Year(); p.firstYear == 0 || year < p.firstYear {
			p.firstYear = year
		}
	}
	p.regions = slices.Sorted(maps.Keys(regions))
	return p
}

// headOf reads title and publisher from a page's head.
func headOf(raw pipeline.RawDocument) (title, publisher string) {
	decoded, err := charset.NewReader(bytes.NewReader(raw.Body), raw.MediaType)
	if err != nil {
		return "", ""
	}
	page, err := goquery.NewDocumentFromReader(decoded)
	if err != nil {
		return "", ""
	}
	meta := func(name string) string {
		content, _ := page.Find(`meta[name="` + name + `"]`).First().Attr("content")
		return strings.TrimSpace(content)
	}
	heading := strings.TrimSpace(page.Find("h1").First().Text())
	return cmp.Or(meta("ArticleTitle"), heading, strings.TrimSpace(page.Find("title").First().Text())), cmp.Or(meta("ContentSource"), meta("SiteName"))
}

// yaml is the proposed file.
func (p *proposal) yaml(r *recording) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Proposed by zhibiao source record; read every line of it before it runs.")
	line("title: %s", quoted(cmp.Or(p.title, r.name)))
	line("publisher: %s", quoted(cmp.Or(p.publisher, "请写明发布单位")))
	line("evidence: %s", quoted(fmt.Sprintf("%s was fetched on %s.", r.url, now().UTC().Format("2006-01-02"))))
	line("verified: never # or the day on which you saw it work as a source")
	line("impact:")
	line("  rate: 3 秒一次请求，单线程，遵守 robots.txt")
	line("  window: 人工运行时")
	line("  volume: 每次 1 个页面，约 %d KB", max(p.bytes>>10, 1))
	line("  contact: %s", quoted(r.contact))
	if len(r.allow) > 0 {
		line("limits: {allow_addrs: %s}", quotedList(r.allow))
	}
	line("min_documents: 1")
	line("expect: {min_yield: %d, max_yield: %d}", max(p.observations/2, 1), max(p.observations*3, 1))
	line("kind: %s", p.kind)
	if r.region != "" {
		line("region: %s", quoted(r.region))
	}
	if r.list != "" {
		line("pages:\n  lists:\n    - {url: %s%s}", quoted(r.list), regionPart(r.region))
		line("  link_pattern: '%s'", linkPattern(r.url))
	} else {
		line("pages:\n  pages:\n    - {url: %s%s}", quoted(r.url), regionPart(r.region))
	}
	line("prose: %t", p.prose)
	if len(p.refusals) > 0 {
		line("# Not recognised: give a label its code under labels:, or name it under ignore:.")
		for _, f := range p.refusals {
			line("#   %s (%s, %d numbers)", oneLine(f.Label), f.Reason, f.Count)
		}
	}
	if len(p.supplies) > 0 {
		line("supplies: # what this page shows; lag_days is a guess")
		for _, series := range slices.Sorted(maps.Keys(p.supplies)) {
			line("  - {indicators: [%s], regions: [%s], series: [%s], from_year: %d, lag_days: 180}", strings.Join(p.supplies[series], ", "),
				strings.Trim(quotedList(p.regions), "[]"), quoted(series), p.firstYear)
		}
	}
	return b.String()
}

// report tells what was recognised and how to go on.
func (p *proposal) report(r *recording) string {
	var b strings.Builder
	fmt.Fprintf(&b, "title      %s\npublisher  %s\nkind       %s, %d bytes\n", cmp.Or(p.title, "not recognised"), cmp.Or(p.publisher, "not recognised"), p.kind, p.bytes)
	fmt.Fprintf(&b, "recognised %d numbers in %d regions\n", p.observations, len(p.regions))
	for _, series := range slices.Sorted(maps.Keys(p.supplies)) {
		fmt.Fprintf(&b, "  %-9s %s\n", series, strings.Join(p.supplies[series], ", "))
	}
	if len(p.refusals) > 0 {
		fmt.Fprintf(&b, "not recognised\n")
	}
	for _, f := range p.refusals {
		fmt.Fprintf(&b, "  %s (%s, %d numbers): %s\n", oneLine(f.Label), f.Reason, f.Count, f.Detail)
	}
	fmt.Fprintf(&b, "saved      %s and %s\nnext: edit %s, then\n  zhibiao source test --update %s   and look at every line of %s\n  zhibiao source lint %s\n",
		r.file(), r.folder(), r.file(), r.file(), configs.ExampleWant(r.name), r.file())
	return b.String()
}

var digits = regexp.MustCompile(`\d+`)

// linkPattern takes every number in an address for any number.
func linkPattern(address string) string {
	return "^" + strings.ReplaceAll(digits.ReplaceAllString(regexp.QuoteMeta(address), `\d+`), "'", "''") + "$"
}

func regionPart(code string) string {
	if code == "" {
		return ""
	}
	return ", region: " + quoted(code)
}

func quotedList(texts []string) string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = quoted(text)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// quoted writes a text as YAML and JSON both read it.
func quoted(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(fmt.Sprintf("quoting a text: %v", err)) // a string always has a JSON form
	}
	return strings.TrimSpace(b.String())
}
