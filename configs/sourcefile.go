package configs

import "time"

// sourceFile is the form of a file under sources. The tags are the only place
// where a key is described: the loader, the reference page and the schema for
// editors are all made from them.
//
//	doc      what the key says
//	must     the key has to be there; completes "… is missing; write …"
//	default  what holds where the key is left out
//	enum     the words that are known
//	form     what a text has to be: url, pattern, region, regions, area,
//	         indicator, unit, day, cron, address, series
type sourceFile struct {
	Title        string            `yaml:"title" doc:"Name of the source in Chinese, for people." must:"the name of the source in Chinese, for people"`
	Publisher    string            `yaml:"publisher" doc:"Who publishes it." must:"who publishes it"`
	Supplier     string            `yaml:"supplier" doc:"Whose data they are." enum:"public province county" default:"public"`
	Access       string            `yaml:"access" doc:"Who may see the numbers." enum:"public restricted suppressed" default:"public"`
	Evidence     string            `yaml:"evidence" doc:"How we know of the addresses: where and when they were seen, and what has not been seen."`
	Schedule     string            `yaml:"schedule" doc:"When it runs, as minute hour day month weekday in Asia/Shanghai. Left out: only on request." form:"cron"`
	Verified     string            `yaml:"verified" doc:"Day on which a person last saw it work live, or never." must:"the day on which a person last saw it work live, or never" form:"day"`
	Impact       impactFile        `yaml:"impact" doc:"What collecting does to the publisher's service: the written assessment that the rules on network data security ask for before automated collection (网络数据安全管理条例, article 18). All four parts are required."`
	Limits       limitsFile        `yaml:"limits" doc:"Bounds on what a run asks of the publisher."`
	MinDocuments int               `yaml:"min_documents" doc:"Documents that a healthy run yields at least; fewer is a failure of the source." default:"1"`
	Expect       expectFile        `yaml:"expect" doc:"What a healthy document yields; zhibiao source test says where an example falls short of it."`
	URLs         []string          `yaml:"urls" doc:"Further addresses whose documents are this source's, as regular expressions (RE2). Required where there is neither api nor pages." form:"pattern"`
	API          *apiFile          `yaml:"api" doc:"The statistics bureau's interface of 2026; only for the kind nbs-2026."`
	Pages        *pagesFile        `yaml:"pages" doc:"Pages that are found from lists, or named. Either api or pages; with neither, documents come only from an archive."`
	Kind         string            `yaml:"kind" doc:"Shape of the documents. file is CSV, XLSX, XLS, DOCX, PDF or a ZIP of them, told apart by content; filing and platform are what people file: workbooks of the province, exports of the national platform; entries is what counties entered and the province accepted." must:"nbs-2026, easyquery, html or file" enum:"nbs-2026 easyquery html file filing platform entries"`
	Region       string            `yaml:"region" doc:"GB/T 2260 code that a document is about where neither it nor its list names one. In quotes." form:"region"`
	Mapped       []mappedFile      `yaml:"mapped" doc:"What the publisher's own ids mean."`
	Labels       map[string]string `yaml:"labels" doc:"Labels of this publisher and the code that each means, asked before the catalogue's names. A name that means the same everywhere belongs into aliases.yaml." form:"indicator"`
	Ignore       []string          `yaml:"ignore" doc:"Labels, names and ids that are ignored by name: every number in scope is read, refused or ignored here."`
	Prose        bool              `yaml:"prose" doc:"Read running text too, not only tables." default:"false"`
	Tables       []string          `yaml:"tables" doc:"Tables in scope, by a text in their caption: all their numbers are read or refused, also under labels that the catalogue does not know."`
	Snapshot     []snapshotFile    `yaml:"snapshot" doc:"What each version of a document restates completely; only inside it does an absence withdraw a number. Not for CSV: a file that was cut cannot be told from a shorter one."`
	MustContain  []string          `yaml:"must_contain" doc:"Text that every healthy document has: it tells a document from a login or not-found page that was answered with 200."`
	Supplies     []suppliesFile    `yaml:"supplies" doc:"What it can supply and when, so that what is missing is put to the right party. Reading does not depend on it."`
}

type impactFile struct {
	Rate    string `yaml:"rate" doc:"How many requests in what time." must:"how many requests a minute"`
	Window  string `yaml:"window" doc:"At what time of the day, and for how long." must:"at what time of the day"`
	Volume  string `yaml:"volume" doc:"How many pages and bytes." must:"how much a night"`
	Contact string `yaml:"contact" doc:"Whom the publisher can turn to; also how the collector names itself." must:"whom the publisher can turn to"`
}

type limitsFile struct {
	Interval    time.Duration `yaml:"interval" doc:"Least time between two requests to a host." default:"3s"`
	Timeout     time.Duration `yaml:"timeout" doc:"Longest time for one request." default:"1m"`
	Idle        time.Duration `yaml:"idle" doc:"A transfer that brings no byte for this long is given up." default:"20s"`
	MinRate     int64         `yaml:"min_rate" doc:"Bytes a second on average after the first ten seconds; a slower transfer is given up." default:"1024"`
	MaxBody     int64         `yaml:"max_body" doc:"Bytes of one body, after decompression." default:"20971520"`
	MaxRequests int           `yaml:"max_requests" doc:"Requests of one run." default:"2000"`
	AllowAddrs  []string      `yaml:"allow_addrs" doc:"Addresses with port, such as 10.1.2.3:80, that may be asked although they are not public." form:"address"`
}

