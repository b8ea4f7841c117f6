package decode

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

// zipOf packs named parts, in the order given.
func zipOf(t testing.TB, parts ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, part := range parts {
		f, err := w.Create(part[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(part[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// docxOf packs the content of a w:body as a Word document.
func docxOf(t testing.TB, content string) []byte {
	return zipOf(t, [2]string{"[Content_Types].xml", "<Types/>"}, [2]string{docxPart, wordXML(content)})
}

func wordXML(content string) string {
	return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" +
		`<w:document xmlns:w="` + wordNamespace + `"><w:body>` + content + `<w:sectPr/></w:body></w:document>`
}

// wp is a paragraph of one run for each text.
func wp(runs ...string) string {
	var b strings.Builder
	b.WriteString("<w:p>")
	for _, run := range runs {
		fmt.Fprintf(&b, `<w:r><w:rPr><w:sz w:val="21"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r>`, run)
	}
	b.WriteString("</w:p>")
	return b.String()
}

func wtc(properties, text string) string {
	return "<w:tc><w:tcPr>" + properties + "</w:tcPr>" + wp(text) + "</w:tc>"
}

func wtr(cells ...string) string { return "<w:tr>" + strings.Join(cells, "") + "</w:tr>" }

func TestWordDocumentsBecomeBlocks(t *testing.T) {
	const at = "word/document.xml#"
	for _, c := range []struct{ name, content, want string }{
		{"runs are joined", wp("152", ".3", "6亿元"), at + "p[1] 00 152.36亿元\n"},
		{"tabs and breaks", `<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs></w:pPr><w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t><w:br/><w:t>丙</w:t></w:r></w:p>`, at + "p[1] 00 甲\t乙⏎丙\n"},
		{"deleted text, moved text and field codes are not printed",
			`<w:p><w:r><w:t>1</w:t></w:r><w:del w:id="1"><w:r><w:delText>2</w:delText></w:r></w:del><w:moveFrom w:id="2"><w:r><w:t>3</w:t></w:r></w:moveFrom><w:r><w:instrText>PAGE 4</w:instrText></w:r><w:ins><w:r><w:t>5</w:t></w:r></w:ins></w:p>`,
			at + "p[1] 00 15\n"},
		{"hidden text is not printed", `<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>甲</w:t></w:r><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>乙</w:t></w:r></w:p>`, at + "p[1] 00 乙\n"},
		{"footnote references and raised marks are dropped, powers stay",
			`<w:p><w:r><w:t>总值</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>[1]</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>36.1亿元，12m</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>2</w:t></w:r></w:p>`,
			at + "p[1] 00 总值36.1亿元，12m2\n"},
		{"a former look does not raise", `<w:p><w:r><w:rPr><w:rPrChange><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:rPrChange></w:rPr><w:t>1</w:t></w:r></w:p>`, at + "p[1] 00 1\n"},
		{"a minus of a symbol font is a minus, other symbols are unknown",
			`<w:p><w:r><w:sym w:font="Symbol" w:char="F02D"/><w:t>3.1</w:t><w:sym w:font="Wingdings" w:char="F04A"/></w:r></w:p>`, at + "p[1] 00 −3.1\uFFFC\n"},
		{"references are resolved", wp("A&amp;B &lt; &#x6C49;"), at + "p[1] 00 A&B < 汉\n"},
		{"the second copy of a text box is left out",
			`<w:p><w:r><w:t>前</w:t><mc:AlternateContent><mc:Choice><w:txbxContent>` + wp("框") + `</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>` + wp("框") + `</w:txbxContent></mc:Fallback></mc:AlternateContent><w:t>后</w:t></w:r></w:p>`,
			at + "p[1] 00 框\n" + at + "p[2] 00 前后\n"},
		{"merged cells are expanded", "<w:tbl>" +
			wtr(wtc(`<w:vMerge w:val="restart"/>`, "甲"), wtc(`<w:gridSpan w:val="2"/>`, "乙")) +
			wtr(wtc(`<w:vMerge/>`, ""), wtc("", "丙"), wtc("", "丁")) +
			wtr(wtc(`<w:vMerge w:val="restart"/>`, "戊"), wtc("", "1"), wtc("", "2")) + "</w:tbl>",
			at + "table[1] []\n|甲|乙|乙|\n|甲|丙|丁|\n|戊|1|2|\n"},
		{"columns left out before a row", "<w:tbl>" + wtr(wtc("", "甲"), wtc("", "1")) + `<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>` + wtc("", "2") + "</w:tr></w:tbl>",
			at + "table[1] []\n|甲|1|\n||2|\n"},
		{"a merge that nothing began is a cell", "<w:tbl>" + wtr(wtc(`<w:vMerge/>`, "甲"), wtc("", "1")) + "</w:tbl>", at + "table[1] []\n|甲|1|\n"},
		{"a table inside a text run of layout dissolves", "<w:tbl>" + wtr("<w:tc>"+wp("序")+"</w:tc>", "<w:tc><w:tbl>"+wtr(wtc("", "甲"), wtc("", "1"))+"</w:tbl></w:tc>") + "</w:tbl>",
			at + "p[1] 00 序\n" + at + "table[2] []\n|甲|1|\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, f := DOCX(docxOf(t, c.content), NewBudget())
			if f != nil {
				t.Fatal(f)
			}
			if got := outline(page); got != c.want || !page.Complete {
				t.Errorf("complete %t, got\n%swant\n%s", page.Complete, got, c.want)
			}
		})
	}
}

func TestAWordDocumentNamesItsCells(t *testing.T) {
	page, f := DOCX(docxOf(t, wp("平遥县2023年", "统计公报")+wp("平遥县统计局")+wp("初步核算，总值1亿元。")+"<w:tbl>"+
		wtr(wtc(`<w:vMerge w:val="restart"/>`, "甲"), wtc("", "1"))+wtr(wtc(`<w:vMerge/>`, ""), wtc("", "2"))+"</w:tbl>"), NewBudget())
	if f != nil {
		t.Fatal(f)
	}
	if got, want := page.Blocks[3].Table.Cells[1][1].Locator(), "word/document.xml#table[1]/tr[2]/td[2]"; got != want {
		t.Errorf("locator %q, want %q", got, want)
	}
	if got, want := page.Title.String(), "平遥县2023年统计公报\n平遥县统计局"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
}

func TestTextOfWordDocumentsIsReadAgainFromItsBytes(t *testing.T) {
	body := docxOf(t, wp("一、综合")+wp("总值15", "2.3", "6亿元&lt;"))
	page, f := DOCX(body, NewBudget())
	if f != nil {
		t.Fatal(f)
	}
	text := page.Blocks[1].Text
	for _, part := range []string{"152.36", "总值152.36亿元<", "6亿"} {
		at := strings.Index(text.String(), part)
		start, end := text.Raw(at, at+len(part))
		if got, err := rereadDOCX(body, start, end, NewBudget()); err != nil || got != part {
			t.Errorf("bytes %d to %d read %q (%v), want %q", start, end, got, err, part)
		}
	}
	if _, err := rereadDOCX(body, 5, 1<<30, NewBudget()); err == nil {
		t.Error("a range beyond the part was read")
	}
}

func TestUnsoundWordDocumentsAreRefused(t *testing.T) {
	sound := wordXML(wp("1"))
	part := func(xml string) []byte { return zipOf(t, [2]string{docxPart, xml}) }
	for _, c := range []struct {
		name string
		body []byte
		want pipeline.Reason
	}{
		{"no zip", []byte("PK\x03\x04junk"), pipeline.Truncated},
		{"cut off", part(sound)[:200], pipeline.Truncated},
		{"no text part", zipOf(t, [2]string{"a.xml", sound}), pipeline.NotADocument},
		{"a part twice", zipOf(t, [2]string{docxPart, sound}, [2]string{docxPart, sound}), pipeline.UnexpectedField},
		{"a document type", part(strings.Replace(sound, "<w:document", `<!DOCTYPE d [<!ENTITY a "b">]><w:document`, 1)), pipeline.NotADocument},
		{"another vocabulary", part(`<html><body/></html>`), pipeline.NotADocument},
		{"elements that cross", part(strings.Replace(sound, "</w:r></w:p>", "</w:p></w:r>", 1)), pipeline.NotADocument},
		{"another encoding", part(strings.Replace(sound, "UTF-8", "GBK", 1)), pipeline.NotADocument},
		{"invalid letters", part(wordXML(wp("\xff\xfe"))), pipeline.BadEncoding},
		{"deep nesting", part(wordXML(strings.Repeat("<w:a>", 500))), pipeline.NotADocument},
		{"a bomb of blanks", part(wordXML(strings.Repeat(" ", 64<<20))), pipeline.UnexpectedField},
		{"a flood of paragraphs", part(wordXML(strings.Repeat("<w:p/>", maxDOCXBlocks+1))), pipeline.UnexpectedField},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, f := DOCX(c.body, NewBudget()); f == nil || f.Reason != c.want {
				t.Errorf("fault %v, want reason %s", f, c.want)
			}
		})
	}
}

func TestACutWordPartIsIncomplete(t *testing.T) {
	xml := wordXML(wp("甲1") + wp("乙2") + "<w:tbl>" + wtr(wtc("", "丙"), wtc("", "3")) + wtr(wtc("", "丁"), wtc("", "45")) + "</w:tbl>")
	for cut := strings.Index(xml, "乙2"); cut < len(xml); cut++ {
		page, f := DOCX(zipOf(t, [2]string{docxPart, xml[:cut]}), NewBudget())
		if f != nil {
			t.Fatalf("cut at %d: %v", cut, f)
		}
		got := outline(page)
		if page.Complete || !strings.Contains(got, "甲1") || strings.Contains(got, "|4|") {
			t.Fatalf("cut at %d: complete %t\n%s", cut, page.Complete, got)
		}
	}
}

func TestWideWordTablesStayWithinLimits(t *testing.T) {
	row := `<w:tr><w:tc><w:tcPr><w:gridSpan w:val="1000"/></w:tcPr></w:tc><w:tc><w:tcPr><w:gridSpan w:val="1000"/></w:tcPr></w:tc></w:tr>`
	page, f := DOCX(docxOf(t, strings.Repeat("<w:tbl>"+strings.Repeat(row, 1000)+"</w:tbl>", 5)), NewBudget())
	if f != nil {
		t.Fatal(f)
	}
	if len(page.Oversized) != 5 {
		t.Errorf("oversized tables %v, want all five", page.Oversized)
	}
}

func FuzzDOCX(f *testing.F) {
	f.Add(wordXML(wp("总值15", "2.36亿元")))
	f.Add(wordXML("<w:tbl>" + wtr(wtc(`<w:vMerge w:val="restart"/>`, "甲"), wtc(`<w:gridSpan w:val="2"/>`, "1")) + wtr(wtc(`<w:vMerge/>`, "甲")) + "</w:tbl>"))
	f.Add(wordXML(`<w:p><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>[1]</w:t><w:tab/><w:sym w:font="Symbol" w:char="F02D"/></w:r><w:del><w:r/></w:del></w:p>`))
	f.Fuzz(func(t *testing.T, xml string) {
		body := zipOf(t, [2]string{docxPart, xml})
		page, fault := DOCX(body, NewBudget())
		if fault != nil {
			return
		}
		for _, b := range page.Blocks {
			checkWords(t, b.Text, func(start, end uint32) (string, error) { return rereadDOCX(body, start, end, NewBudget()) })
		}
	})
}

// checkWords reads each run of digits of a text again from its bytes.
func checkWords(t *testing.T, text Text, reread func(start, end uint32) (string, error)) {
	t.Helper()
	whole := text.String()
	for from := 0; from < len(whole); from++ {
		to := from
		for to < len(whole) && (whole[to] >= '0' && whole[to] <= '9' || whole[to] == '.') {
			to++
		}
		if to == from {
			continue
		}
		start, end := text.Raw(from, to)
		if got, err := reread(start, end); err != nil || got != whole[from:to] {
			t.Fatalf("bytes %d to %d read %q (%v), want %q", start, end, got, err, whole[from:to])
		}
		from = to
	}
}
