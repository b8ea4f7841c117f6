package statsite

import (
	"fmt"
	"strings"
	"time"
)

// style is how a city's bureau publishes: markup, encoding, units and words.
type style struct {
	source      string
	contentType string // of articles and lists
	gbk         bool
	amount      func(wan int64) printed
	compared    string // before a rate of growth of the whole
	colon       string // inside a ratio
	totalMark   string // footnote mark behind 地区生产总值
}

var styles = []style{
	{SourceTRS, "text/html; charset=utf-8", false, inYiYuan, "比上年", ":", "<sup>[1]</sup>"},
	{SourceGBK, "text/html", true, inWanYuan, "同比", "∶", "[1]"},
	{SourceMislabeled, "text/html; charset=utf-8", true, inYiYuan, "比上年", "：", "<sup>[1]</sup>"},
}

// citySlugs names the bureaus of Shanxi; any other city is called by its code.
var citySlugs = map[string]string{
	"140100": "taiyuan", "140200": "datong", "140300": "yangquan", "140400": "changzhi", "140500": "jincheng", "140600": "shuozhou",
	"140700": "jinzhong", "140800": "yuncheng", "140900": "xinzhou", "141000": "linfen", "141100": "lvliang",
}

func cityHost(city Region) string {
	slug, named := citySlugs[city.Code]
	if !named {
		slug = "c" + city.Code[:4]
	}
	return slug + ".tjj.example"
}

// styleOf gives 太原 the first style, 朔州 the second, 晋中 the third, and shares them out by code otherwise.
func styleOf(city Region) style {
	switch city.Code {
	case "140600":
		return styles[1]
	case "140700":
		return styles[2]
	}
	return styles[(city.number()/100-1401)%3]
}

// articleKind is the first digit of an article's number.
type articleKind uint64

const (
	communique   articleKind = 1 // the yearly communiqué, preliminary figures
	verification articleKind = 2 // the finally verified figures of a year, one article a city
	notice       articleKind = 3 // no figures: a row of the list that is of no interest
)

// article is what its number says: kind, county and year of the data.
type article struct {
	kind   articleKind
	region Region // a county, of a notice the city
	year   int
}

func (a article) number() string {
	return fmt.Sprintf("%d%s%04d", a.kind, a.region.Code, a.year)
}

func (w *World) cityOf(r Region) Region { return w.byCode[r.Code[:4]+"00"] }

// isFirst tells whether the county is the first of its city, the one whose pages change.
func (w *World) isFirst(r Region) bool { return w.within[r.Code[:4]+"00"][0].Code == r.Code }

// isLast tells whether the county is the last of its city, the one that publishes late.
func (w *World) isLast(r Region) bool {
	members := w.within[r.Code[:4]+"00"]
	return members[len(members)-1].Code == r.Code
}

// published tells whether a night shows the article.
func (w *World) published(a article, night int) bool {
	if a.year < w.config.FirstYear || a.year > w.config.LastYear {
		return false
	}
	switch a.kind {
	case communique:
		return night > 1 || a.year != w.config.LastYear || !w.isLast(a.region)
	case verification:
		return night > 1 && a.year == w.config.LastYear-1 && w.isFirst(a.region)
	}
	return a.year == w.config.LastYear
}

