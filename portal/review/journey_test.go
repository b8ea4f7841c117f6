package review_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"zhibiao/pipeline"
	"zhibiao/portal/supplement/supplementtest"

	desk "zhibiao/collectors/supplement"
)

const secret = "一个好记的长密码没有人猜"

// The whole way of a number on a big and on a small screen: a county fills, attaches
// and submits; the city comments; the province returns; the county corrects; the
// province accepts; and the number is in the warehouse with a trace to the entry. Then
// a dispute, and a county with nothing to fill.
func TestANumberGoesTheWholeWayInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED with -short: it builds the program and starts a browser")
	}
	open := startBrowser(t)
	p := build(t)
	p.serve()
	for i, s := range sizes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			j := &journey{t: t, program: p, size: s, open: open, region: []string{"140121", "140703"}[i], suffix: s.name}
			j.people()
			j.fill()
			j.comment()
			j.sendBack()
			j.correct()
			j.accept()
			j.arrive()
			j.dispute()
			j.own()
			j.nothing()
		})
	}
}

type journey struct {
	t                     *testing.T
	program               *program
	size                  size
	open                  func(*testing.T, size) *visitor
	region, suffix        string
	county, city, officer *visitor
	cell                  string
}

func (j *journey) people() {
	j.t.Helper()
	j.county = j.signIn("county", j.region)
	j.city = j.signIn("city", j.region[:4]+"00")
	j.officer = j.signIn("province", "140000")
	j.cell = desk.Cell{Indicator: "one_county_one_product_brands", Region: j.region, Period: pipeline.YearPeriod(2024, pipeline.End)}.String()
}

func (j *journey) signIn(role, region string) *visitor {
	j.t.Helper()
	v := j.open(j.t, j.size)
	v.at = j.program.at
	name := role + "-" + region + "-" + j.suffix
	code := j.program.add(name, role, region)
	v.open("/supplement")
	v.link("用登录码登录")
	v.write(`[name=name]`, name)
	v.write(`[name=code]`, code)
	v.write(`[name=password]`, secret)
	v.write(`[name=again]`, secret)
	v.click(`button[type=submit]`)
	if role == "province" {
		v.write(`[name=one_time]`, supplementtest.TOTP(j.t, v.source()))
		v.click(`button[type=submit]`)
	}
	return v
}

func field(name, cell string) string { return `[name="` + name + "." + cell + `"]` }

const save, submitButton = `button[value=save]`, `button[value=submit]`

func (j *journey) fill() {
	v := j.county
	v.wants("一县一品特色品牌数", "2024年末", "全部自愿")
	v.look("01-sheet")
	v.write(field("typed", j.cell), "９９个")
	v.click(save, "草稿已保存", "超出常见范围")
	v.look("02-draft-with-finding")
	v.write(field("typed", j.cell), "12")
	v.write(field("reason", j.cell), "以年末名录为准")
	v.run(chromedp.SetUploadFiles(chromedp.CSS(field("file", j.cell)), []string{photoFile(j.t)}))
	officers := strings.Replace(j.cell, "one_county_one_product_brands", "chief_quality_officer_enterprises", 1)
	v.write(field("typed", officers), "0")
	v.tick(field("zero", officers))
	v.look("03-filled")
	v.click(submitButton, "提交回执", "12 个", "0 家", "未审核")
	v.look("04-receipt")
	v.link("返回填报页", "已填报", "沿用上期：12 个（2024年末）")
	v.look("05-sheet-after")
}

