package schedule

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"zhibiao/pipeline"
)

// ErrNotWindowed says that a source cannot be asked for past periods part by part.
var ErrNotWindowed = errors.New("cannot be backfilled")

// Window is one part of a backfill: a run of its own, done or failed as a whole.
type Window struct {
	Name     string
	Ask      pipeline.Window
	Requests map[string]int // at least, by host, with the session
}

// Plan is how a backfill is done. The same question to the same source's file at
// the same time gives the same windows in the same order.
type Plan struct {
	Source  *pipeline.Source
	Windows []Window
	// AtLeast says that lists are read whose length is not known before.
	AtLeast bool
	// WholePages says that the source's pages cannot be asked for periods: each place
	// is read whole, whatever the periods are.
	WholePages bool
}

// callsPerWindow is how much a window asks for: few enough for one session with the
// statistics bureau's interface, enough that robots.txt does not weigh.
const callsPerWindow = 16

// NewPlan plans the windows of a source for whole years within the stretch of the
// question and its regions, in the order of the regions' codes. The error is ErrNotWindowed, or says what in the
// question yields nothing.
func NewPlan(source *pipeline.Source, ask pipeline.Window, now time.Time) (Plan, error) {
	plan := Plan{Source: source}
	var err error
	switch {
	case source.API != nil:
		plan.Windows, err = planAPI(source, ask, now)
	case source.Pages != nil:
		plan.WholePages = true
		plan.AtLeast = len(source.Pages.Lists) > 0
		plan.Windows, err = planPages(source, ask)
	default:
		return plan, fmt.Errorf("source %s %w: it names no place to fetch from; its documents come from archives or filings", source.Name, ErrNotWindowed)
	}
	if err != nil {
		return plan, err
	}
	if len(plan.Windows) == 0 {
		return plan, fmt.Errorf("source %s has nothing from %s to %s%s: look at from_year, areas and regions in its file",
			source.Name, ask.From, ask.To, ofRegions(ask.Regions))
	}
	return plan, nil
}

func ofRegions(codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	return " for " + strings.Join(codes, ", ")
}

// Requests returns how many requests the plan takes, at least, and what politeness
// makes of them: a host is asked by one at a time with a pause between two, and at
// most parallel windows run at once. least is the shortest pause that the collector
// keeps.
func (p *Plan) Requests(parallel int, least time.Duration) (requests int, takes time.Duration) {
	pause := max(p.Source.Limits.Interval, least)
	pause += pause / 10 // the collector's jitter, on average
	byHost := map[string]int{}
	for _, w := range p.Windows {
		for host, n := range w.Requests {
			byHost[host] += n
			requests += n
		}
	}
	requests += len(byHost) // robots.txt
	slowest := (requests + max(parallel, 1) - 1) / max(parallel, 1)
	for _, n := range byHost {
		slowest = max(slowest, n+1)
	}
	return requests, time.Duration(slowest) * pause
}

// Digest identifies the windows: a backfill goes on only with the plan that it
// began with.
func (p *Plan) Digest() string {
	parts := []string{"plan", p.Source.Name}
	for _, w := range p.Windows {
		parts = append(parts, w.Name, w.Ask.From.String(), w.Ask.To.String(), strings.Join(w.Ask.Regions, ","))
	}
	return pipeline.ContentID(parts...)
}

// planPages makes a window of the list pages of each region, and one of every few
// direct pages. A place without a region is visited whatever region is asked for,
// so with one of those the source is one window.
func planPages(source *pipeline.Source, ask pipeline.Window) ([]Window, error) {
	lists, direct := map[string][]string{}, map[string][]string{}
	var regions []string
	note := func(places map[string][]string, address, region string) error {
		u, err := url.Parse(address)
		if err != nil {
			return fmt.Errorf("source %s: reading URL %q: %w", source.Name, address, err)
		}
		if len(lists[region]) == 0 && len(direct[region]) == 0 {
			regions = append(regions, region)
		}
		places[region] = append(places[region], u.Host)
		return nil
	}
	for _, page := range source.Pages.Pages {
		if err := note(direct, page.URL, page.Region); err != nil {
			return nil, err
		}
	}
	for _, list := range source.Pages.Lists {
		if err := note(lists, list.URL, list.Region); err != nil {
			return nil, err
		}
	}
	if slices.Contains(regions, "") {
		whole := pageWindow(ask, "all places")
		whole.Ask.Regions = ask.Regions
		for _, region := range regions {
			if region == "" || wanted(ask, region) {
				whole.add(lists[region], direct[region])
			}
		}
		return []Window{whole}, nil
	}
	slices.Sort(regions) // promise 9
	var windows []Window
	var few *Window // of direct pages, still being filled
	for _, region := range regions {
		if !wanted(ask, region) {
			continue
		}
		if few == nil || len(lists[region]) > 0 || len(few.Ask.Regions)+len(direct[region]) > callsPerWindow {
			windows = append(windows, pageWindow(ask, region))
			few = &windows[len(windows)-1]
		} else {
			few.Name = few.Ask.Regions[0] + "–" + region
		}
		few.Ask.Regions = append(few.Ask.Regions, region)
		few.add(lists[region], direct[region])
		if len(lists[region]) > 0 {
			few = nil // a list may be long: it is a window of its own
		}
	}
	return windows, nil
}

func pageWindow(ask pipeline.Window, name string) Window {
	return Window{Name: name, Ask: pipeline.Window{From: ask.From, To: ask.To}, Requests: map[string]int{}}
}

// add counts the requests for places by their hosts.
func (w *Window) add(hosts ...[]string) {
	for _, host := range slices.Concat(hosts...) {
		w.Requests[host]++
	}
}

func wanted(ask pipeline.Window, region string) bool {
	return len(ask.Regions) == 0 || slices.Contains(ask.Regions, region)
}
