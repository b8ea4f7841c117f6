package decode

import (
	"fmt"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

// outline writes a page's blocks, one a line.
func outline(p *Page) string {
	var b strings.Builder
	for _, block := range p.Blocks {
		if block.Table == nil {
			fmt.Fprintf(&b, "%s %d%d %s\n", block.Locator, block.Kind, block.Level, strings.ReplaceAll(block.Text.String(), "\n", "⏎"))
			continue
		}
		fmt.Fprintf(&b, "%s [%s]\n", block.Locator, block.Table.Caption)
		for _, row := range block.Table.Cells {
			for _, cell := range row {
				text := "·"
				if cell != nil {
					text = strings.ReplaceAll(cell.Text.String(), "\n", "⏎")
				}
				fmt.Fprintf(&b, "|%s", text)
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}

func TestPagesBecomeBlocks(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"headings, paragraphs, skipped scripts and styles",
			"<html><body><h2>标题</h2><script>var x='<p>no</p>'</script><style>p{}</style><p>一<br>二</p>三<div>四</div></body></html>",
			"p[1] 12 标题\np[2] 00 一⏎二\np[3] 00 三\np[4] 00 四\n"},
		{"paths to the page", `<div class="position"><a>首页</a> &gt; <a>公报</a></div><p>您所在的位置：首页</p>`, "p[1] 20 首页 > 公报\np[2] 20 您所在的位置：首页\n"},
		{"source white space is one space", "<p>一\n   二\t三</p>", "p[1] 00 一 二 三\n"},
		{"footnote marks are dropped, powers stay", "<p>总值<sup>[1]</sup>36.1亿元，12m<sup>2</sup></p>", "p[1] 00 总值36.1亿元，12m2\n"},
		{"a bare raised digit never joins a number", "<p>总值<sup>2</sup>36.1</p>", "p[1] 00 总值36.1\n"},
		{"spans", "<table><caption>表1</caption><tr><td rowspan=2>甲</td><td colspan=2>乙</td></tr><tr><td>丙</td><td>丁</td></tr></table>",
			"table[1] [表1]\n|甲|乙|乙|\n|甲|丙|丁|\n"},
		{"a row span beyond the end", "<table><tr><td rowspan=9>甲</td><td>1</td></tr><tr><td>2</td></tr></table>", "table[1] []\n|甲|1|\n|甲|2|\n"},
		{"end tags left out", "<table><tr><td>甲<td>1<tr><td>乙<td>2</table>", "table[1] []\n|甲|1|\n|乙|2|\n"},
		{"ragged rows have holes", "<table><tr><td>甲</td><td>1</td><td>2</td></tr><tr><td>乙</td></tr></table>", "table[1] []\n|甲|1|2|\n|乙|·|·|\n"},
		{"layout tables dissolve", "<table><tr><td>导航</td><td><p>正文</p><table><tr><td>甲</td><td>1</td></tr></table></td></tr></table>",
			"p[1] 00 导航\np[2] 00 正文\ntable[2] []\n|甲|1|\n"},
		{"paragraphs in a cell are lines", "<table><tr><td><p>3季度</p><p>4季度</p></td><td>1<br>2</td></tr></table>", "table[1] []\n|3季度⏎4季度|1⏎2|\n"},
		{"a wrong span is one", "<table><tr><td colspan=x>甲</td><td rowspan=-3>1</td></tr></table>", "table[1] []\n|甲|1|\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, f := HTML([]byte(c.body), "")
			if f != nil {
				t.Fatal(f)
			}
			if got := outline(page); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestATableOfHugeSpansIsRefusedAndTheNextIsRead(t *testing.T) {
	huge := "<table>" + strings.Repeat("<tr><td colspan=500 rowspan=60000>甲</td></tr>", 600) + "</table>"
	page, f := HTML([]byte(strings.Repeat(huge, 3)+"<table><tr><td>乙</td><td>2</td></tr></table>"), "")
	if f != nil {
		t.Fatal(f)
	}
	if got := outline(page); len(page.Oversized) != 3 || got != "table[4] []\n|乙|2|\n" {
		t.Errorf("oversized %v, read\n%s", page.Oversized, got)
	}
}

func TestCellsNameTheirPlaceInTheMarkup(t *testing.T) {
	page, f := HTML([]byte("<table><tr><td rowspan=2>甲</td><td>1</td></tr><tr><td>2</td></tr></table>"), "")
	if f != nil {
		t.Fatal(f)
	}
	if got := page.Blocks[0].Table.Cells[1][1].Locator(); got != "table[1]/tr[2]/td[1]" {
		t.Errorf("locator %s", got)
	}
}

func TestTitleAndMetaAreRead(t *testing.T) {
	page, f := HTML([]byte(gbk(t, `<html><head><title>代县公报 &amp; 数据</title><META Name="ArticleTitle" content="2024年公报"></head><body>x</body></html>`)), "")
	if f != nil {
		t.Fatal(f)
	}
	if page.Title.String() != "代县公报 & 数据" || page.MetaValue("articletitle") != "2024年公报" || !page.Complete {
		t.Errorf("title %q, meta %v, complete %t", page.Title, page.Meta, page.Complete)
	}
}

func TestAPageThatIsCutOffIsNotComplete(t *testing.T) {
	whole := "<html><body><p>甲1</p><table><tr><td>乙</td><td>23</td></tr></table></body></html>"
	for cut := 1; cut < strings.Index(whole, "</body>"); cut++ {
		page, f := HTML([]byte(whole[:cut]), "")
		if f != nil {
			continue // cut inside a letter at the start
		}
		if cut > len("<html>") && page.Complete {
			t.Errorf("cut at %d: complete", cut)
		}
		for _, b := range page.Blocks {
			if b.Table != nil && len(b.Table.Cells[0]) > 1 && b.Table.Cells[0][1] != nil && b.Table.Cells[0][1].Text.String() == "2" {
				t.Errorf("cut at %d: half a number is read", cut)
			}
		}
	}
}

func TestStandInsAreNotDocuments(t *testing.T) {
	for _, c := range []struct {
		name, body string
		standIn    bool
	}{
		{"script only", "<html><script>location='x'</script><body></body></html>", true},
		{"login", "<html><body><form>用户<input type=password></form></body></html>", true},
		{"soft 404", "<html><title>404</title><body><p>页面不存在</p></body></html>", true},
		{"captcha", "<html><body><p>请输入验证码</p></body></html>", true},
		{"empty", "<html><body></body></html>", true},
		{"a short document", "<html><title>祁县公报</title><body><p>2023年地区生产总值98亿元。</p></body></html>", false},
		{"a table", "<html><body><table><tr><td>404</td><td>1</td></tr></table></body></html>", false},
	} {
		page, f := HTML([]byte(c.body), "")
		if f != nil {
			t.Fatal(f)
		}
		f = page.StandIn()
		if (f != nil) != c.standIn || f != nil && f.Reason != pipeline.NotADocument {
			t.Errorf("%s: stand-in %v, want %t", c.name, f, c.standIn)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add([]byte("<table><tr><td rowspan=3>甲<td>1<table><tr><td>x</table></table>"))
	f.Add([]byte("<p>a&nbsp;b&#x4e00;<sup>[1]</sup><br>c</p><svg><a></svg>"))
	f.Add([]byte("<html><title>x<body></td></table><caption>y"))
	f.Fuzz(func(t *testing.T, body []byte) {
		page, fault := HTML(body, "")
		if fault != nil {
			return
		}
		for _, b := range page.Blocks {
			checkRange(t, body, b.Text)
			if b.Table == nil {
				continue
			}
			for _, row := range b.Table.Cells {
				if len(row) != len(b.Table.Cells[0]) {
					t.Fatal("a grid with rows of different length")
				}
				for _, cell := range row {
					if cell != nil {
						checkRange(t, body, cell.Text)
					}
				}
			}
		}
		page.StandIn()
	})
}

func checkRange(t *testing.T, body []byte, text Text) {
	for i := range text.String() {
		start, end := text.Raw(i, i+1)
		if start >= end || int(end) > len(body) {
			t.Fatalf("letter %d of %q has the range %d to %d of %d bytes", i, text, start, end, len(body))
		}
	}
}
