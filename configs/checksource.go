package configs

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"zhibiao/pipeline"
)

var sourceName = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)

// checker checks one source's file against the catalogue.
type checker struct {
	*document
	set *Set
}

// source checks each key by its declaration, then what several keys say together.
func (c *checker) source(f *sourceFile) {
	c.declared(reflect.ValueOf(f).Elem(), "")
	c.collection(f)
	c.readingRules(f)
	c.supplies(f.Supplies)
	if e := f.Expect; e.MaxYield != 0 && e.MaxYield < e.MinYield {
		c.problem("expect.max_yield", "write the greater one there", "expect.max_yield is below min_yield")
	}
	if f.Expect.MaxDrift > 100 {
		c.problem("expect.max_drift", "write a percentage up to 100", "expect.max_drift: %d is more than all", f.Expect.MaxDrift)
	}
}

func (c *checker) collection(f *sourceFile) {
	if f.API != nil && f.Pages != nil {
		c.problem("pages", "make two sources of it", "api and pages are both there")
	}
	if f.API == nil && f.Pages == nil {
		if f.Schedule != "" {
			c.problem("schedule", "leave it out, or write api or pages", "there is nothing to fetch on schedule")
		}
		if len(f.URLs) == 0 {
			c.problem("urls", "write patterns of the addresses of its documents", "a source without api and pages knows no document")
		}
	}
	if f.API != nil {
		c.api(f)
	}
	if f.Pages != nil {
		c.pages(f)
	}
}

func (c *checker) api(f *sourceFile) {
	if f.Kind != string(pipeline.KindNBS2026) {
		c.problem("kind", "write nbs-2026", "api is for the kind nbs-2026")
	}
	if len(f.API.Requests) == 0 {
		c.problem("api.requests", "write at least one", "api.requests is empty")
	}
	for i, r := range f.API.Requests {
		at := entry("api.requests", i)
		if len(r.Indicators) == 0 || len(r.Areas) == 0 || r.FromYear == 0 {
			c.problem(at, "write all three", "a request needs indicators, areas and from_year")
		}
		for j, a := range r.Areas {
			if a.Value == "" {
				c.problem(entry(at+".areas", j), "write its twelve digits", "the area %q has no value", a.Text)
			}
		}
		c.mappedIDs(f, at, r.Indicators)
	}
}

// entry names an entry of a list.
func entry(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// mappedIDs wants a meaning for every id that is asked for (promise 2).
func (c *checker) mappedIDs(f *sourceFile, at string, ids []string) {
	for j, id := range ids {
		isMapped := slices.ContainsFunc(f.Mapped, func(m mappedFile) bool { return m.ID == id })
		if !isMapped && !slices.Contains(f.Ignore, id) {
			c.problem(entry(at+".indicators", j), "say what it means under mapped, or ignore it by name", "the id %s is asked for, but has no meaning", id)
		}
	}
}

func (c *checker) pages(f *sourceFile) {
	p := f.Pages
	if len(p.Lists)+len(p.Pages) == 0 {
		c.problem("pages", "write lists or pages", "there is no page to start from")
	}
	if len(p.Lists) > 0 && p.LinkPattern == "" {
		c.problem("pages.link_pattern", "write a regular expression of the addresses that are documents", "pages.link_pattern is missing")
	}
	seen := map[string]bool{}
	for i, l := range p.Lists {
		if seen[l.URL] && l.URL != "" {
			c.problem(entry("pages.lists", i), "keep one", "the list %s is there twice", l.URL)
		}
		seen[l.URL] = true
	}
}

func (c *checker) readingRules(f *sourceFile) {
	if f.Kind == string(pipeline.KindPlatform) && c.set.expected.platform == nil {
		c.problem("kind", "write the mapping into "+platformFile, "exports of the national platform are read by a mapping that is missing")
	}
	seen := map[string]bool{}
	for i, m := range f.Mapped {
		if key := m.Database + "/" + m.ID; seen[key] {
			c.problem(entry("mapped", i), "keep one", "the id %s is mapped twice", m.ID)
		} else {
			seen[key] = true
		}
	}
	c.snapshots(f)
}

// snapshots checks what documents restate completely. A CSV file has no end that
// could be missed where it was cut, so none may withdraw a number (promise 6).
func (c *checker) snapshots(f *sourceFile) {
	for i, s := range f.Snapshot {
		if s.FromYear == 0 || s.ToYear < s.FromYear {
			c.problem(entry("snapshot", i), "write from_year and to_year, the first and last year that it restates", "the years of the snapshot are missing or turned round")
		}
	}
	if len(f.Snapshot) > 0 && mayBringCSV(f) {
		c.problem("snapshot", `take it out, or let the addresses say that the documents have another form, such as \.xlsx$`,
			"a CSV file that was cut cannot be told from a shorter one, so that no document that may be CSV restates anything completely")
	}
}

// Forms of documents as addresses and patterns of them name them.
var (
	namesCSV       = regexp.MustCompile(`(?i)\bcsv\b`)
	namesOtherForm = regexp.MustCompile(`(?i)\b(?:xlsx?|docx|pdf|zip)\b`)
)

// mayBringCSV reports whether a document of the source can be a CSV file: files are
// told apart by content, so their addresses must speak against it. Filings need no
// such rule: their reader never takes a CSV file for complete.
func mayBringCSV(f *sourceFile) bool {
	addresses := slices.Clone(f.URLs)
	if p := f.Pages; p != nil {
		if slices.Contains(p.Attachments, "csv") {
			return true
		}
		if len(p.Lists) > 0 {
			addresses = append(addresses, p.LinkPattern)
		}
		for _, page := range p.Pages {
			addresses = append(addresses, page.URL)
		}
	}
	isFile := f.Kind == string(pipeline.KindFile)
	return slices.ContainsFunc(addresses, func(address string) bool {
		return namesCSV.MatchString(address) || isFile && !namesOtherForm.MatchString(address)
	})
}

var cronBounds = [...]struct {
	name        string
	least, most int
}{{"minute", 0, 59}, {"hour", 0, 23}, {"day of the month", 1, 31}, {"month", 1, 12}, {"day of the week", 0, 7}}

// cron checks the shape of a schedule: five fields of *, numbers, ranges, steps
// and lists.
func (c *checker) cron(path, text string) {
	if text == "" {
		return
	}
	const mend = "write five fields, such as 30 2 * * * for half past two at night in Asia/Shanghai"
	fields := strings.Fields(text)
	if len(fields) != len(cronBounds) {
		c.problem(path, mend, "%s: %q has %d fields", path, text, len(fields))
		return
	}
	for i, field := range fields {
		for part := range strings.SplitSeq(field, ",") {
			if !cronPart(part, cronBounds[i].least, cronBounds[i].most) {
				c.problem(path, mend, "%s: the %s %q is none", path, cronBounds[i].name, part)
			}
		}
	}
}

func cronPart(part string, least, most int) bool {
	span, step, stepped := strings.Cut(part, "/")
	if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
		return false
	}
	if span == "*" {
		return true
	}
	from, to, ranged := strings.Cut(span, "-")
	a, err := strconv.Atoi(from)
	if err != nil || a < least || a > most {
		return false
	}
	b, err := strconv.Atoi(to)
	return !ranged || err == nil && b >= a && b <= most
}
