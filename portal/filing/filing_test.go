package filing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	workbooks "zhibiao/collectors/filing"
	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/filing"
	"zhibiao/portal/number"
	"zhibiao/portal/portaltest"
	"zhibiao/portal/web"
)

// counter is the pages with a line that notes what is filed, and one visitor.
type counter struct {
	t      *testing.T
	site   http.Handler
	trail  *portaltest.Trail
	who    account.Account
	now    time.Time
	result pipeline.Judgement // of any workbook
	marked []byte
	filed  []string
	fails  error // of the line
	away   error // of the trail
}

func (c *counter) Account(context.Context) (account.Account, bool, error) {
	return c.who, c.who.Name != "", nil
}
func (*counter) Keep(context.Context, web.Note)   {}
func (*counter) Notes(context.Context) []web.Note { return nil }

// lossy is the counter's trail, which may be away.
type lossy struct{ *counter }

func (l lossy) Last(ctx context.Context) ([]byte, uint64, error) {
	record, sequence, err := l.trail.Last(ctx)
	return record, sequence, errors.Join(err, l.away)
}

func (l lossy) Append(ctx context.Context, record []byte, after uint64) (bool, error) {
	return l.trail.Append(ctx, record, after)
}

func (l lossy) Each(ctx context.Context, from uint64, visit func(uint64, []byte) error) error {
	return l.trail.Each(ctx, from, visit)
}

const (
	quality   = "省局质量发展处"
	metrology = "计量处"
)

var (
	unit    = account.Account{Name: "unit", Role: account.Unit, Region: "140000", Unit: quality}
	others  = account.Account{Name: "others", Role: account.Unit, Region: "140000", Unit: metrology}
	officer = account.Account{Name: "officer", Role: account.Province, Region: "140000"}
	second  = account.Account{Name: "second", Role: account.Province, Region: "140000"}
	foreign = account.Account{Name: "foreign", Role: account.Province, Region: "410000"}
	clerk   = account.Account{Name: "clerk", Role: account.County, Region: "140121"}
)

func cell(region string, year int) workbooks.Cell {
	return workbooks.Cell{Indicator: "quality_chain_projects", Region: region, Period: pipeline.YearPeriod(year, pipeline.End)}
}

func accepted(indicator, region, value string) pipeline.Observation {
	return pipeline.Observation{Indicator: indicator, Region: region, Period: pipeline.YearPeriod(2024, pipeline.End), Value: value, Unit: "个"}
}

func open(t *testing.T) *counter {
	t.Helper()
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{t: t, trail: &portaltest.Trail{}, now: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC), marked: []byte("PK marked")}
	c.result = pipeline.Judgement{Unit: quality, Accepted: []pipeline.Observation{accepted("quality_chain_projects", "140121", "4")},
		Findings: []pipeline.Finding{{Severity: pipeline.SeverityError, Problem: pipeline.ProblemNotANumber, Sheet: "数据", Place: "E7", Region: "140728", Indicator: "quality_chain_projects", Text: "<script>alert(1)</script>"}}}
	asked := map[string][]workbooks.Cell{quality: {cell("140728", 2024), cell("140121", 2024), cell("140121", 2023), cell("140728", 2023)}}
	source, err := set.Source(workbooks.Workbooks)
	if err != nil {
		t.Fatal(err)
	}
	c.site, err = web.New(web.Config{Sessions: c, Pages: filing.Pages(filing.Config{
		Names: number.NewNames(set), Units: []string{quality, metrology}, Indicator: set.Indicator,
		Asked: func(context.Context) (map[string][]workbooks.Cell, error) { return asked, nil },
		Request: func(_ context.Context, unit string) (workbooks.Request, error) {
			return workbooks.Request{Unit: unit, On: pipeline.DateOf(2026, 3, 2), Asked: asked[unit], Indicators: set.Indicators(), Regions: set.Regions()}, nil
		},
		Check: func(r io.Reader) (workbooks.Result, error) {
			body, err := workbooks.ReadUpload(r)
			return workbooks.Result{Judgement: c.result, Upload: workbooks.Upload{Source: source, Body: body, At: c.now}, Marked: c.marked}, err
		},
		File: func(_ context.Context, result *workbooks.Result, name, by string) (filing.Filed, error) {
			c.filed = append(c.filed, fmt.Sprint(by, " ", name, " ", len(result.Accepted)))
			return filing.Filed{Before: len(c.filed) > 1, Loaded: true}, c.fails
		},
		Audit: audit.NewLog(lossy{c}, nil), Now: func() time.Time { return c.now },
	})})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *counter) do(a account.Account, r *http.Request) *httptest.ResponseRecorder {
	c.who = a
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	c.site.ServeHTTP(w, r)
	return w
}

