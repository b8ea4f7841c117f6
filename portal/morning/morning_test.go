package morning_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zhibiao/collectors/filing"
	"zhibiao/configs"
	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/pipeline/observe"
	"zhibiao/portal/account"
	"zhibiao/portal/morning"
	"zhibiao/portal/number"
	"zhibiao/portal/web"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func TestMain(m *testing.M) { warehousetest.Main(m) }

// office is the pages before a warehouse, and what the rest of the house says.
type office struct {
	t                 *testing.T
	w                 *warehouse.Warehouse
	site              http.Handler
	who               account.Account
	held              []morning.Held
	late              []observe.Expectation
	asked             map[string][]filing.Cell
	entries, disputes int
	letters           int
	stopped           []string
	fails             error
}

func (o *office) Account(context.Context) (account.Account, bool, error) { return o.who, true, nil }
func (*office) Keep(context.Context, web.Note)                           {}
func (*office) Notes(context.Context) []web.Note                         { return nil }

const (
	quality  = "省局质量发展处"
	workbook = filing.Workbooks
)

// now is the morning after night 10 of the test documents.
var now = warehousetest.Night(10).Add(6 * time.Hour)

func openOffice(t *testing.T) *office {
	t.Helper()
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, w: warehousetest.Open(t), who: account.Account{Name: "officer", Role: account.Province, Region: "140000"}}
	if err := o.w.LoadDimensions(t.Context(), set.Indicators(), set.Regions(), set.Sources()); err != nil {
		t.Fatal(err)
	}
	o.site, err = web.New(web.Config{Sessions: o, Pages: morning.Pages(morning.Config{
		Names: number.NewNames(set), Sources: set.Sources(), Units: []string{quality, "计量处"},
		Warehouse: func(context.Context) (*warehouse.Warehouse, error) { return o.w, nil },
		Held:      func(context.Context) ([]morning.Held, error) { return o.held, o.fails },
		Late:      func(context.Context) ([]observe.Expectation, error) { return o.late, nil },
		Asked:     func(context.Context) (map[string][]filing.Cell, error) { return o.asked, nil },
		Waiting:   func(context.Context, account.Account) (int, int, error) { return o.entries, o.disputes, nil },
		SetAside:  func(context.Context) (int, []string, error) { return o.letters, o.stopped, nil },
		Now:       func() time.Time { return now },
	})})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) load(rows ...pipeline.Observation) {
	o.t.Helper()
	if err := clickhouse.New(o.w.Conn()).Load(o.t.Context(), rows); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) exec(sql string, values ...any) {
	o.t.Helper()
	if err := o.w.Conn().Exec(o.t.Context(), sql, values...); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) get(path string, status int) string {
	o.t.Helper()
	w := httptest.NewRecorder()
	o.site.ServeHTTP(w, httptest.NewRequestWithContext(o.t.Context(), http.MethodGet, path, nil))
	if w.Code != status {
		o.t.Fatalf("%s answers %d, want %d\n%s", path, w.Code, status, w.Body)
	}
	return w.Body.String()
}

func (o *office) wants(page string, texts ...string) {
	o.t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			o.t.Errorf("no %q in\n%s", text, page)
		}
	}
}

// filed is a row of the provincial workbook, which is a source of the catalogue.
func filed(body, region, value string, night int, change ...func(*pipeline.Observation)) pipeline.Observation {
	origin := warehousetest.Origin(pipeline.LineageID(workbook, "POST", "https://filing.zhibiao.invalid/x", nil), body, night)
	origin.Source, origin.Supplier = workbook, pipeline.Province
	row := warehousetest.GDP(origin, region, value)
	row.Access = pipeline.AccessRestricted
	for _, f := range change {
		f(&row)
	}
	return row
}

const nothing = "今天无须处理"

func TestAQuietNightNeedsNothing(t *testing.T) {
	o := openOffice(t)
	o.asked = map[string][]filing.Cell{quality: make([]filing.Cell, 3)} // theirs to supply, not ours to do
	page := o.get("/morning", 200)
	o.wants(page, nothing, "没有采集", quality, "3 格", "/filing/unit/")
	o.wants(o.get("/morning?lang=en", 200), "Nothing to do today")
}

