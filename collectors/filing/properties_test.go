package filing_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

func TestTheSameRequestGivesTheSameBytesInAnyOrder(t *testing.T) {
	d := newDesk(t)
	request := d.request()
	first := d.make(request)
	slices.Reverse(request.Asked)
	if !bytes.Equal(first, d.make(request)) {
		t.Error("the order of the asked cells changes the workbook")
	}
}

func TestWithoutAnythingAskedThereIsNoWorkbook(t *testing.T) {
	d := newDesk(t)
	request := d.request()
	request.Asked = nil
	if _, err := filing.Make(t.Context(), request); !errors.Is(err, filing.ErrNothingAsked) {
		t.Errorf("got %v", err)
	}
}

// The form has inputs for what is asked and for nothing else, holds no formula, and
// keeps its labels locked without a password.
func TestTheFormAsksForExactlyWhatIsAsked(t *testing.T) {
	d := newDesk(t)
	request := d.request()
	f, err := excelize.OpenReader(bytes.NewReader(d.make(request)))
	must(t, err)
	defer f.Close()
	rows, err := f.GetRows(dataSheet)
	must(t, err)
	var inputs []string
	for r := 5; r < len(rows); r++ {
		for c, code := range rows[2] {
			column, ok := pipeline.ParseFormColumn(code)
			place, _ := excelize.CoordinatesToCellName(c+1, r+1)
			if text, _ := f.GetCellFormula(dataSheet, place); text != "" {
				t.Errorf("%s holds the formula %s", place, text)
			}
			id, err := f.GetCellStyle(dataSheet, place)
			must(t, err)
			style, err := f.GetStyle(id)
			must(t, err)
			open := style.Protection != nil && !style.Protection.Locked
			if ok && column.Role == pipeline.FormValue && open {
				inputs = append(inputs, rows[r][0]+" "+column.Indicator)
			}
			if open && (!ok || column.Role == pipeline.FormKnown) {
				t.Errorf("the label %s is not locked", place)
			}
		}
	}
	var asked []string
	for _, cell := range request.Asked {
		asked = append(asked, fmt.Sprintf("%s|A|%s %s", cell.Region, cell.Period.Label(), cell.Indicator))
	}
	slices.Sort(inputs)
	slices.Sort(asked)
	if !slices.Equal(inputs, asked) {
		t.Errorf("inputs %q\nasked  %q", inputs, asked)
	}
	if known, _ := f.GetCellValue(dataSheet, "H6"); !strings.Contains(known, "2022年：3 个（去年填报）") {
		t.Errorf("the known value beside the first input is %q", known)
	}
	validations, err := f.GetDataValidations(dataSheet)
	must(t, err)
	if len(validations) != 4 {
		t.Errorf("%d validations for two indicators", len(validations))
	}
	for _, v := range validations {
		if v.ErrorStyle == nil || *v.ErrorStyle != "warning" {
			t.Errorf("the validation of %s forbids instead of warning", v.Sqref)
		}
	}
}

// typed are texts and values that people put into cells.
var typed = rapid.OneOf(
	rapid.Map(rapid.IntRange(-5, 3000), func(n int) any { return n }),
	rapid.Map(rapid.Float64Range(-1, 200), func(n float64) any { return n }),
	rapid.SampledFrom([]any{"", " ", "0", "４", "1,234", "12个", "12%", "未掌握", "不适用", "无需填报", "约5", "#DIV/0!", true, "2024年", "－3", "5.0"}),
	rapid.Map(rapid.StringN(0, 12, 40), func(s string) any { return s }),
)