func (c *counter) get(a account.Account, path string) *httptest.ResponseRecorder {
	return c.do(a, httptest.NewRequestWithContext(c.t.Context(), http.MethodGet, path, nil))
}

// part is a field of a form.
type part struct{ field, name, content string }

func (c *counter) post(a account.Account, parts ...part) *httptest.ResponseRecorder {
	c.t.Helper()
	var form bytes.Buffer
	out := multipart.NewWriter(&form)
	for _, p := range parts {
		to, err := out.CreateFormFile(p.field, p.name)
		if err != nil {
			c.t.Fatal(err)
		}
		_, _ = io.WriteString(to, p.content)
	}
	out.Close()
	r := httptest.NewRequestWithContext(c.t.Context(), http.MethodPost, "/filing", &form)
	r.Header.Set("Content-Type", out.FormDataContentType())
	return c.do(a, r)
}

func (c *counter) wants(w *httptest.ResponseRecorder, status int, texts ...string) {
	c.t.Helper()
	if w.Code != status {
		c.t.Errorf("got %d, want %d", w.Code, status)
	}
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			c.t.Errorf("no %q in\n%s", text, w.Body)
		}
	}
}

func TestAUnitSeesWhatItHasToSupplyAndNothingElse(t *testing.T) {
	c := open(t)
	w := c.get(unit, "/filing")
	c.wants(w, 200, quality, "质量强链项目数", "2023年末、2024年末", "4 格")
	if strings.Contains(w.Body.String(), metrology) {
		t.Error("another unit is shown")
	}
	c.wants(c.get(officer, "/filing"), 200, quality, metrology, "目前没有需要填报的数据")
	c.wants(c.get(unit, "/filing/unit/"+quality), 200, "太原市清徐县、晋中市平遥县") // by code
	c.wants(c.get(unit, "/filing/unit/"+metrology), 404)
	c.wants(c.get(unit, "/filing/workbook/"+metrology), 404)
	c.wants(c.get(officer, "/filing/workbook/"+metrology), 404, "不用下载工作簿")
	c.wants(c.get(officer, "/filing/workbook/没有的单位"), 404)
	c.wants(c.get(clerk, "/filing"), 403)
	w = c.get(unit, "/filing/workbook/"+quality)
	if disposition := w.Header().Get("Content-Disposition"); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "PK") || !strings.Contains(disposition, "attachment; filename*=utf-8''") {
		t.Errorf("the workbook answers %d as %q", w.Code, disposition)
	}
}

func TestAWorkbookIsNotedFiledAndAnsweredCellByCell(t *testing.T) {
	c := open(t)
	name := "a\r\nb\u202e/../<b>" + strings.Repeat("长", 200) + ".xlsx"
	w := c.post(unit, part{"workbook", name, "PK a"})
	path := w.Header().Get("Location")
	c.wants(w, 303)
	w = c.get(unit, path)
	c.wants(w, 200, "接收 1 格，退回 1 格", "数据!E7", "晋中市平遥县", "&lt;script&gt;", "140121 太原市清徐县", "4 个", "已入库", "&lt;b&gt;")
	if body := w.Body.String(); strings.Contains(body, "<script>") || strings.Contains(body, "\u202e") || strings.Contains(body, strings.Repeat("长", 90)) {
		t.Errorf("what was sent is shown as it came:\n%s", body)
	}
	w = c.get(unit, path+"/marked")
	if w.Body.String() != "PK marked" || strings.ContainsAny(w.Header().Get("Content-Disposition"), "\r\n") {
		t.Errorf("the marked copy is %q as %q", w.Body, w.Header().Get("Content-Disposition"))
	}
	if len(c.filed) != 1 || len(c.trail.Records) != 1 || !strings.Contains(string(c.trail.Records[0]), "workbook.file") {
		t.Errorf("filed %v, noted %d", c.filed, len(c.trail.Records))
	}
	c.wants(c.get(unit, c.post(unit, part{"workbook", "b.xlsx", "PK a"}).Header().Get("Location")), 200, "以前报送过")
}

func TestAResultIsItsOwnersAndGoesWithTime(t *testing.T) {
	c := open(t)
	path := c.post(officer, part{"workbook", "a.xlsx", "PK a"}).Header().Get("Location")
	c.wants(c.get(officer, path), 200)
	for _, other := range []account.Account{unit, others, second, foreign} {
		c.wants(c.get(other, path), 404)
		c.wants(c.get(other, path+"/marked"), 404)
	}
	c.wants(c.get(clerk, path), 403)
	c.wants(c.get(officer, "/filing/result/guessed"), 404)
	c.now = c.now.Add(2 * time.Hour)
	c.wants(c.get(officer, path), 404)
}