// expectFile bounds what a healthy table yields.
type expectFile struct {
	MinYield   int      `yaml:"min_yield" doc:"Observations of a document at least." default:"none"`
	MaxYield   int      `yaml:"max_yield" doc:"Observations of a document at most: more are a sign of a label read for another." default:"none"`
	Indicators []string `yaml:"indicators" doc:"Codes that every document has." form:"indicator"`
	MaxDrift   int      `yaml:"max_drift" doc:"Percent of a table's labels that may differ from its last accepted version." default:"50"`
}

type apiFile struct {
	URL        string        `yaml:"url" doc:"Address of stream/esData." must:"the address of stream/esData" form:"url"`
	SessionURL string        `yaml:"session_url" doc:"Page that sets the session's cookie." form:"url"`
	Requests   []requestFile `yaml:"requests" doc:"What is asked; each is sent once for every block of years."`
}

type requestFile struct {
	Catalogue    string     `yaml:"catalogue" doc:"The cid." must:"the cid"`
	Root         string     `yaml:"root" doc:"The rootId." must:"the rootId"`
	Indicators   []string   `yaml:"indicators" doc:"Ids of the indicators; each is mapped or ignored below."`
	Areas        []areaFile `yaml:"areas" doc:"Regions as the interface names them."`
	Freq         string     `yaml:"freq" doc:"Frequency of the periods." must:"A, Q or M" enum:"A Q M"`
	FromYear     int        `yaml:"from_year" doc:"First year that exists."`
	YearsPerCall int        `yaml:"years_per_call" doc:"Years in one request." default:"1"`
	RecentYears  int        `yaml:"recent_years" doc:"Years that a nightly run asks for." default:"2"`
}

type areaFile struct {
	Text  string `yaml:"text" doc:"The region's name as the interface writes it."`
	Value string `yaml:"value" doc:"Its twelve digits, in quotes." form:"area"`
}

type pagesFile struct {
	Lists        []listFile   `yaml:"lists" doc:"Where lists start. One file can hold the lists of many regions: a row for each."`
	Pages        []directFile `yaml:"pages" doc:"Pages that are documents themselves."`
	LinkPattern  string       `yaml:"link_pattern" doc:"Regular expression (RE2) over the full address of a link; only links that match are documents. Required with lists." form:"pattern"`
	TitlePattern string       `yaml:"title_pattern" doc:"Regular expression (RE2) over the link's text." form:"pattern"`
	RowSelector  string       `yaml:"row_selector" doc:"CSS selector of a list's entries; the date in an entry is the day of publication. Left out: every link."`
	Pagination   string       `yaml:"pagination" doc:"How a list goes on. next-link: the link 下一页; numbered: the link whose text is the next number; trs: index_1.html is page 2; one-based: index_2.html is; hanweb: jpage's dataproxy.jsp." enum:"none next-link numbered trs one-based hanweb" default:"none"`
	MaxPages     int          `yaml:"max_pages" doc:"Pages of one list." default:"50"`
	Attachments  []string     `yaml:"attachments" doc:"Extensions without dot: files that a fetched page links to are documents too, of the page's region." enum:"xlsx xls csv doc docx pdf zip wps et"`
}

type listFile struct {
	URL    string `yaml:"url" doc:"Address of the first page." must:"the address of the list" form:"url"`
	Region string `yaml:"region" doc:"What all its documents are about. Left out: they say it themselves." form:"region"`
}

type directFile struct {
	URL    string `yaml:"url" doc:"Address of the page." must:"the address of the page" form:"url"`
	Region string `yaml:"region" doc:"What it is about." form:"region"`
	Title  string `yaml:"title" doc:"Its title, where the page itself does not give the period."`
}

type mappedFile struct {
	Database  string `yaml:"database" doc:"easyquery's dbcode: the same id means different things in other databases."`
	ID        string `yaml:"id" doc:"The publisher's id." must:"the publisher's id"`
	Indicator string `yaml:"indicator" doc:"Code of the catalogue." must:"a code of indicators.csv" form:"indicator"`
	Basis     string `yaml:"basis" doc:"Of the period, cumulative since January, or at its end." must:"period, ytd or end" enum:"period ytd end"`
	Dims      string `yaml:"dims" doc:"Break-down, as k=v;k=v."`
	Unit      string `yaml:"unit" doc:"Unit of the values where the answer gives none." form:"unit"`
}

type snapshotFile struct {
	Indicators []string `yaml:"indicators" doc:"Codes; left out: all." form:"indicator"`
	Regions    []string `yaml:"regions" doc:"Codes of regions; left out: all." form:"region"`
	FromYear   int      `yaml:"from_year" doc:"First year that it restates."`
	ToYear     int      `yaml:"to_year" doc:"Last year that it restates."`
}

// suppliesFile is one entry of supplies.
type suppliesFile struct {
	Indicators []string `yaml:"indicators" doc:"Codes of the catalogue." form:"indicator"`
	Regions    []string `yaml:"regions" doc:"Codes, or two or four digits for all counties of a province or prefecture. In quotes." form:"regions"`
	Series     []string `yaml:"series" doc:"Frequency and basis, such as A:period, of those that indicators.csv lists." form:"series"`
	FromYear   int      `yaml:"from_year" doc:"First year."`
	ToYear     int      `yaml:"to_year" doc:"Last year, only where it has ended."`
	LagDays    int      `yaml:"lag_days" doc:"Days from the end of a period until it can be expected."`
	Verified   string   `yaml:"verified" doc:"As above, for this entry. Left out: that of the file." form:"day"`
}
