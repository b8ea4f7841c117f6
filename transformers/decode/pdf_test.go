package decode

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode/pdfglyph"
)

// pdfText is a piece of text of a page that a test makes.
type pdfText struct {
	x, y, size float64
	text       string
}

// pdfOf writes a PDF whose pages print texts in a standard Chinese font. Extra
// goes into each page's content, and options into each page.
func pdfOf(extra, options string, pages ...[]pdfText) []byte {
	var b bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(offsets)}, args...)...)
	}
	b.WriteString("%PDF-1.7\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 6+2*i)
	}
	object("<< /Type /Pages /Count %d /Kids [%s] >>", len(pages), kids.String())
	object("<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>")
	object("<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000 /W [1 95 500] /FontDescriptor 5 0 R >>")
	object("<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>")
	for i, texts := range pages {
		var content strings.Builder
		content.WriteString(extra)
		for _, t := range texts {
			fmt.Fprintf(&content, "BT /F1 %g Tf 1 0 0 1 %g %g Tm <", t.size, t.x, t.y)
			for _, unit := range utf16.Encode([]rune(t.text)) {
				fmt.Fprintf(&content, "%04X", unit)
			}
			content.WriteString("> Tj ET\n")
		}
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] %s /Resources << /Font << /F1 3 0 R /F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> /Contents %d 0 R >>", options, 7+2*i)
		object("<< /Length %d >>\nstream\n%s\nendstream", content.Len(), content.String())
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, at)
	return b.Bytes()
}

// proseLines sets lines of 12 points; one that begins with > is indented.
func proseLines(top float64, lines ...string) []pdfText {
	var texts []pdfText
	for i, line := range lines {
		x := 80.0
		if rest, ok := strings.CutPrefix(line, ">"); ok {
			x, line = 104, rest
		}
		texts = append(texts, pdfText{x, top - 20*float64(i), 12, line})
	}
	return texts
}

func pdfOutline(t *testing.T, body []byte) string {
	t.Helper()
	page, f := PDF(body)
	if f != nil {
		t.Fatal(f)
	}
	var b strings.Builder
	for _, block := range page.Blocks {
		fmt.Fprintf(&b, "%s %s\n", strings.TrimPrefix(block.Locator, pdfLayer+"#"), block.Text.String())
	}
	for _, block := range page.Unread {
		fmt.Fprintf(&b, "unread %s %s\n", strings.TrimPrefix(block.Locator, pdfLayer+"#"), block.Text.String())
	}
	return b.String()
}