func TestNobodyFilesWhatIsAnothersToSupply(t *testing.T) {
	cases := []struct {
		name string
		who  account.Account
		what pipeline.Judgement
	}{
		{"another unit's workbook", others, pipeline.Judgement{Unit: quality, Accepted: []pipeline.Observation{accepted("quality_chain_projects", "140121", "4")}}},
		{"one with the own unit's name and another's cells", others, pipeline.Judgement{Unit: metrology, Accepted: []pipeline.Observation{accepted("quality_chain_projects", "140121", "4")}}},
		{"one without a unit's name", others, pipeline.Judgement{Accepted: []pipeline.Observation{accepted("quality_chain_projects", "140121", "4")}}},
		{"another province's cells", unit, pipeline.Judgement{Unit: quality, Accepted: []pipeline.Observation{accepted("quality_chain_projects", "140121", "4"), accepted("quality_chain_projects", "410122", "4")}}},
		{"a public indicator", unit, pipeline.Judgement{Unit: quality, Accepted: []pipeline.Observation{accepted("gdp", "140121", "4")}}},
		{"another province's officer", foreign, pipeline.Judgement{Unit: quality, Accepted: []pipeline.Observation{accepted("quality_chain_projects", "140121", "4")}}},
	}
	for _, cs := range cases {
		t.Run(cs.name, func(t *testing.T) {
			c := open(t)
			c.result = cs.what
			w := c.post(cs.who, part{"workbook", "a.xlsx", "PK a"})
			c.wants(w, 403, "整份没有接收")
			if len(c.filed) != 0 || len(c.trail.Records) != 0 {
				t.Errorf("filed %v, noted %d", c.filed, len(c.trail.Records))
			}
		})
	}
}

func TestUploadsThatAreNoneAreExplained(t *testing.T) {
	c := open(t)
	c.wants(c.post(unit, part{"workbook", "", ""}), 422, "没有选择文件")
	c.wants(c.post(unit), 400, "没有传完")
	c.wants(c.post(unit, part{"other", "a.xlsx", "PK a"}), 400, "unknown field")
	c.wants(c.post(unit, part{"workbook", "a.xlsx", "PK a"}, part{"workbook", "b.xlsx", "PK b"}), 422, "一次只能传一个")
	c.wants(c.post(unit, part{"workbook", "a.xlsx", "PK a"}, part{"other", "", "x"}), 400, "unknown field")
	c.wants(c.post(unit, part{"workbook", "a.xlsx", strings.Repeat("x", workbooks.MaxBody+1)}), 413, "超过 20 MB")
	c.wants(c.post(unit, part{"workbook", "a.xlsx", strings.Repeat("x", workbooks.MaxBody+1<<20)}), 413, "超过 20 MB")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/filing", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"workbook\"; filename=\"a.xlsx\"\r\n\r\nPK"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	c.wants(c.do(unit, r), 400, "没有传完")
	if len(c.filed) != 0 || len(c.trail.Records) != 0 {
		t.Errorf("filed %v, noted %d", c.filed, len(c.trail.Records))
	}
}

func TestNothingIsFiledThatIsNotNoted(t *testing.T) {
	c := open(t)
	c.away = errors.New("the broker is away")
	c.wants(c.post(unit, part{"workbook", "a.xlsx", "PK a"}), 503)
	if len(c.filed) != 0 {
		t.Errorf("filed %v", c.filed)
	}
	c = open(t)
	c.fails = errors.New("the line is away")
	c.wants(c.post(unit, part{"workbook", "a.xlsx", "PK a"}), 503, "请稍后再试")
}

func TestAWorkbookWithNothingRightIsNotFiled(t *testing.T) {
	c := open(t)
	c.result = pipeline.Judgement{Whole: true, Findings: []pipeline.Finding{{Severity: pipeline.SeverityError, Problem: pipeline.ProblemZipBomb, Text: "1 TB"}}}
	c.marked = nil
	w := c.get(unit, c.post(unit, part{"workbook", "a.xlsx", "PK a"}).Header().Get("Location"))
	c.wants(w, 200, "没有接收", "异常巨大")
	if len(c.filed) != 0 || strings.Contains(w.Body.String(), "标注副本") {
		t.Errorf("filed %v\n%s", c.filed, w.Body)
	}
}