func photoFile(t *testing.T) string {
	t.Helper()
	var content bytes.Buffer
	if err := jpeg.Encode(&content, image.NewGray(image.Rect(0, 0, 600, 800)), nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "年末名录（照片）.jpg")
	if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pick chooses the entry of the cell in a list.
func (j *journey) pick(v *visitor) {
	j.t.Helper()
	v.open("/review")
	v.tick(`input[name=pick][value^="` + j.region + ` "][value$="` + j.cell + `"]`)
}

func (j *journey) comment() {
	j.pick(j.city)
	j.city.look("05-review-city")
	j.city.write(`[name=reason]`, "照片看不清，请再核对")
	j.city.click(`button[value=comment]`, "已提出意见 1 项", "照片看不清")
}

func (j *journey) sendBack() {
	j.pick(j.officer)
	j.officer.click(`button[value=return]`, "没有办成", "请写明意见或退回的原因")
	j.officer.look("06-review-problem")
	j.officer.write(`[name=reason]`, "请按正式名录更正")
	j.officer.click(`button[value=return]`, "已退回 1 项")
}

func (j *journey) correct() {
	v := j.county
	v.open("/supplement")
	v.wants("退回的项", "请按正式名录更正", "12 个")
	v.look("07-returned")
	v.write(field("typed", j.cell), "11")
	v.click(submitButton, "提交回执", "11 个")
}

func (j *journey) accept() {
	j.pick(j.officer)
	j.officer.look("08-review-province")
	j.officer.click(`button[value=accept]`, "已接受 1 项")
}

var observationID = regexp.MustCompile(`/number/([a-z2-7]{24})`)

// arrive waits for the number in the warehouse, and traces it to the entry.
func (j *journey) arrive() {
	v := j.county
	path := "/supplement/" + j.region + "/entry/" + j.cell
	for !strings.Contains(v.open(path), "这一项现在采用的数") {
		if v.ctx.Err() != nil {
			j.t.Fatal("the number did not come into the warehouse")
		}
	}
	v.wants("省级已接受", "11 个", "退回：请按正式名录更正")
	v.look("09-entry")
	found := observationID.FindStringSubmatch(v.source())
	if found == nil {
		j.t.Fatalf("no observation in\n%s", v.source())
	}
	trace := j.program.run("trace", found[1])
	for _, want := range []string{"11", "one_county_one_product_brands", j.region, "county-supplement"} {
		if !strings.Contains(trace, want) {
			j.t.Errorf("%q is not in the trace\n%s", want, trace)
		}
	}
}

func (j *journey) dispute() {
	v := j.county
	v.open("/supplement/" + j.region + "/known")
	v.wants("地区生产总值", "没有异议就视为认可", "原文")
	v.look("10-known")
	v.link("有异议", "对这个数有异议")
	v.write(`[name=claimed]`, "1.5")
	v.write(`[name=reason]`, "与正式稿不一致")
	v.look("11-objection")
	v.click(`#main form button`, "异议已提交省级处理", "等待省级处理")
	v.look("12-sheet-with-objection")
	o := j.officer
	o.open("/review?region=" + j.region)
	o.wants("异议", "与正式稿不一致")
	o.look("13-review-disputes")
	o.click(`#main ul a`, "这一项的各个来源", "采用：")
	o.tick(`input[value=flagged]`)
	o.write(`[name=reason]`, "两数并存，待发布单位核实")
	o.look("14-dispute")
	o.click(`#main form button`, "异议已处理")
	v.open("/supplement/" + j.region)
	v.wants("两数并存，待发布单位核实", "已标注“有异议”")
}

func (j *journey) own() {
	v := j.county
	v.open("/supplement/" + j.region + "/own")
	v.write(`[name=name]`, "老陈醋企业数")
	v.write(`[name=definition]`, "年末在产的老陈醋企业")
	v.write(`[name=owner]`, "市场监督管理局")
	v.run(chromedp.SetValue(chromedp.CSS(`[name=unit]`), "家"))
	v.tick(`[name=stock]`)
	v.click(`#main form button`, "已添加特色指标", "老陈醋企业数")
	v.look("15-own")
	v.click(`#main ul a`, "更正和特色指标", "老陈醋企业数")
}

func (j *journey) nothing() {
	v := j.signIn("county", "140122") // not in the pool
	v.wants("本期无须填报")
	v.look("16-nothing")
	j.officer.open("/supplement")
	j.officer.look("17-counties")
}
