package number_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"zhibiao/configs"
	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/number"
	"zhibiao/portal/web"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func TestMain(m *testing.M) { warehousetest.Main(m) }

// counter is the pages before a warehouse with a few numbers, and one visitor.
type counter struct {
	t    *testing.T
	site http.Handler
	who  account.Account
	body []byte // of every archived document
	err  error  // of reading one again
}

func (c *counter) Account(context.Context) (account.Account, bool, error) {
	return c.who, c.who.Name != "", nil
}
func (*counter) Keep(context.Context, web.Note)   {}
func (*counter) Notes(context.Context) []web.Note { return nil }

// row is a number of a source; other fields by change.
func row(source string, supplier pipeline.Supplier, access pipeline.Access, body, region, value string, night int, change ...func(*pipeline.Observation)) pipeline.Observation {
	origin := warehousetest.Origin(pipeline.LineageID(source, "GET", "http://tjj.example.cn/"+source, nil), body, night)
	origin.Source, origin.Supplier = source, supplier
	o := warehousetest.GDP(origin, region, value)
	o.Access, o.Value = access, strings.TrimSuffix(strings.TrimRight(value, "0"), ".")
	for _, f := range change {
		f(&o)
	}
	return o
}

const (
	public    = "county-bulletins"
	yearbook  = "shanxi-yearbook"
	workbooks = "provincial-workbook"
	entries   = "county-supplement"
)