// uploaded is the date in the article's address and in its row of the list.
func (w *World) uploaded(a article) time.Time {
	switch {
	case a.kind == verification:
		return time.Date(a.year+2, 6, 16, 0, 0, 0, 0, time.UTC)
	case a.kind == notice:
		return time.Date(a.year+1, 1, 10, 0, 0, 0, 0, time.UTC)
	case a.year == w.config.LastYear && w.isLast(a.region):
		return time.Date(a.year+1, 6, 15, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(a.year+1, 4, int(w.draw(a.region, topicDay, a.year, 1, 28)), 0, 0, 0, 0, time.UTC)
}

func (a article) title() string {
	switch a.kind {
	case verification:
		return fmt.Sprintf("%s%d年地区生产总值最终核实结果公告", a.region.Name, a.year)
	case notice:
		return fmt.Sprintf("%s统计局关于做好统计年报工作的通知", a.region.Name)
	}
	return fmt.Sprintf("%s%d年国民经济和社会发展统计公报", a.region.Name, a.year)
}

// article makes the page of an article as of a night, false if it is not published yet.
func (w *World) article(a article, night int) (document, bool) {
	if !w.published(a, night) {
		return document{}, false
	}
	city := a.region
	if a.kind != notice {
		city = w.cityOf(a.region)
	}
	s := styleOf(city)
	p := prose{document: &document{
		source: s.source, method: "GET", url: "http://" + cityHost(city) + w.articlePath(a),
		contentType: s.contentType, gbk: s.gbk,
	}, style: s, subject: a}
	switch a.kind {
	case communique:
		w.writeCommunique(&p, night)
	case verification:
		p.status = "final"
		p.paragraph("经最终核实，%d年%s地区生产总值", a.year, a.region.scope())
		p.accounts(w.final(a.region, a.year), false)
	case notice:
		p.paragraph("各县（市、区）统计局：请认真做好统计年报工作，确保源头数据真实准确。")
	}
	p.document.text = w.articleHTML(a, city, p.body.String(), night)
	return *p.document, true
}

// writeCommunique writes the yearly prose: figures in scope in one paragraph, and numbers around them that are none.
func (w *World) writeCommunique(p *prose, night int) {
	r, year := p.subject.region, p.subject.year
	p.status = "provisional"
	p.paragraph("%d年，面对复杂严峻的外部环境，%s上下坚持稳中求进工作总基调，经济运行总体平稳、稳中有进。", year, r.scope())
	p.paragraph("一、综　合")
	p.paragraph("初步核算，全年%s地区生产总值%s", r.scope(), p.style.totalMark)
	p.accounts(w.communiqueAccounts(p.subject, night), w.hidesPrimaryGrowth(p.subject, night))
	p.shares(w.communiqueAccounts(p.subject, night))
	primary := w.draw(r, topicContribution, year, 20, 120)
	secondary := w.draw(r, topicContribution, -year, 250, 600)
	p.text("三次产业对经济增长的贡献率分别为%s%%、%s%%和%s%%。", fixed(primary, 1), fixed(secondary, 1), fixed(1000-primary-secondary, 1))
	p.paragraph("经济总量居全省各县（市、区）第%d位。", w.draw(r, topicRank, year, 5, 117))
	p.text("服务业比重比上年提高%s个百分点。", fixed(w.draw(r, topicPoints, year, 1, 19), 1))
	p.text("民营经济增加值占地区生产总值的比重为%s%%。", fixed(w.draw(r, topicPrivateShare, year, 380, 740), 1))
	p.paragraph("注释：")
	p.paragraph("[1] 地区生产总值、各产业增加值绝对数按现价计算，增长速度按不变价格计算。")
}

// communiqueAccounts are preliminary; one page of each city is corrected every night from the second on.
func (w *World) communiqueAccounts(a article, night int) accounts {
	figures := w.preliminary(a.region, a.year)
	if w.isFirst(a.region) && a.year == w.config.LastYear-1 {
		figures.tertiary += 1_537 * int64(night-1)
	}
	return figures
}

// hidesPrimaryGrowth: one page of each city stops showing one number on the second night.
func (w *World) hidesPrimaryGrowth(a article, night int) bool {
	return night > 1 && w.isFirst(a.region) && a.year == w.config.LastYear-2
}

// visits is the counter of an article; on one page of each city it alone moves.
func (w *World) visits(a article, night int) int64 {
	count := w.draw(a.region, topicVisits, a.year, 200, 9000)
	if a.kind == communique && w.isFirst(a.region) && a.year == w.config.LastYear-3 {
		count += 37 * int64(night-1)
	}
	return count
}

// prose writes paragraphs and keeps the facts that they state.
type prose struct {
	document *document
	style    style
	subject  article
	status   string
	body     strings.Builder
}

func (p *prose) paragraph(format string, args ...any) {
	if p.body.Len() > 0 {
		p.body.WriteString("</p>\n")
	}
	p.body.WriteString("<p style=\"text-indent:2em\">")
	p.text(format, args...)
}

func (p *prose) text(format string, args ...any) { fmt.Fprintf(&p.body, format, args...) }

// number writes a number with its unit and states it.
func (p *prose) number(indicator string, n printed) {
	p.body.WriteString(n.text + n.unit)
	p.document.say(indicator, p.subject.region, yearOf(p.subject.year), "period", p.status, n)
}

// growth writes a rate behind its verb; an amount that is level with last year grew by zero.
func (p *prose) growth(indicator, compared string, tenths int64) {
	verb := "增长"
	switch {
	case tenths < 0:
		verb = "下降"
	case tenths == 0:
		p.text("与上年")
		p.number(indicator, printed{text: "持平", value: "0.0"})
		return
	}
	p.text("%s%s", compared, verb)
	p.number(indicator, asGrowth(tenths))
}

// accounts goes on behind 地区生产总值 with all levels and rates.
func (p *prose) accounts(a accounts, hidePrimaryGrowth bool) {
	p.number("gdp", p.style.amount(a.gdp()))
	p.text("，按不变价格计算，")
	p.growth("gdp.growth", p.style.compared, a.growth)
	p.text("。其中，第一产业增加值")
	p.number("primary_value_added", p.style.amount(a.primary))
	if !hidePrimaryGrowth {
		p.text("，")
		p.growth("primary_value_added.growth", "", a.primaryGrowth)
	}
	p.text("；第二产业增加值")
	p.number("secondary_value_added", p.style.amount(a.secondary))
	p.text("，")
	p.growth("secondary_value_added.growth", "", a.secondaryGrowth)
	p.text("；第三产业增加值")
	p.number("tertiary_value_added", p.style.amount(a.tertiary))
	p.text("，")
	p.growth("tertiary_value_added.growth", "", a.tertiaryGrowth)
	p.text("。")
}

// shares writes the structure as a ratio of three.
func (p *prose) shares(a accounts) {
	primary, secondary, tertiary := a.shares()
	p.text("三次产业结构为")
	p.number("primary_share", asShare(primary))
	p.text("%s", p.style.colon)
	p.number("secondary_share", asShare(secondary))
	p.text("%s", p.style.colon)
	p.number("tertiary_share", asShare(tertiary))
	p.text("。")
}