func TestWhateverThereIsToDoIsSaidAndLinked(t *testing.T) {
	table := pipeline.Held{Table: "table[2]", Reason: pipeline.HeldDrift, Detail: "was <b>, is c", Since: now.AddDate(0, 0, -3)}
	cases := []struct {
		name  string
		set   func(*office)
		wants []string
	}{
		{"a held table", func(o *office) {
			o.held = []morning.Held{{Source: workbook, Title: "公报<i>", URL: "http://tjj.example.cn/a", Document: strings.Repeat("ab", 32), Tables: []pipeline.Held{table}}}
		}, []string{"暂停发布", "公报&lt;i&gt;", `href="http://tjj.example.cn/a"`, "表头或行名变了", "was &lt;b&gt;, is c", "3 天", "/morning/source/" + workbook + "#held"}},
		{"a run that failed", func(o *office) {
			o.exec("INSERT INTO run (id, source, trigger, started_at, finished_at, fetched, new, confirmed, failures) VALUES ('r', ?, 'nightly', ?, ?, 3, 1, 2, ['timeout <x>'])",
				workbook, warehousetest.Night(10), warehousetest.Night(10))
		}, []string{"没有采成", "timeout &lt;x&gt;", "新或有变 1"}},
		{"a refusal", func(o *office) { o.refuse(10) }, []string{"没能读出的数", "不认识的单位", "万石&lt;", "#refused"}},
		{"an overdue source", func(o *office) {
			o.late = []observe.Expectation{{Source: workbook, Since: now.AddDate(0, 0, -9), Reason: "the site is away"}}
		}, []string{"逾期", "不找县里", "9 天没有采成", "从未成功", "the site is away"}},
		{"entries", func(o *office) { o.entries = 4 }, []string{`<a href="/review">县级填报 4</a>`}},
		{"disputes", func(o *office) { o.disputes = 2 }, []string{`<a href="/review">对数据的异议 2</a>`}},
		{"messages set aside", func(o *office) { o.letters = 5 }, []string{"搁置的消息 5"}},
		{"a stopped source", func(o *office) { o.stopped = []string{workbook} }, []string{"已停"}},
		{"a part that cannot be read", func(o *office) { o.fails = errors.New("the broker is away") }, []string{"暂时读不到：暂停发布的表", "昨夜来了什么"}},
	}
	for _, cs := range cases {
		t.Run(cs.name, func(t *testing.T) {
			o := openOffice(t)
			cs.set(o)
			page := o.get("/morning", 200)
			o.wants(page, cs.wants...)
			if strings.Contains(page, nothing) {
				t.Error("nothing is to do")
			}
		})
	}
}

// refuse has a document of a night with an unknown unit.
func (o *office) refuse(night int) {
	o.t.Helper()
	o.exec(`INSERT INTO refusal (source, supplier, lineage, version, document, fetched_at, known_at, derivation, derivation_no, closed, reason, label, place, detail, numbers, quote, locator)
		VALUES (?, 'province', 'l', 'v', ?, ?, ?, 'd', 1, false, 'unknown_unit', '支出（万石<）', 'table[1]', 'write <b>the unit</b>', 6, '12', 'table[1]/tr[2]')`,
		workbook, strings.Repeat("ab", 32), warehousetest.Night(night), warehousetest.Night(night))
}

func TestOldRefusalsAreNoWorkOfToday(t *testing.T) {
	o := openOffice(t)
	o.refuse(2)
	page := o.get("/morning", 200)
	o.wants(page, nothing, "以前留下的")
	if week := o.get("/morning?days=30", 200); strings.Contains(week, nothing) {
		t.Error("within thirty days it is new")
	}
	o.wants(o.get("/morning/source/"+workbook, 200), "不认识的单位", "write &lt;b&gt;the unit&lt;/b&gt;")
}

func TestNewAndRevisedNumbersAreToldApart(t *testing.T) {
	o := openOffice(t)
	first := filed("A", "140121", "58.12", 2)
	revised := filed("B", "140121", "59.83", 10)
	fresh := filed("C", "140728", "33.31", 10)
	hidden := filed("D", "140703", "7.77", 10, func(row *pipeline.Observation) { row.Access = pipeline.AccessSuppressed })
	o.load(first, revised, fresh, hidden)
	page := o.get("/morning", 200)
	o.wants(page, "新 2", "修订 1") // the suppressed one is counted, nobody's number is shown
	if strings.Contains(page, "清徐") || strings.Contains(page, "1401") {
		t.Errorf("the morning page names counties:\n%s", page)
	}
	source := o.get("/morning/source/"+workbook, 200)
	o.wants(source, "59.83", "原来 58.12", "33.31", "/number/"+revised.ID(), "/number/"+fresh.ID())
	if strings.Contains(source, "7.77") {
		t.Error("a suppressed number is shown")
	}
	if at, after := strings.Index(source, "140121"), strings.Index(source, "140728"); at > after {
		t.Error("the counties do not stand by code")
	}
	if strings.Contains(source, first.ID()) {
		t.Error("what came before is shown")
	}
}

func TestTheMorningPageIsTheProvincesOnly(t *testing.T) {
	o := openOffice(t)
	for _, role := range []account.Role{account.County, account.City, account.Unit, account.Analyst, account.Admin} {
		o.who = account.Account{Name: "x", Role: role, Region: "140000", Unit: quality}
		o.get("/morning", 403)
		o.get("/morning/source/"+workbook, 403)
	}
}

func TestQuestionsThatAreNoneAreRefused(t *testing.T) {
	o := openOffice(t)
	o.get("/morning?days=2", 400)
	o.get("/morning?order=value", 400)
	o.get("/morning/source/none", 404)
}
