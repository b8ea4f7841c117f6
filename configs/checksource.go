package configs

import (
	"fmt"
	"net/url"
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

func (c *checker) source(f *sourceFile) {
	c.required("title", f.Title, "the name of the source in Chinese, for people")
	c.required("publisher", f.Publisher, "who publishes it")
	c.required("kind", f.Kind, "nbs-2026, easyquery, html or file")
	c.required("verified", f.Verified, "the day on which a person last saw it work live, or never")
	c.oneOf("kind", f.Kind, "nbs-2026", "easyquery", "html", "file")
	c.oneOf("supplier", f.Supplier, "public", "province", "county")
	c.oneOf("access", f.Access, "public", "restricted", "suppressed")
	if _, err := pipeline.ParseDate(f.Verified); err != nil && f.Verified != "never" && f.Verified != "" {
		c.problem("verified", "write it as 2026-01-31, or never", "verified: %q is no day", f.Verified)
	}
	c.impact(f.Impact)
	c.cron("schedule", f.Schedule)
	c.region("region", f.Region)
	for i, pattern := range f.URLs {
		c.pattern(fmt.Sprintf("urls[%d]", i), pattern)
	}
	c.collection(f)
	c.readingRules(f)
}

func (c *checker) required(path, value, what string) {
	if value == "" {
		c.problem(path, "write "+what, "%s is missing", path)
	}
}

// impact must be written: what collecting does to the publisher's service.
func (c *checker) impact(f impactFile) {
	for _, part := range []struct{ path, value, what string }{
		{"impact.rate", f.Rate, "how many requests a minute"},
		{"impact.window", f.Window, "at what time of the day"},
		{"impact.volume", f.Volume, "how much a night"},
		{"impact.contact", f.Contact, "whom the publisher can turn to"},
	} {
		c.required(part.path, part.value, part.what)
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
	c.url("api.url", f.API.URL, true)
	c.url("api.session_url", f.API.SessionURL, false)
	if f.Kind != string(pipeline.KindNBS2026) {
		c.problem("kind", "write nbs-2026", "api is for the kind nbs-2026")
	}
	if len(f.API.Requests) == 0 {
		c.problem("api.requests", "write at least one", "api.requests is empty")
	}
	for i, r := range f.API.Requests {
		at := fmt.Sprintf("api.requests[%d].", i)
		c.required(at+"catalogue", r.Catalogue, "the cid")
		c.required(at+"root", r.Root, "the rootId")
		c.required(at+"freq", r.Freq, "A, Q or M")
		c.oneOf(at+"freq", r.Freq, "A", "Q", "M")
		if len(r.Indicators) == 0 || len(r.Areas) == 0 || r.FromYear == 0 {
			c.problem(strings.TrimSuffix(at, "."), "write all three", "a request needs indicators, areas and from_year")
		}
		for j, a := range r.Areas {
			place := fmt.Sprintf("%sareas[%d].value", at, j)
			if len(a.Value) != 12 || strings.Trim(a.Value, "0123456789") != "" {
				c.problem(place, "write twelve digits, such as 140000000000", "the area %q is no code", a.Value)
				continue
			}
			c.region(place, a.Value[:6])
		}
		c.mappedIDs(f, at, r.Indicators)
	}
}

// mappedIDs wants a meaning for every id that is asked for (promise 2).
func (c *checker) mappedIDs(f *sourceFile, at string, ids []string) {
	for j, id := range ids {
		isMapped := slices.ContainsFunc(f.Mapped, func(m mappedFile) bool { return m.ID == id })
		if !isMapped && !slices.Contains(f.Ignore, id) {
			c.problem(fmt.Sprintf("%sindicators[%d]", at, j), "say what it means under mapped, or ignore it by name", "the id %s is asked for, but has no meaning", id)
		}
	}
}

func (c *checker) pages(f *sourceFile) {
	p := f.Pages
	if len(p.Lists)+len(p.Pages) == 0 {
		c.problem("pages", "write lists or pages", "there is no page to start from")
	}
	for i, l := range p.Lists {
		c.url(fmt.Sprintf("pages.lists[%d].url", i), l.URL, true)
		c.region(fmt.Sprintf("pages.lists[%d].region", i), l.Region)
	}
	for i, d := range p.Pages {
		c.url(fmt.Sprintf("pages.pages[%d].url", i), d.URL, true)
		c.region(fmt.Sprintf("pages.pages[%d].region", i), d.Region)
	}
	if len(p.Lists) > 0 {
		c.required("pages.link_pattern", p.LinkPattern, "a regular expression of the addresses that are documents")
	}
	c.pattern("pages.link_pattern", p.LinkPattern)
	c.pattern("pages.title_pattern", p.TitlePattern)
	c.oneOf("pages.pagination", p.Pagination, "none", "next-link", "trs", "one-based")
}

func (c *checker) readingRules(f *sourceFile) {
	seen := map[string]bool{}
	for i, m := range f.Mapped {
		at := fmt.Sprintf("mapped[%d]", i)
		c.required(at+".id", m.ID, "the publisher's id")
		c.indicator(at+".indicator", m.Indicator)
		c.oneOf(at+".basis", m.Basis, "period", "ytd", "end")
		c.required(at+".basis", m.Basis, "period, ytd or end")
		c.unit(at+".unit", m.Unit)
		if key := m.Database + "/" + m.ID; seen[key] {
			c.problem(at, "keep one", "the id %s is mapped twice", m.ID)
		} else {
			seen[key] = true
		}
	}
	for label, code := range f.Labels {
		c.indicator("labels."+label, code)
	}
	for i, s := range f.Snapshot {
		for j, code := range s.Indicators {
			c.indicator(fmt.Sprintf("snapshot[%d].indicators[%d]", i, j), code)
		}
		for j, code := range s.Regions {
			c.region(fmt.Sprintf("snapshot[%d].regions[%d]", i, j), code)
		}
		if s.FromYear == 0 || s.ToYear < s.FromYear {
			c.problem(fmt.Sprintf("snapshot[%d]", i), "write from_year and to_year, the first and last year that it restates", "the years of the snapshot are missing or turned round")
		}
	}
}

func (c *checker) oneOf(path, value string, words ...string) {
	if value != "" && !slices.Contains(words, value) {
		c.problem(path, "write one of "+strings.Join(words, ", "), "%s: %q is unknown", path, value)
	}
}

func (c *checker) indicator(path, code string) {
	if _, ok := c.set.indicatorByCode[code]; !ok {
		c.problem(path, orNearest(code, c.set.indicatorCodes(), "see indicators.csv"), "%s: the indicator %q is not in the catalogue", path, code)
	}
}

func (c *checker) region(path, code string) {
	if code != "" && !c.set.regionCodes[code] {
		c.problem(path, "see regions.csv; the whole country is "+Nation, "%s: the region %q is unknown", path, code)
	}
}

func (c *checker) unit(path, symbol string) {
	if symbol != "" && !c.set.knowsUnit(symbol) {
		c.problem(path, orNearest(symbol, c.set.unitNames(), "add it to units.yaml"), "%s: the unit %q is unknown", path, symbol)
	}
}

func (c *checker) url(path, text string, required bool) {
	if text == "" && !required {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		c.problem(path, "write it in full, with http:// or https://", "%s: %q is no address", path, text)
	}
}

func (c *checker) pattern(path, text string) {
	if _, err := regexp.Compile(text); err != nil {
		c.problem(path, "mend the regular expression (RE2)", "%s: %v", path, err)
	}
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
