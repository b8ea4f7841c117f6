package configs

import (
	"time"

	"zhibiao/pipeline"
)

// Defaults of what a source's file leaves out.
const (
	defaultInterval     = 3 * time.Second
	defaultTimeout      = time.Minute
	defaultIdle         = 20 * time.Second
	defaultMinRate      = 1 << 10
	defaultMaxBody      = 20 << 20
	defaultMaxRequests  = 2000
	defaultMaxPages     = 50
	defaultYearsPerCall = 1
	defaultRecentYears  = 2
	defaultMaxDrift     = 50
)

// source makes the pipeline's form of the file, with defaults filled in.
func (f *sourceFile) source(name string) *pipeline.Source {
	s := &pipeline.Source{
		Name:         name,
		Title:        f.Title,
		Publisher:    f.Publisher,
		Access:       pipeline.Access(orElse(f.Access, string(pipeline.AccessPublic))),
		Schedule:     f.Schedule,
		Verified:     f.Verified,
		Impact:       pipeline.Impact(f.Impact),
		MinDocuments: f.MinDocuments,
		Limits:       f.Limits.limits(),
		Rules:        f.rules(name),
		Supplies:     f.supplies(),
		Expect: pipeline.Yield{
			Min:        f.Expect.MinYield,
			Max:        f.Expect.MaxYield,
			Indicators: f.Expect.Indicators,
			MaxDrift:   orElse(f.Expect.MaxDrift, defaultMaxDrift),
		},
	}
	if f.API != nil {
		s.API = f.API.collection()
	}
	if f.Pages != nil {
		s.Pages = f.Pages.collection()
	}
	if s.API != nil || s.Pages != nil {
		s.MinDocuments = orElse(f.MinDocuments, 1)
	}
	return s
}

func (f *limitsFile) limits() pipeline.Limits {
	return pipeline.Limits{
		Interval:    orElse(f.Interval, defaultInterval),
		Timeout:     orElse(f.Timeout, defaultTimeout),
		Idle:        orElse(f.Idle, defaultIdle),
		MinRate:     orElse(f.MinRate, defaultMinRate),
		MaxBody:     orElse(f.MaxBody, defaultMaxBody),
		MaxRequests: orElse(f.MaxRequests, defaultMaxRequests),
		AllowAddrs:  f.AllowAddrs,
	}
}

func (f *sourceFile) rules(name string) pipeline.SourceRules {
	rules := pipeline.SourceRules{
		Name:        name,
		Kind:        pipeline.DocumentKind(f.Kind),
		Supplier:    pipeline.Supplier(orElse(f.Supplier, string(pipeline.Public))),
		Region:      f.Region,
		Labels:      f.Labels,
		Ignore:      f.Ignore,
		Prose:       f.Prose,
		Tables:      f.Tables,
		MustContain: f.MustContain,
	}
	for _, m := range f.Mapped {
		rules.Mapped = append(rules.Mapped, pipeline.MappedSeries{Database: m.Database, ID: m.ID, Indicator: m.Indicator,
			Basis: pipeline.Basis(m.Basis), Dims: m.Dims, Unit: m.Unit})
	}
	for _, s := range f.Snapshot {
		rules.Snapshot = append(rules.Snapshot, pipeline.SnapshotRule(s))
	}
	return rules
}

func (f *apiFile) collection() *pipeline.APICollection {
	api := &pipeline.APICollection{URL: f.URL, SessionURL: f.SessionURL}
	for _, r := range f.Requests {
		request := pipeline.APIRequest{
			CatalogueID:  r.Catalogue,
			RootID:       r.Root,
			IndicatorIDs: r.Indicators,
			Freq:         pipeline.Freq(r.Freq),
			FromYear:     r.FromYear,
			YearsPerCall: orElse(r.YearsPerCall, defaultYearsPerCall),
			RecentYears:  orElse(r.RecentYears, defaultRecentYears),
		}
		for _, a := range r.Areas {
			request.Areas = append(request.Areas, pipeline.APIArea(a))
		}
		api.Requests = append(api.Requests, request)
	}
	return api
}

func (f *pagesFile) collection() *pipeline.PageCollection {
	pages := &pipeline.PageCollection{
		LinkPattern:  f.LinkPattern,
		TitlePattern: f.TitlePattern,
		RowSelector:  f.RowSelector,
		Pagination:   pipeline.Pagination(orElse(f.Pagination, string(pipeline.PaginationNone))),
		MaxPages:     orElse(f.MaxPages, defaultMaxPages),
		Attachments:  f.Attachments,
	}
	for _, l := range f.Lists {
		pages.Lists = append(pages.Lists, pipeline.ListPage(l))
	}
	for _, p := range f.Pages {
		pages.Pages = append(pages.Pages, pipeline.DirectPage(p))
	}
	return pages
}

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
