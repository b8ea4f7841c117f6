package filing_test

import (
	"archive/zip"
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/transformers"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/filing"
)

// compiled returns the reader of a shipped source.
func compiled(t testing.TB, source string) *filing.Form {
	t.Helper()
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := set.Rules(source, transformers.Parser)
	if err != nil {
		t.Fatal(err)
	}
	form, err := filing.Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

// judged judges a body twice, and reads every accepted number again.
func judged(t *testing.T, form *filing.Form, body []byte) {
	doc := pipeline.NewDocument(pipeline.RawDocument{Access: pipeline.AccessRestricted, Body: body, FetchedAt: time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)}, "", pipeline.Derivation{})
	first, again := form.Judge(&doc), form.Judge(&doc)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Fatalf("the same body reads otherwise:\n%s", diff)
	}
	if first.Whole && (len(first.Accepted) > 0 || len(first.Findings) != 1) {
		t.Fatalf("refused as a whole, but %d accepted and %d findings", len(first.Accepted), len(first.Findings))
	}
	seen := map[string]bool{}
	for _, o := range first.Accepted {
		if seen[o.Key()] {
			t.Fatalf("%s is accepted twice", o.Key())
		}
		seen[o.Key()] = true
		if err := pipeline.CheckDecimal(o.Value); err != nil || o.Period.Valid() != nil || o.Value == "" && len(o.Flags) == 0 {
			t.Fatalf("%+v: %v", o, err)
		}
		if text, err := decode.RereadAt(body, "", o.Locator, o.ByteStart, o.ByteEnd); err != nil || text != o.RawText {
			t.Fatalf("%s reads %q (%v), the row says %q", o.Locator, text, err, o.RawText)
		}
	}
}

const example = "../../configs/sources/provincial-workbook.example/quality-2024.xlsx"

// parts takes the sheet of data and the shared texts out of the example.
func parts(t testing.TB) (sheet, shared []byte, rest *zip.Reader) {
	t.Helper()
	body, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	archive, fault := decode.Zip(body, decode.NewBudget())
	if fault != nil {
		t.Fatal(fault)
	}
	if sheet, fault = archive.Read("xl/worksheets/sheet2.xml"); fault != nil {
		t.Fatal(fault)
	}
	if shared, fault = archive.Read("xl/sharedStrings.xml"); fault != nil {
		t.Fatal(fault)
	}
	rest, err = zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	return sheet, shared, rest
}

// FuzzFiledSheet changes what a person can change: the cells of the sheet and their
// texts, in a workbook that is whole.
func FuzzFiledSheet(f *testing.F) {
	form := compiled(f, "provincial-workbook")
	sheet, shared, rest := parts(f)
	f.Add(sheet, shared)
	f.Add([]byte(`<worksheet><sheetData><row><c t="inlineStr"><is><t>区划代码</t></is></c><c t="inlineStr"><is><t>时期</t></is></c><c t="inlineStr"><is><t>质量强链项目数（个）</t></is></c></row><row><c><v>140121</v></c><c><v>2024</v></c><c><v>4</v></c></row></sheetData></worksheet>`), shared)
	f.Fuzz(func(t *testing.T, sheet, shared []byte) {
		var body bytes.Buffer
		w := zip.NewWriter(&body)
		for _, file := range rest.File {
			switch file.Name {
			case "xl/worksheets/sheet2.xml", "xl/sharedStrings.xml":
			default:
				if err := w.Copy(file); err != nil {
					t.Fatal(err)
				}
			}
		}
		for name, content := range map[string][]byte{"xl/worksheets/sheet2.xml": sheet, "xl/sharedStrings.xml": shared} {
			part, err := w.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := part.Write(content); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		judged(t, form, body.Bytes())
	})
}

// FuzzFiledBody puts any bytes before both readers.
func FuzzFiledBody(f *testing.F) {
	workbooks, platform := compiled(f, "provincial-workbook"), compiled(f, "national-platform")
	body, err := os.ReadFile(example)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte("区划代码,年度,指标名称,数值\n140121,2024,地方标准数,3\n"))
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
	f.Fuzz(func(t *testing.T, body []byte) {
		judged(t, workbooks, body)
		judged(t, platform, body)
	})
}
