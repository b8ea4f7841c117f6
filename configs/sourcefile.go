package configs

import (
	"time"

	"zhibiao/pipeline"
)

// sourceFile is the form of a file under sources; sources/README.md explains
// each key.
type sourceFile struct {
	Title        string            `yaml:"title"`
	Publisher    string            `yaml:"publisher"`
	Supplier     string            `yaml:"supplier"`
	Access       string            `yaml:"access"`
	Schedule     string            `yaml:"schedule"`
	Verified     string            `yaml:"verified"`
	Impact       impactFile        `yaml:"impact"`
	Limits       limitsFile        `yaml:"limits"`
	MinDocuments int               `yaml:"min_documents"`
	URLs         []string          `yaml:"urls"`
	API          *apiFile          `yaml:"api"`
	Pages        *pagesFile        `yaml:"pages"`
	Kind         string            `yaml:"kind"`
	Region       string            `yaml:"region"`
	Mapped       []mappedFile      `yaml:"mapped"`
	Labels       map[string]string `yaml:"labels"`
	Ignore       []string          `yaml:"ignore"`
	Prose        bool              `yaml:"prose"`
	Tables       []string          `yaml:"tables"`
	Snapshot     []snapshotFile    `yaml:"snapshot"`
	MustContain  []string          `yaml:"must_contain"`
}

type impactFile struct {
	Rate    string `yaml:"rate"`
	Window  string `yaml:"window"`
	Volume  string `yaml:"volume"`
	Contact string `yaml:"contact"`
}

type limitsFile struct {
	Interval    time.Duration `yaml:"interval"`
	Timeout     time.Duration `yaml:"timeout"`
	MaxBody     int64         `yaml:"max_body"`
	MaxRequests int           `yaml:"max_requests"`
}

type apiFile struct {
	URL        string        `yaml:"url"`
	SessionURL string        `yaml:"session_url"`
	Requests   []requestFile `yaml:"requests"`
}

type requestFile struct {
	Catalogue    string     `yaml:"catalogue"`
	Root         string     `yaml:"root"`
	Indicators   []string   `yaml:"indicators"`
	Areas        []areaFile `yaml:"areas"`
	Freq         string     `yaml:"freq"`
	FromYear     int        `yaml:"from_year"`
	YearsPerCall int        `yaml:"years_per_call"`
	RecentYears  int        `yaml:"recent_years"`
}

type areaFile struct {
	Text  string `yaml:"text"`
	Value string `yaml:"value"`
}

type pagesFile struct {
	Lists        []listFile   `yaml:"lists"`
	Pages        []directFile `yaml:"pages"`
	LinkPattern  string       `yaml:"link_pattern"`
	TitlePattern string       `yaml:"title_pattern"`
	RowSelector  string       `yaml:"row_selector"`
	Pagination   string       `yaml:"pagination"`
	MaxPages     int          `yaml:"max_pages"`
}

type listFile struct {
	URL    string `yaml:"url"`
	Region string `yaml:"region"`
}

type directFile struct {
	URL    string `yaml:"url"`
	Region string `yaml:"region"`
	Title  string `yaml:"title"`
}

type mappedFile struct {
	Database  string `yaml:"database"`
	ID        string `yaml:"id"`
	Indicator string `yaml:"indicator"`
	Basis     string `yaml:"basis"`
	Dims      string `yaml:"dims"`
	Unit      string `yaml:"unit"`
}

type snapshotFile struct {
	Indicators []string `yaml:"indicators"`
	Regions    []string `yaml:"regions"`
	FromYear   int      `yaml:"from_year"`
	ToYear     int      `yaml:"to_year"`
}

// Defaults of what a source's file leaves out.
const (
	defaultInterval     = 3 * time.Second
	defaultTimeout      = time.Minute
	defaultMaxBody      = 20 << 20
	defaultMaxRequests  = 2000
	defaultMaxPages     = 50
	defaultYearsPerCall = 1
	defaultRecentYears  = 2
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
		Limits: pipeline.Limits{
			Interval:    orElse(f.Limits.Interval, defaultInterval),
			Timeout:     orElse(f.Limits.Timeout, defaultTimeout),
			MaxBody:     orElse(f.Limits.MaxBody, defaultMaxBody),
			MaxRequests: orElse(f.Limits.MaxRequests, defaultMaxRequests),
		},
		Rules: f.rules(name),
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