// What Check accepts is what the line reads from the archived bytes, row by row; what
// it refuses is refused there too; and every row leads back to its text.
func TestCheckAndTheLineAgreeOnAnyFilling(t *testing.T) {
	d := newDesk(t)
	form := d.make(d.request())
	rapid.Check(t, func(rt *rapid.T) {
		filled := d.edit(form, func(f *excelize.File) {
			for range rapid.IntRange(0, 12).Draw(rt, "cells") {
				place := fmt.Sprintf("%s%d", rapid.SampledFrom([]string{chains, chainWord, chainNote, pass, passWord, "B", "C", "D", "L"}).Draw(rt, "column"), rapid.IntRange(4, 11).Draw(rt, "row"))
				must(t, f.SetCellValue(dataSheet, place, typed.Draw(rt, "value")))
			}
			if rapid.Bool().Draw(rt, "moved") {
				must(t, f.InsertRows(dataSheet, rapid.IntRange(1, 9).Draw(rt, "at"), 1))
			}
		})
		result := d.check(filing.Workbooks, filled)
		reading := d.read(result)
		if len(reading.Observations) != len(result.Accepted) {
			rt.Fatalf("%d accepted, %d read", len(result.Accepted), len(reading.Observations))
		}
		for i, o := range reading.Observations {
			a := result.Accepted[i]
			if o.Key() != a.Key() || o.Value != a.Value || o.Locator != a.Locator || o.RawText != a.RawText {
				rt.Fatalf("accepted %+v\nread %+v", a, o)
			}
			text, err := decode.RereadAt(filled, "", o.Locator, o.ByteStart, o.ByteEnd)
			if err != nil || text != o.RawText {
				rt.Fatalf("%s reads %q (%v), the row says %q", o.Locator, text, err, o.RawText)
			}
		}
		refused := 0
		for _, r := range reading.Refusals {
			if r.Reason != pipeline.NoObservationFound {
				refused += r.Count
			}
		}
		if refused != result.Count(pipeline.SeverityError) {
			rt.Fatalf("%d errors, %d refusals: %q %+v", result.Count(pipeline.SeverityError), refused, found(result), reading.Refusals)
		}
	})
}

// LibreOffice opens the form and a marked copy, and a form that it has saved reads the
// same.
func TestLibreOfficeOpensAndSavesTheForm(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed (Debian: apt-get install libreoffice-calc): skipped")
	}
	d := newDesk(t)
	filled := d.edit(d.make(d.request()), func(f *excelize.File) {
		fillTwo(t, f)
		must(t, f.SetCellValue(dataSheet, "E7", "不是数"))
	})
	before := d.check(filing.Workbooks, filled)
	dir := t.TempDir()
	for name, body := range map[string][]byte{"form.xlsx": filled, "marked.xlsx": before.Marked} {
		must(t, os.WriteFile(filepath.Join(dir, name), body, 0o600))
	}
	convert := func(to, out string, files ...string) {
		args := append([]string{"--headless", "--norestore", "-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--convert-to", to, "--outdir", filepath.Join(dir, out)}, files...)
		if text, err := exec.CommandContext(t.Context(), office, args...).CombinedOutput(); err != nil {
			t.Fatalf("LibreOffice: %v\n%s", err, text)
		}
	}
	convert("xlsx:Calc MS Excel 2007 XML", "saved", filepath.Join(dir, "form.xlsx"), filepath.Join(dir, "marked.xlsx"))
	for _, name := range []string{"form.xlsx", "marked.xlsx"} {
		saved, err := os.ReadFile(filepath.Join(dir, "saved", name))
		must(t, err)
		after := d.check(filing.Workbooks, saved)
		if !slices.Equal(accepted(after), accepted(before)) || !slices.Equal(found(after), found(before)) {
			t.Errorf("%s saved by LibreOffice reads %q %q, want %q %q", name, accepted(after), found(after), accepted(before), found(before))
		}
	}
	convert("pdf", "printed", filepath.Join(dir, "form.xlsx"))
	printed, err := os.ReadFile(filepath.Join(dir, "printed", "form.pdf"))
	if err != nil || len(printed) < 10_000 {
		t.Errorf("printing the form: %v, %d bytes", err, len(printed))
	}
}