func TestLinesOfPDFBecomeParagraphs(t *testing.T) {
	f36, f34, g36, g34 := strings.Repeat("字", 36), strings.Repeat("文", 34), strings.Repeat("句", 36), strings.Repeat("段", 34)
	for _, c := range []struct {
		name string
		body []byte
		want string
	}{
		{"wrapped lines are joined, indents begin paragraphs",
			pdfOf("", "", proseLines(700, ">"+f34, "全县总值152.36亿元。", ">"+g34, f36, "完。")),
			"page[1]/p[1] " + f34 + "全县总值152.36亿元。\npage[1]/p[2] " + g34 + f36 + "完。\n"},
		{"a paragraph goes on over the page", pdfOf("", "", proseLines(700, ">"+f34, f36), proseLines(700, g36, "完。", ">新。")),
			"page[1]/p[1] " + f34 + f36 + g36 + "完。\npage[2]/p[1] 新。\n"},
		{"headers, footers and page numbers are left out",
			pdfOf("", "", append(proseLines(800, "统计公报", ">"+f34, "完。"), pdfText{104, 700, 12, "一。"}, pdfText{280, 40, 9, "— 1 —"}),
				append(proseLines(800, "统计公报"), pdfText{104, 700, 12, "二，"}, pdfText{80, 680, 12, g36}, pdfText{80, 660, 12, "完。"}, pdfText{280, 40, 9, "— 2 —"})),
			"page[1]/p[1] " + f34 + "完。\npage[1]/p[2] 一。\npage[2]/p[1] 二，\npage[2]/p[2] " + g36 + "完。\n"},
		{"rows of tables are not read as text",
			pdfOf("", "", append(proseLines(700, ">"+f34, "完。"), pdfText{80, 600, 12, "地区生产总值"}, pdfText{300, 600, 12, "152.36"}, pdfText{400, 600, 12, "4.8"})),
			"page[1]/p[1] " + f34 + "完。\nunread page[1]/row[1] 地区生产总值\t152.36\t4.8\n"},
		{"figures that stand a little apart are not one number",
			pdfOf("", "", append(proseLines(700, "总值，"), pdfText{80, 660, 12, "共15"}, pdfText{80 + 24 + 6, 660, 12, "36亿元。"})),
			"page[1]/p[1] 总值，\npage[1]/p[2] 共15\uFFFC36亿元。\n"},
		{"a line of figures without a sentence is a row", pdfOf("", "", proseLines(700, "总值152.36亿元")), "unread page[1]/row[1] 总值152.36亿元\n"},
		{"a title with a year is none", pdfOf("", "", proseLines(700, "平遥县2023年统计公报")), "page[1]/p[1] 平遥县2023年统计公报\n"},
		{"footnote marks are dropped",
			pdfOf("", "", []pdfText{{80, 700, 12, "生产总值"}, {128, 705, 7, "[1]"}, {139, 700, 12, "152亿元，12m"}, {139 + 72, 705, 7, "2"}}),
			"page[1]/p[1] 生产总值152亿元，12m2\n"},
		{"letters printed twice to be bold are one", pdfOf("", "", []pdfText{{80, 700, 12, "总值1亿元。"}, {80.3, 700, 12, "总值1亿元。"}}), "page[1]/p[1] 总值1亿元。\n"},
		{"text at an angle is left out", pdfOf("BT /F1 40 Tf 0.7 0.7 -0.7 0.7 100 300 Tm <83493848> Tj ET\n", "", proseLines(700, "总值，")), "page[1]/p[1] 总值，\n"},
		{"a page that is turned is read as it is shown", pdfOf("0 1 -1 0 595 0 cm BT /F2 12 Tf 80 500 Td (First 152.36, then) Tj 0 -20 Td (more.) Tj ET\n", "/Rotate 90", nil),
			"page[1]/p[1] First 152.36, then more.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := pdfOutline(t, c.body); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestTextOfPDFIsReadAgainFromTheLayer(t *testing.T) {
	body := pdfOf("", "", proseLines(700, ">"+strings.Repeat("文", 34), "全县总值152.36亿元。"))
	page, f := PDF(body)
	if f != nil {
		t.Fatal(f)
	}
	checkWords(t, page.Blocks[0].Text, func(start, end uint32) (string, error) { return rereadPDF(body, start, end) })
	if _, err := rereadPDF(body, 0, 1<<20); err == nil {
		t.Error("a range beyond the layer was read")
	}
}

func TestUnsoundPDFIsRefused(t *testing.T) {
	sound := pdfOf("", "", proseLines(700, "总值。"))
	scan := pdfOf("0 0 100 100 re f\n", "", nil)
	hidden := pdfOf("3 Tr\n", "", proseLines(700, "总值。"))
	encrypted := bytes.Replace(sound, []byte("/Root 1 0 R"), []byte("/Root 1 0 R /ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <"+strings.Repeat("41", 32)+"> /U <"+strings.Repeat("42", 32)+"> >>"), 1)
	for _, c := range []struct {
		name, detail string
		body         []byte
		want         pipeline.Reason
	}{
		{"junk", "cannot be read", []byte("%PDF-1.7\njunk"), pipeline.Truncated},
		{"a scan", "scans or drawings", scan, pipeline.UnexpectedKind},
		{"a scan with recognised text behind it", "machine recognised", hidden, pipeline.UnexpectedKind},
		{"encrypted", "encrypted", encrypted, pipeline.UnexpectedKind},
		{"too many pages", "more than 500 pages", pdfOf("", "", make([][]pdfText, pdfglyph.MaxPages+1)...), pipeline.UnexpectedField},
		{"too large", "64 MiB", append(sound, make([]byte, maxPDFBytes)...), pipeline.UnexpectedField},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, f := PDF(c.body); f == nil || f.Reason != c.want || !strings.Contains(f.Detail, c.detail) {
				t.Errorf("fault %v, want reason %s and %q", f, c.want, c.detail)
			}
		})
	}
}

func TestPagesOfPicturesAreSeen(t *testing.T) {
	body := pdfOf("0 0 100 100 re f\n", "", proseLines(700, "总值。"), nil)
	if got, want := pdfOutline(t, body), "page[1]/p[1] 总值。\nunread page[2] \n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// The fuzzed content goes on a page of a sound document: bodies of random bytes
// hardly ever reach the text.
func FuzzPDFText(f *testing.F) {
	if _, fault := PDF(pdfOf("", "", proseLines(700, "总值。"))); fault != nil { // starts the engine before the clock of an input runs
		f.Fatal(fault)
	}
	f.Add("BT /F1 12 Tf 1 0 0 1 80 700 Tm <603B503C0031> Tj ET", true)
	f.Add("q 0 1 -1 0 0 0 cm BT /F1 12 Tf 3 Tr 80 700 Td [<603B> -500 <503C0031>] TJ T* (1) ' ET Q", true)
	f.Add(string(pdfOf("", "", proseLines(700, "总值1亿元。"))), false)
	f.Fuzz(func(t *testing.T, content string, isContent bool) {
		body := []byte(content)
		if isContent {
			body = pdfOf(content+"\n", "", proseLines(700, "总值1亿元。"))
		}
		layer, page, fault := readPDF(body)
		if fault != nil {
			return
		}
		for _, b := range append(page.Blocks, page.Unread...) {
			checkWords(t, b.Text, func(start, end uint32) (string, error) { return string(layer[start:end]), nil })
		}
	})
}
