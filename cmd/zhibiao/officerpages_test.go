package main

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhibiao/portal/account"
)

// One world for all: it takes longer to start than to ask.
func TestThePagesOfTheDataOfficer(t *testing.T) {
	d := startOfficerDesk(t)
	whole := d.t
	for _, part := range []struct {
		name string
		test func(*testing.T)
	}{
		{"what is no filled workbook is answered in words", d.noWorkbooks},
		{"any number leads to its place in the document", d.anyNumber},
		{"coverage is by indicator and source and never by county", d.coverageOfSources},
		{"the morning page says what came and whose move it is", d.morningPage},
		{"the links of the pages lead somewhere", d.links},
		{"a unit fills its workbook", d.roundTrip},
	} {
		t.Run(part.name, func(t *testing.T) {
			d.t = t
			defer func() { d.t = whole }()
			part.test(t)
		})
	}
}

const filedCell = "indicator = 'quality_chain_projects' AND region = '140121'"

func (d *officerDesk) roundTrip(t *testing.T) {
	d.as(division)
	overview := d.get("/filing", 200)
	d.wants(overview, formUnit, "质量强链", "下载工作簿", "上传并检查")
	d.lacks(overview, "计量处")
	workbook := d.get("/filing/workbook/"+formUnit, 200)
	if _, err := excelize.OpenReader(strings.NewReader(workbook)); err != nil {
		t.Fatal(err)
	}
	d.get("/filing/workbook/计量处", 404)
	d.get("/filing/unit/计量处", 404)

	filled := d.withErrors([]byte(workbook))
	path, page := d.upload(`<b>填报</b>.xlsx`, filled)
	d.wants(page, "接收 2 格，退回 1 格", "已入库", "不清楚", "下载标注副本", "不适用", "b&gt;.xlsx")
	d.lacks(page, "<b>")
	marked := d.get(path+"/marked", 200)
	f, err := excelize.OpenReader(strings.NewReader(marked))
	if err != nil {
		t.Fatal(err)
	}
	if comments, err := f.GetComments(formSheet); err != nil || len(comments) != 1 {
		t.Errorf("the marked copy has the comments %v, %v", comments, err)
	}
	if deeds := d.deeds(); len(deeds) != 1 || deeds[0] != "workbook.file division 2" {
		t.Errorf("the trail has %v", deeds)
	}

	_, page = d.upload("填报.xlsx", filled)
	d.wants(page, "以前报送过")
	if rows := d.askInside("SELECT toString(count()) FROM observation FINAL WHERE source = 'provincial-workbook'"); rows[0][0] != "2" {
		t.Errorf("filed twice there are %s rows", rows[0][0])
	}

	// Its result is nobody else's.
	for _, other := range []account.Account{officer, others} {
		d.as(other).get(path, 404)
		d.get(path+"/marked", 404)
	}
	d.as(clerk).get(path, 403)
	d.as(clerk).get("/filing", 403)

	// Nobody hands in what is another unit's.
	_, page = d.as(others).upload("填报.xlsx", filled)
	d.wants(page, "不属于您单位")
	if deeds := d.deeds(); len(deeds) != 2 {
		t.Errorf("the trail has %v", deeds)
	}

	d.tracesOfWhatIsNotPublic()
}

// tracesOfWhatIsNotPublic: those concerned see the number and its own cell, others do
// not learn that it is there.
func (d *officerDesk) tracesOfWhatIsNotPublic() {
	d.t.Helper()
	id := d.idOf(filedCell)
	for _, seer := range []account.Account{division, officer, clerk} {
		page := d.as(seer).get("/number/"+id, 200)
		d.wants(page, "<mark>4 个</mark>", "省级报送", "这份文件不公开", "xl/worksheets/sheet2.xml#")
		d.lacks(page, "不适用", "quality_innovation_consortia", "filing.zhibiao.invalid")
	}
	for _, other := range []account.Account{others, analyst, stranger} {
		d.as(other).get("/number/"+id, 404)
	}
	path := "/number?region=140121&indicator=quality_chain_projects"
	d.wants(d.as(clerk).get(path, 200), "/number/"+id, "不公开")
	d.lacks(d.as(analyst).get(path, 200), "/number/"+id)
}

func (d *officerDesk) noWorkbooks(t *testing.T) {
	d.as(officer)
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"a picture under the name of a workbook": {[]byte("\x89PNG\r\n\x1a\n0000"), "不是 XLSX"},
		"an old workbook":                        {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...), ".xls"},
		"nothing":                                {nil, "不是 XLSX"},
		"too much":                               {make([]byte, 21<<20), "超过 20 MB"},
		"a cut workbook":                         {d.form()[:4000], "没有接收"},
		"a bomb":                                 {bomb(t), "没有接收"},
	} {
		_, page := d.upload("填报表.xlsx", c.body)
		if !strings.Contains(page, c.want) {
			t.Errorf("%s: no %q in\n%s", name, c.want, page)
		}
	}
	w := d.do(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/filing", strings.NewReader("workbook=x")))
	d.wants(w.Body.String(), "没有选择文件")
	if rows := d.askInside("SELECT toString(count()) FROM document WHERE source = 'provincial-workbook'"); rows[0][0] != "0" {
		t.Errorf("%s documents were filed", rows[0][0])
	}
	if deeds := d.deeds(); len(deeds) != 0 {
		t.Errorf("the trail has %v", deeds)
	}
}

