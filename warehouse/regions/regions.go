// Package regions works out, from the history of GB/T 2260, which codes followed
// which and of which codes a region of today consisted in an earlier year.
package regions

import (
	"cmp"
	"maps"
	"slices"

	"zhibiao/pipeline"
)

// Kinds of links and stretches.
const (
	Own    = "own"    // the code itself
	Rename = "rename" // one code took the place of one other
	Merge  = "merge"  // several codes went into one
	Split  = "split"  // one code went into several
)

// Forever is the last year of what is still in force; years before the records
// begin count as their first.
const Forever = 9999

// Link says that data of a region stand under another code from Year on.
type Link struct {
	From, To string
	Year     int // first year whose end is under the new code
	Kind     string
}

// Stretch says that in the years FromYear to ToYear a region consisted of Part and
// Parts-1 others. A region's stretches reach back until it began or until what it
// came from was split, because nobody can say what share of a split region it was.
type Stretch struct {
	Region, Part     string
	FromYear, ToYear int
	Parts            int
	Kind             string // Own, Rename or Merge
}

// History answers questions about codes over the years.
type History struct {
	valid map[string][]years // by code, in order
	into  map[string][]Link  // by the code that took over
	out   map[link]int       // into how many codes a code went in a year
	first int                // year in which the records of counties begin
}

type years struct{ from, to int }

type link struct {
	code string
	year int
}

// NewHistory reads the regions of the configuration.
func NewHistory(all []pipeline.Region) *History {
	h := &History{valid: map[string][]years{}, into: map[string][]Link{}, out: map[link]int{}, first: Forever}
	seen := map[Link]bool{}
	for _, r := range all {
		h.valid[r.Code] = append(h.valid[r.Code], years{r.From, cmp.Or(r.To, Forever)})
		if r.Level != "nation" {
			h.first = min(h.first, r.From)
		}
		for _, next := range r.Next {
			l := Link{From: r.Code, To: next, Year: r.To + 1}
			if next == r.Code || seen[l] { // only its name changed
				continue
			}
			seen[l] = true
			h.into[next] = append(h.into[next], l)
			h.out[link{r.Code, l.Year}]++
		}
	}
	for code, spans := range h.valid {
		h.valid[code] = joined(spans)
	}
	for to, links := range h.into {
		for i, l := range links {
			links[i].Kind = h.kind(l)
		}
		slices.SortFunc(links, compareLinks)
		h.into[to] = links
	}
	return h
}

func compareLinks(a, b Link) int {
	return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
}

// joined puts spans in order and makes one of those that follow each other.
func joined(spans []years) []years {
	slices.SortFunc(spans, func(a, b years) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	out := spans[:1]
	for _, s := range spans[1:] {
		if last := &out[len(out)-1]; s.from <= last.to+1 {
			last.to = max(last.to, s.to)
		} else {
			out = append(out, s)
		}
	}
	return out
}

func (h *History) kind(l Link) string {
	if h.out[link{l.From, l.Year}] > 1 {
		return Split
	}
	others := slices.ContainsFunc(h.into[l.To], func(o Link) bool { return o.Year == l.Year && o.From != l.From })
	if others || h.isValid(l.To, l.Year-1) {
		return Merge
	}
	return Rename
}

func (h *History) isValid(code string, year int) bool {
	_, ok := h.span(code, year)
	return ok
}

// span returns the years around year in which a code was in force.
func (h *History) span(code string, year int) (years, bool) {
	i := slices.IndexFunc(h.valid[code], func(s years) bool { return s.from <= year && year <= s.to })
	if i < 0 {
		return years{}, false
	}
	return h.valid[code][i], true
}

// Links returns all links by year and codes.
func (h *History) Links() []Link {
	var all []Link
	for _, links := range h.into {
		all = append(all, links...)
	}
	slices.SortFunc(all, compareLinks)
	return all
}

// Stretches returns the stretches of all codes, by region and years.
func (h *History) Stretches() []Stretch {
	var all []Stretch
	for _, code := range slices.Sorted(maps.Keys(h.valid)) {
		all = append(all, h.Of(code)...)
	}
	return all
}

// Of returns the stretches of a code, the earliest first.
func (h *History) Of(code string) []Stretch {
	spans := h.valid[code]
	if len(spans) == 0 {
		return nil
	}
	var all []Stretch
	upper := spans[len(spans)-1].to
	for parts := []string{code}; len(parts) > 0; {
		event := h.lastEvent(parts, upper)
		before := h.before(parts, event)
		from := event
		if before == nil && event <= h.first {
			from = 0
		}
		all = append(stretches(code, parts, from, upper), all...)
		parts, upper = before, event-1
	}
	return all
}

func stretches(code string, parts []string, from, to int) []Stretch {
	kind := Merge
	switch {
	case len(parts) == 1 && parts[0] == code:
		kind = Own
	case len(parts) == 1:
		kind = Rename
	}
	var list []Stretch
	for _, part := range parts {
		list = append(list, Stretch{code, part, from, to, len(parts), kind})
	}
	return list
}

// lastEvent is the latest year, not after upper, in which one of the parts began or
// took something in.
func (h *History) lastEvent(parts []string, upper int) int {
	event := 0
	for _, part := range parts {
		if s, ok := h.span(part, upper); ok {
			event = max(event, s.from)
		}
		for _, l := range h.into[part] {
			if l.Year <= upper {
				event = max(event, l.Year)
			}
		}
	}
	return event
}

// before returns of what the parts consisted in the year before an event, nil where
// that cannot be said.
func (h *History) before(parts []string, event int) []string {
	earlier := map[string]bool{}
	for _, part := range parts {
		lasted := h.isValid(part, event-1)
		if lasted {
			earlier[part] = true
		}
		for _, l := range h.into[part] {
			if l.Year != event {
				continue
			}
			if l.Kind == Split || !h.isValid(l.From, event-1) {
				return nil
			}
			earlier[l.From], lasted = true, true
		}
		if !lasted {
			return nil
		}
	}
	return slices.Sorted(maps.Keys(earlier))
}

// CodeIn returns the code under which data of a region stand at the end of a year;
// ok is false where it was no region of its own.
func (h *History) CodeIn(code string, year int) (in string, ok bool) {
	for _, s := range h.Of(code) {
		if s.FromYear <= year && year <= s.ToYear && s.Parts == 1 {
			return s.Part, true
		}
	}
	return "", false
}
