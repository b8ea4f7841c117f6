package pipeline

import "time"

// Source is one source's file under configs/sources, loaded and checked.
type Source struct {
	Name      string
	Title     string // Chinese, for people
	Publisher string
	Access    Access
	Schedule  string // cron expression in Asia/Shanghai; "" is never fetched by itself
	Verified  string // day on which a person last saw it work live, 2006-01-02, or never
	Impact    Impact
	Limits    Limits
	// MinDocuments is what a healthy run yields at least; fewer is a failure of the
	// source (promise 6).
	MinDocuments int
	API          *APICollection  // exactly one of API and Pages, or neither for a
	Pages        *PageCollection // source whose documents only come from an archive
	Rules        SourceRules
	Supplies     []Supply // what it can supply, for telling what is missing
	Expect       Yield    // of a healthy document; what falls short is held for review
}

// Impact is the written assessment of what collecting does to the publisher's
// service (网络数据安全管理条例, State Council 2024, article 18).
type Impact struct {
	Rate, Window, Volume, Contact string
}

// Limits bound what a run asks of a publisher. Zero fields have defaults.
type Limits struct {
	Interval    time.Duration // least time between two requests to a host; 3 s
	Timeout     time.Duration // for one request; 60 s
	Idle        time.Duration // without a byte until a transfer is given up; 20 s
	MinRate     int64         // bytes a second on average after the first ten; 1,024
	MaxBody     int64         // bytes after decompression; 20 MiB
	MaxRequests int           // in one run; 2,000
	// AllowAddrs are addresses with port, such as 10.1.2.3:80, that may be asked
	// although they are not public.
	AllowAddrs []string
}

// APICollection asks the statistics bureau's interface of 2026. Each request is
// sent once for every block of years, so that its canonical body, and with it
// the lineage, stays the same from run to run.
type APICollection struct {
	URL        string // of stream/esData
	SessionURL string // page that sets the session cookie, "" for none
	Requests   []APIRequest
}

// APIRequest is one body of stream/esData without its period range.
type APIRequest struct {
	CatalogueID  string // cid
	RootID       string // rootId
	IndicatorIDs []string
	Areas        []APIArea
	Freq         Freq // A, Q or M: the suffix YY, SS or MM of the period codes
	FromYear     int  // first year that exists
	YearsPerCall int  // length of a block; 1
	RecentYears  int  // how many years a run without a window asks for; 2
}

// APIArea is a region as the interface names it: text and twelve digits.
type APIArea struct {
	Text  string
	Value string
}

// PageCollection finds pages from list pages, and fetches pages named directly.
type PageCollection struct {
	Lists []ListPage
	Pages []DirectPage
	// LinkPattern is a regular expression (RE2) over the absolute URL, and
	// TitlePattern one over the link's text; only links that match both are
	// documents.
	LinkPattern  string
	TitlePattern string
	// RowSelector is the CSS selector of a list's entries ("" for every link);
	// the date printed in the entry is the publication day.
	RowSelector string
	Pagination  Pagination
	MaxPages    int // list pages of one list at most; 50
	// Attachments are extensions without dot, such as xlsx: files that a fetched
	// page links to are documents too, of the page's region.
	Attachments []string
}

// ListPage is where a list starts, and the region that all it lists is about
// ("" where the documents say it themselves).
type ListPage struct {
	URL    string
	Region string
}

// DirectPage is a page that is a document itself.
type DirectPage struct {
	URL    string
	Region string
	Title  string
}

// Pagination is how a list goes on.
type Pagination string

// The pagination styles. A list always ends where a page brings no new link,
// whatever count it prints.
const (
	PaginationNone Pagination = "none"
	// PaginationNextLink follows the link 下一页.
	PaginationNextLink Pagination = "next-link"
	// PaginationTRS follows createPageHTML(count, current, "index", "html") with
	// zero-based numbers: page 2 is index_1.html.
	PaginationTRS Pagination = "trs"
	// PaginationOneBased follows createPageHTML('id', n, current, 'name', 'shtml',
	// rows) with one-based numbers: page 2 is name_2.shtml.
	PaginationOneBased Pagination = "one-based"
	// PaginationNumbered follows the link whose text is the number of the next
	// page.
	PaginationNumbered Pagination = "numbered"
	// PaginationHanweb asks jpage's dataproxy.jsp, which the first page names, for
	// the next stretch of records.
	PaginationHanweb Pagination = "hanweb"
)