// bomb is a workbook whose data sheet inflates to 300 MB.
func bomb(t *testing.T) []byte {
	t.Helper()
	var packed bytes.Buffer
	f := excelize.NewFile()
	if err := f.Write(&packed); err != nil {
		t.Fatal(err)
	}
	return withPart(t, packed.Bytes(), "xl/worksheets/sheet1.xml", io.LimitReader(spaces{}, 300<<20))
}

// withPart replaces a part of a workbook.
func withPart(t *testing.T, workbook []byte, name string, content io.Reader) []byte {
	t.Helper()
	read, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	packed := zip.NewWriter(&out)
	for _, file := range read.File {
		to, err := packed.Create(file.Name)
		if err != nil {
			t.Fatal(err)
		}
		from, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		source := io.Reader(from)
		if file.Name == name {
			source = content
		}
		if _, err := io.Copy(to, source); err != nil {
			t.Fatal(err)
		}
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// spaces never ends.
type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func (d *officerDesk) anyNumber(t *testing.T) {
	page := d.as(analyst).get("/number?region=140121", 200)
	d.wants(page, "清徐县", "/number?indicator=gdp&amp;region=140121")
	page = d.get("/number?region=140121&indicator=gdp", 200)
	links := regexp.MustCompile(`/number/[a-z2-7]{24}`).FindAllString(page, -1)
	if len(links) == 0 {
		t.Fatalf("the series has no links:\n%s", page)
	}
	id := d.idOf("indicator = 'gdp' AND region = '140121'")
	trace := d.get("/number/"+id, 200)
	d.wants(trace, "<mark>", "http", "存档指纹", "历次版本", "采用哪个来源", "地区生产总值")
	d.wants(d.get("/number/"+id+"?lang=en", 200), "Gross regional product", "Vintages", "Because")
	for path, status := range map[string]int{
		"/number/" + strings.Repeat("a", 24): 404, "/number/rubbish": 404, "/number?region=140121&indicator=rating": 400,
		"/number?region=999999": 400, "/number?place=nowhere": 400, "/number?region=140121&period=yesterday": 400, "/number?order=value": 400,
		"/number?place=平遥县": 200, "/number?place=郊区": 200, "/number?region=140121&period=2024": 200,
	} {
		d.get(path, status)
	}
	d.wants(d.get("/number?place=郊区", 200), "140311")
	d.lacks(d.get("/number?place=%3Cscript%3Ealert(1)%3C/script%3E", 400), "<script>")
}

func (d *officerDesk) coverageOfSources(*testing.T) {
	page := d.as(analyst).get("/coverage", 200)
	d.wants(page, "地区生产总值", "从未核实")
	d.lacks(page, "1401", "清徐", "太谷")
	d.lacks(d.get("/coverage?task=economy", 200), "质量强链")
	d.get("/coverage?task=ranking", 400)
	d.as(clerk).get("/coverage", 403)
}

func (d *officerDesk) morningPage(*testing.T) {
	page := d.as(officer).get("/morning", 200)
	d.wants(page, "昨夜来了什么", formUnit, "计量处", "该谁动手", "/morning/source/")
	d.lacks(page, "清徐", "140121", "暂时读不到")
	links := regexp.MustCompile(`/morning/source/[a-z0-9-]+`).FindAllString(page, -1)
	for _, link := range links {
		d.get(link, 200)
	}
	source := d.get(links[0]+"?days=30", 200)
	d.wants(source, "/number/", "http")
	d.get("/morning?days=2", 400)
	d.get("/morning/source/nothing", 404)
	for _, other := range []account.Account{clerk, analyst, division} {
		d.as(other).get("/morning", 403)
	}
}

// links follows every link of the pages.
func (d *officerDesk) links(t *testing.T) {
	d.as(officer)
	seen := map[string]bool{}
	var follow func(path string, depth int)
	follow = func(path string, depth int) {
		path, _, _ = strings.Cut(path, "#")
		path = strings.ReplaceAll(path, "&amp;", "&")
		if seen[path] || depth > 2 || len(seen) > 40 || strings.Contains(path, "lang=") {
			return
		}
		seen[path] = true
		page := d.get(path, 200)
		if strings.Contains(page, "系统出错") {
			t.Errorf("%s:\n%s", path, page)
		}
		for _, m := range regexp.MustCompile(`href="(/(?:morning|filing|number|coverage)[^"]*)"`).FindAllStringSubmatch(page, -1) {
			follow(m[1], depth+1)
		}
	}
	follow("/morning", 0)
	t.Log(len(seen), "pages")
}