// open loads rows, with a public document for each public one.
func open(t *testing.T, rows ...pipeline.Observation) *counter {
	t.Helper()
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	w := warehousetest.Open(t)
	if err := w.LoadDimensions(t.Context(), set.Indicators(), set.Regions(), set.Sources()); err != nil {
		t.Fatal(err)
	}
	for _, o := range rows { // one block has one supplier
		if err := clickhouse.New(w.Conn()).Load(t.Context(), []pipeline.Observation{o}); err != nil {
			t.Fatal(err)
		}
		if err := w.Conn().Exec(t.Context(), `INSERT INTO document (source, supplier, lineage, version, hash, access, method, url, media_type, title, fetched_at, complete)
			VALUES (?, ?, ?, ?, ?, ?, 'GET', ?, 'text/html', ?, ?, true)`, o.Origin.Source, string(o.Origin.Supplier), o.Origin.Lineage, o.Origin.Version, o.Origin.Document,
			string(o.Access), "http://tjj.example.cn/"+o.Origin.Source, "标题<"+o.Origin.Source+">", o.Origin.FetchedAt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.RefreshSuppression(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.RefreshStanding(t.Context()); err != nil {
		t.Fatal(err)
	}
	reader, err := warehouse.Open(t.Context(), warehousetest.ReaderConfig(w.Database()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close() })
	c := &counter{t: t, body: []byte("<p>全年地区生产总值58.12亿元。</p>")}
	c.site, err = web.New(web.Config{Sessions: c, Pages: number.Pages(number.Config{
		Set: set, Reader: func(context.Context) (*warehouse.Warehouse, error) { return reader, nil },
		Insider: func(context.Context) (*warehouse.Warehouse, error) { return w, nil },
		Body:    func(context.Context, string) ([]byte, error) { return c.body, nil },
		Reread: func(_ []byte, _ string, o *pipeline.Observation) (number.Place, error) {
			return number.Place{Passage: "<i>全年</i>【" + o.RawText + "】亿元", Arithmetic: o.RawText + " = " + o.Value}, c.err
		},
	})})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *counter) get(a account.Account, path string) (int, string) {
	c.t.Helper()
	c.who = a
	r := httptest.NewRequestWithContext(c.t.Context(), http.MethodGet, path, nil)
	w := httptest.NewRecorder()
	c.site.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (c *counter) wants(page string, texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			c.t.Errorf("no %q in\n%s", text, page)
		}
	}
}

func (c *counter) lacks(page string, texts ...string) {
	c.t.Helper()
	for _, text := range texts {
		if strings.Contains(page, text) {
			c.t.Errorf("%q is in\n%s", text, page)
		}
	}
}

var (
	analyst  = account.Account{Name: "analyst", Role: account.Analyst, Region: "140000"}
	officer  = account.Account{Name: "officer", Role: account.Province, Region: "140000"}
	city     = account.Account{Name: "city", Role: account.City, Region: "140100"}
	clerk    = account.Account{Name: "clerk", Role: account.County, Region: "140121"}
	stranger = account.Account{Name: "stranger", Role: account.County, Region: "140728"}
	unit     = account.Account{Name: "unit", Role: account.Unit, Region: "140000", Unit: "省局质量发展处"}
	others   = account.Account{Name: "others", Role: account.Unit, Region: "140000", Unit: "计量处"}
	admin    = account.Account{Name: "admin", Role: account.Admin, Region: account.Nation}
)

func TestATraceShowsPassageDocumentVintagesAndWhoIsBelieved(t *testing.T) {
	first := row(public, pipeline.Public, pipeline.AccessPublic, "A", "140121", "58.12", 0)
	revised := row(public, pipeline.Public, pipeline.AccessPublic, "B", "140121", "59.80", 30)
	other := row(yearbook, pipeline.Public, pipeline.AccessPublic, "C", "140121", "61.00", 10, func(o *pipeline.Observation) { o.Status = pipeline.Final })
	c := open(t, first, revised, other)
	status, page := c.get(analyst, "/number/"+revised.ID())
	if status != 200 {
		t.Fatalf("answers %d\n%s", status, page)
	}
	c.wants(page, "<mark>59.80</mark>", "&lt;i&gt;全年&lt;/i&gt;", "标题&lt;county-bulletins&gt;", `href="http://tjj.example.cn/county-bulletins"`, revised.Origin.Document,
		"table[1]/tr[2]/td[3]", "1.68", "/number/"+first.ID(), "/number/"+other.ID(), "最终优先于其他", "不可能都对", "最大差 1.2")
	c.lacks(page, "<i>", "不公开", "1.2000")
	c.err = errors.New("the archive is away")
	if _, page = c.get(analyst, "/number/"+revised.ID()); !strings.Contains(page, "原文暂时打不开") || !strings.Contains(page, "59.8") {
		t.Errorf("a number whose document cannot be read shows\n%s", page)
	}
}

func TestWhatIsNotPublicIsShownToThoseConcernedOnly(t *testing.T) {
	isChain := func(o *pipeline.Observation) {
		o.Indicator, o.Unit, o.Period = "quality_chain_projects", "个", pipeline.YearPeriod(2024, pipeline.End)
	}
	shown := row(public, pipeline.Public, pipeline.AccessPublic, "A", "140121", "58.12", 0)
	filed := row(workbooks, pipeline.Province, pipeline.AccessRestricted, "B", "140121", "4", 1, isChain)
	entered := row(entries, pipeline.County, pipeline.AccessRestricted, "C", "140121", "60.55", 2)
	c := open(t, shown, filed, entered)
	cases := []struct {
		name string
		who  account.Account
		sees map[*pipeline.Observation]bool
	}{
		{"an analyst", analyst, map[*pipeline.Observation]bool{&filed: false, &entered: false}},
		{"the administrator", admin, map[*pipeline.Observation]bool{&filed: false, &entered: false}},
		{"the county", clerk, map[*pipeline.Observation]bool{&filed: true, &entered: true}},
		{"another county", stranger, map[*pipeline.Observation]bool{&filed: false, &entered: false}},
		{"its city", city, map[*pipeline.Observation]bool{&filed: true, &entered: true}},
		{"the province", officer, map[*pipeline.Observation]bool{&filed: true, &entered: true}},
		{"the unit that filed", unit, map[*pipeline.Observation]bool{&filed: true, &entered: false}},
		{"another unit", others, map[*pipeline.Observation]bool{&filed: false, &entered: false}},
	}
	for _, cs := range cases {
		t.Run(cs.name, func(t *testing.T) {
			c.t = t
			for o, sees := range cs.sees {
				status, page := c.get(cs.who, "/number/"+o.ID())
				if (status == 200) != sees || !sees && status != 404 {
					t.Errorf("the trace of %s answers %d", o.Origin.Source, status)
				}
				if sees { // its own cell and nothing else of the document
					c.wants(page, "只显示这一格", "<mark>"+o.RawText)
					c.lacks(page, "全年", "tjj.example.cn")
				}
			}
			// The public number of the same cell tells of the entry only those who may see it.
			_, page := c.get(cs.who, "/number/"+shown.ID())
			if got := strings.Contains(page, entered.ID()) || strings.Contains(page, "60.55"); got != cs.sees[&entered] {
				t.Errorf("the public number tells of the entry: %v\n%s", got, page)
			}
			if got := strings.Contains(page, "2.43"); got != cs.sees[&entered] { // the spread
				t.Errorf("the spread is shown: %v", got)
			}
			_, page = c.get(cs.who, "/number?region=140121&indicator=quality_chain_projects")
			if got := strings.Contains(page, filed.ID()); got != (cs.sees[&filed] && cs.who.Role != account.Unit) {
				t.Errorf("the list shows what was filed: %v", got)
			}
		})
	}
}

func TestSuppressedCellsAreShownToNobody(t *testing.T) {
	revenue := func(o *pipeline.Observation) { o.Indicator, o.Unit = "testing_revenue", "万元" }
	hidden := row(public, pipeline.Public, pipeline.AccessSuppressed, "A", "140727", "1.77", 0, revenue)
	complement := row(public, pipeline.Public, pipeline.AccessPublic, "B", "140703", "3.33", 0, revenue)
	total := row(public, pipeline.Public, pipeline.AccessPublic, "C", "140700", "9.00", 0, revenue)
	third := row(public, pipeline.Public, pipeline.AccessPublic, "D", "140728", "5.00", 0, revenue)
	c := open(t, hidden, complement, total, third)
	for _, who := range []account.Account{analyst, officer, {Name: "own", Role: account.County, Region: "140727"}, {Name: "own", Role: account.County, Region: "140703"}} {
		for _, o := range []*pipeline.Observation{&hidden, &complement} {
			if status, page := c.get(who, "/number/"+o.ID()); status != 404 || strings.Contains(page, o.RawText) {
				t.Errorf("%s of %s: the trace of the hidden %s answers %d", who.Role, who.Region, o.Value, status)
			}
			for _, path := range []string{"/number?region=" + o.Region, "/number?region=" + o.Region + "&indicator=testing_revenue", "/number?region=" + o.Region + "&period=2024"} {
				if _, page := c.get(who, path); strings.Contains(page, o.RawText) {
					t.Errorf("%s of %s: %s shows the hidden %s", who.Role, who.Region, path, o.Value)
				}
			}
		}
		if status, _ := c.get(who, "/number/"+third.ID()); status != 200 {
			t.Errorf("%s of %s: what is not hidden answers %d", who.Role, who.Region, status)
		}
	}
}

func TestTheExplorerStandsInTheOrderOfCodesAndCatalogue(t *testing.T) {
	growth := func(o *pipeline.Observation) { o.Indicator, o.Unit, o.RawUnit = "gdp_growth", "%", "%" }
	population := func(o *pipeline.Observation) {
		o.Indicator, o.Unit, o.Period = "population", "万人", pipeline.YearPeriod(2024, pipeline.End)
	}
	older := row(public, pipeline.Public, pipeline.AccessPublic, "A", "140121", "99.90", 0, func(o *pipeline.Observation) { o.Period = pipeline.YearPeriod(2023, pipeline.Flow) })
	newer := row(public, pipeline.Public, pipeline.AccessPublic, "B", "140121", "58.12", 1)
	c := open(t, older, newer, row(public, pipeline.Public, pipeline.AccessPublic, "C", "140121", "5.80", 2, growth),
		row(public, pipeline.Public, pipeline.AccessPublic, "D", "140121", "44.98", 3, population))
	_, page := c.get(analyst, "/number?region=140121")
	c.wants(page, "58.12", "5.8", "2024年")
	c.lacks(page, "99.9") // the newest of each series only
	if _, page = c.get(analyst, "/number?region=140121&period=2023"); !strings.Contains(page, "99.9") || strings.Contains(page, "58.12") {
		t.Errorf("of 2023 there is\n%s", page)
	}
	_, page = c.get(analyst, "/number?region=140121&indicator=gdp")
	if at, before := strings.Index(page, "58.12"), strings.Index(page, "99.9"); at < 0 || before < at {
		t.Errorf("the series is not from the newest back:\n%s", page)
	}
	options := strings.Split(page, `<option value="14`)
	if codes := options[1:]; len(codes) < 100 || !slices.IsSorted(codes) {
		t.Errorf("the %d regions do not stand by code", len(codes))
	}
	_, page = c.get(clerk, "/number") // its own county, unasked
	c.wants(page, "太原市清徐县", "58.12")
}

func TestQuestionsThatCannotBeAnsweredAreExplained(t *testing.T) {
	c := open(t)
	for path, want := range map[string]string{
		"/number?region=140121&indicator=gdp":                                "没有符合条件的数据",
		"/number?place=%E9%83%8A%E5%8C%BA":                                   "您要找哪一个",
		"/number?place=%3Cscript%3Ealert(1)%3C%2Fscript%3E":                  "没有找到",
		"/number?region=14012":                                               "没有区划代码",
		"/number?region=140121&indicator=%3Cb%3E":                            "指标目录里没有",
		"/number?region=140121&period=%22%3E%3Cimg+src%3Dx+onerror%3Da()%3E": "看不懂时期",
		"/number?sort=value":                                                 "unknown parameter",
		"/number/zzzz":                                                       "没有这个编号",
		"/coverage?task=x":                                                   "没有这样的任务",
	} {
		_, page := c.get(analyst, path)
		c.wants(page, want)
		c.lacks(page, "<script>", "<img", "<b>")
	}
}

func TestThePagesLetInWhomTheyShould(t *testing.T) {
	c := open(t)
	for path, in := range map[string][]account.Role{
		"/number":   account.Roles(),
		"/coverage": {account.Province, account.Analyst},
	} {
		for _, a := range []account.Account{analyst, officer, city, clerk, unit, admin} {
			want := 403
			if slices.Contains(in, a.Role) {
				want = 200
			}
			if status, _ := c.get(a, path); status != want {
				t.Errorf("%s for %s answers %d, want %d", path, a.Role, status, want)
			}
		}
		if status, _ := c.get(account.Account{}, path); status != 303 {
			t.Errorf("%s for nobody answers %d", path, status)
		}
	}
}
