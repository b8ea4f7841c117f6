package schedule

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhibiao/pipeline"
)

// planAPI divides the requests of an interface by regions and years. Requests that
// share an area stay together, because a window asks for an area as a whole; years
// are cut only where no request's block of years is cut, so that nothing is asked
// for twice.
func planAPI(source *pipeline.Source, ask pipeline.Window, now time.Time) ([]Window, error) {
	target, err := url.Parse(source.API.URL)
	if err != nil {
		return nil, fmt.Errorf("source %s: reading URL %q: %w", source.Name, source.API.URL, err)
	}
	overhead := map[string]int{}
	if source.API.SessionURL != "" {
		session, err := url.Parse(source.API.SessionURL)
		if err != nil {
			return nil, fmt.Errorf("source %s: reading URL %q: %w", source.Name, source.API.SessionURL, err)
		}
		overhead[session.Host]++
	}
	most := callsPerWindow
	if limit := source.Limits.MaxRequests; limit > 0 {
		most = min(most, max(1, limit-2))
	}
	var windows []Window
	for _, group := range packed(apiGroups(source.API, ask), ask, now, most) {
		for _, years := range group.stretches(ask, now, most) {
			w := Window{
				Name: years.String() + " " + group.name(),
				Ask: pipeline.Window{
					From: pipeline.DateOf(years.first, 1, 1), To: pipeline.DateOf(years.last, 12, 31), Regions: group.regions,
				},
				Requests: map[string]int{},
			}
			for host, n := range overhead {
				w.Requests[host] += n
			}
			w.Requests[target.Host] += group.calls(years, now)
			windows = append(windows, w)
		}
	}
	return windows, nil
}

// apiGroup is requests that are asked together, and the regions that they are
// about.
type apiGroup struct {
	requests []*pipeline.APIRequest
	regions  []string
	text     string // of the first area
}

func (g *apiGroup) name() string {
	if len(g.regions) == 1 {
		return g.regions[0] + " " + g.text
	}
	return fmt.Sprintf("%s %s and %d more regions", g.regions[0], g.text, len(g.regions)-1)
}

// apiGroups puts requests that share an area together, and leaves out those that
// the question does not ask for.
func apiGroups(api *pipeline.APICollection, ask pipeline.Window) []*apiGroup {
	var groups []*apiGroup
	home := map[string]*apiGroup{} // of each region
	for i := range api.Requests {
		request := &api.Requests[i]
		into := &apiGroup{}
		for _, area := range request.Areas {
			code := area.Value[:min(6, len(area.Value))]
			switch other := home[code]; {
			case other == nil:
				into.addRegion(home, code, area.Text)
			case other != into && len(into.requests) == 0 && len(into.regions) == 0:
				into = other
			case other != into:
				other.absorb(into, home)
				groups = slices.DeleteFunc(groups, func(g *apiGroup) bool { return g == into })
				into = other
			}
		}
		into.requests = append(into.requests, request)
		if !slices.Contains(groups, into) {
			groups = append(groups, into)
		}
	}
	groups = slices.DeleteFunc(groups, func(g *apiGroup) bool {
		return !slices.ContainsFunc(g.regions, func(code string) bool { return wanted(ask, code) })
	})
	slices.SortStableFunc(groups, func(a, b *apiGroup) int { return strings.Compare(a.regions[0], b.regions[0]) }) // promise 9
	return groups
}

func (g *apiGroup) addRegion(home map[string]*apiGroup, code, text string) {
	if len(g.regions) == 0 {
		g.text = text
	}
	g.regions = append(g.regions, code)
	home[code] = g
}

func (g *apiGroup) absorb(other *apiGroup, home map[string]*apiGroup) {
	g.requests = append(g.requests, other.requests...)
	for _, code := range other.regions {
		g.addRegion(home, code, other.text)
	}
}

// packed puts small groups together as long as one year of all of them fits into a
// window.
func packed(groups []*apiGroup, ask pipeline.Window, now time.Time, most int) []*apiGroup {
	var result []*apiGroup
	for _, g := range groups {
		if n := len(result); n > 0 && len(result[n-1].requests)+len(g.requests) <= most && sameBlocks(result[n-1], g) {
			last := result[n-1]
			last.requests = append(last.requests, g.requests...)
			last.regions = append(last.regions, g.regions...)
			continue
		}
		result = append(result, g)
	}
	return slices.DeleteFunc(result, func(g *apiGroup) bool { return len(g.stretches(ask, now, most)) == 0 })
}

// sameBlocks reports whether all requests begin their blocks in the same years, so
// that they can be cut together.
func sameBlocks(a, b *apiGroup) bool {
	of := func(r *pipeline.APIRequest) [2]int { return [2]int{r.FromYear, max(1, r.YearsPerCall)} }
	for _, r := range slices.Concat(a.requests, b.requests) {
		if of(r) != of(a.requests[0]) {
			return false
		}
	}
	return true
}

// stretch is whole years, first to last.
type stretch struct{ first, last int }

func (s stretch) String() string {
	if s.first == s.last {
		return strconv.Itoa(s.first)
	}
	return fmt.Sprintf("%d–%d", s.first, s.last)
}

// stretches cuts the question's years into stretches of at most the given number of
// calls, where they can be cut.
func (g *apiGroup) stretches(ask pipeline.Window, now time.Time, most int) []stretch {
	first, last := g.bounds(ask, now)
	var all []stretch
	for from := first; from <= last; {
		to := g.cutAfter(from, last)
		for to < last {
			next := g.cutAfter(to+1, last)
			if g.calls(stretch{from, next}, now) > most {
				break
			}
			to = next
		}
		if s := (stretch{from, to}); g.calls(s, now) > 0 {
			all = append(all, s)
		}
		from = to + 1
	}
	return all
}

// bounds are the years of the question that exist.
func (g *apiGroup) bounds(ask pipeline.Window, now time.Time) (first, last int) {
	first, last = ask.To.Year()+1, 0
	for _, r := range g.requests {
		first = min(first, r.FromYear)
		last = max(last, lastYear(r.Freq, now))
	}
	return max(first, ask.From.Year()), min(last, ask.To.Year())
}

// cutAfter returns the first year from the given one on after which no request's
// block is cut, or last.
func (g *apiGroup) cutAfter(year, last int) int {
	for ; year < last; year++ {
		cuts := slices.ContainsFunc(g.requests, func(r *pipeline.APIRequest) bool {
			next := year + 1
			return next > r.FromYear && (next-r.FromYear)%max(1, r.YearsPerCall) != 0
		})
		if !cuts {
			return year
		}
	}
	return last
}

// calls counts the blocks that a stretch of years overlaps.
func (g *apiGroup) calls(years stretch, now time.Time) int {
	calls := 0
	for _, r := range g.requests {
		length := max(1, r.YearsPerCall)
		first, last := max(years.first, r.FromYear), min(years.last, lastYear(r.Freq, now))
		if first <= last {
			calls += (last-r.FromYear)/length - (first-r.FromYear)/length + 1
		}
	}
	return calls
}

// lastYear is the last year of which a period has ended.
func lastYear(freq pipeline.Freq, now time.Time) int {
	months := map[pipeline.Freq]int{pipeline.Annual: 12, pipeline.Quarterly: 3, pipeline.Monthly: 1}[freq]
	now = now.In(Shanghai)
	return now.AddDate(0, -months, 1-now.Day()).Year()
}
