package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
)

const (
	formUnit  = "省局质量发展处"
	formSheet = "数据"
)

// filingDesk is a world whose workbooks are made, filled in and filed.
type filingDesk struct {
	*worldRun
	folder string // of the files that people send
}

func startFilingDesk(t *testing.T) *filingDesk {
	t.Helper()
	w := startWorld(t)
	w.app.serveLine(w.line)
	return &filingDesk{w, t.TempDir()}
}

// request is what a unit is asked for, of the periods that end within 2024.
func (d *filingDesk) request(unit string) filing.Request {
	d.t.Helper()
	q, err := d.app.missingQuestion(nil, "2024", "")
	if err != nil {
		d.t.Fatal(err)
	}
	request, err := d.app.workbookRequest(d.t.Context(), unit, q)
	if err != nil {
		d.t.Fatal(err)
	}
	return request
}

// form makes the workbook of formUnit.
func (d *filingDesk) form() []byte {
	d.t.Helper()
	book, err := filing.Make(d.t.Context(), d.request(formUnit))
	if err != nil {
		d.t.Fatal(err)
	}
	return book.Body
}

// fill puts values into a workbook, by the codes of column and row, and saves it.
func (d *filingDesk) fill(name string, body []byte, values map[[2]string]any) string {
	d.t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(formSheet)
	if err != nil {
		d.t.Fatal(err)
	}
	for at, value := range values {
		row := slices.IndexFunc(rows, func(r []string) bool { return len(r) > 0 && r[0] == at[1] })
		col := slices.IndexFunc(rows[2], func(code string) bool { return strings.HasPrefix(code, at[0]) })
		if row < 0 || col < 0 {
			d.t.Fatalf("the form has no cell %v", at)
		}
		place, _ := excelize.CoordinatesToCellName(col+1, row+1)
		if err := f.SetCellValue(formSheet, place, value); err != nil {
			d.t.Fatal(err)
		}
	}
	file := filepath.Join(d.folder, name)
	if err := f.SaveAs(file); err != nil {
		d.t.Fatal(err)
	}
	return file
}

// file files a file and returns what was printed.
func (d *filingDesk) file(source, name string) (string, error) {
	d.t.Helper()
	d.out.Reset()
	err := d.cli.fileUpload(context.WithoutCancel(d.t.Context()), d.app, source, name, "测试", "")
	return d.out.String(), err
}

func TestAFilledWorkbookIsInTheWarehouseWithATraceToItsCell(t *testing.T) {
	d := startFilingDesk(t)
	d.collect()
	before := d.request(formUnit)
	name := d.fill("填报.xlsx", d.form(), map[[2]string]any{
		{"value|quality_chain_projects", "140121|A|2024"}:         4,
		{"value|manufactured_product_pass_rate", "140121|A|2024"}: "９６．５",
		{"state|quality_chain_projects", "140728|A|2024"}:         "不适用",
		{"value|quality_innovation_consortia", "140121|A|2024"}:   "不清楚",
	})
	out, err := d.file(filing.Workbooks, name)
	if pipeline.ExitCode(err) != pipeline.ExitPartly {
		t.Fatalf("filing ended with %v\n%s", err, out)
	}
	for _, want := range []string{"不清楚", "接收 3 格，退回 1 格", "marked copy"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if _, err := os.Stat(filepath.Join(d.folder, "填报.已标注.xlsx")); err != nil {
		t.Error(err)
	}
	rows := d.everything(`SELECT id, toString(indicator), toString(region), toString(supplier), ifNull(toString(value), 'NULL'), raw_text, locator
		FROM latest_by_source WHERE source = 'provincial-workbook' ORDER BY indicator, region`)
	want := [][]string{
		{"manufactured_product_pass_rate", "140121", "province", "96.5", "９６．５"},
		{"quality_chain_projects", "140121", "province", "4", "4"},
		{"quality_chain_projects", "140728", "province", "NULL", "不适用"},
	}
	if len(rows) != len(want) {
		t.Fatalf("%d rows in the warehouse: %v", len(rows), rows)
	}
	for i, row := range rows {
		if !slices.Equal(row[1:6], want[i]) {
			t.Errorf("row %d is %v, want %v", i, row[1:6], want[i])
		}
		d.out.Reset()
		if err := d.cli.trace(t.Context(), d.app, row[0]); err != nil {
			t.Errorf("tracing %v: %v", row, err)
		}
		if !strings.Contains(d.out.String(), row[6]) || !strings.Contains(row[6], "xl/worksheets/sheet2.xml#") {
			t.Errorf("the trace of %v does not lead to its cell:\n%s", row, d.out)
		}
	}
	if refused := d.everything("SELECT label, detail FROM refusal FINAL WHERE source = 'provincial-workbook'"); len(refused) != 1 {
		t.Errorf("refusals: %v", refused)
	}
	if after := d.request(formUnit); len(after.Asked) != len(before.Asked)-3 {
		t.Errorf("%d cells are asked for after 3 of %d were answered", len(after.Asked), len(before.Asked))
	}
}

func TestFilingTwiceIsFilingOnceAndACorrectionWins(t *testing.T) {
	d := startFilingDesk(t)
	cell := [2]string{"value|quality_chain_projects", "140121|A|2024"}
	body := d.form()
	first := d.fill("a.xlsx", body, map[[2]string]any{cell: 4})
	corrected := d.fill("b.xlsx", body, map[[2]string]any{cell: 5})
	count := func() string {
		return fmt.Sprint(d.everything("SELECT toString(count()) FROM observation FINAL WHERE source = 'provincial-workbook'"))
	}
	latest := func() string {
		return fmt.Sprint(d.everything("SELECT toString(assumeNotNull(value)) FROM resolved WHERE indicator = 'quality_chain_projects' AND region = '140121'"))
	}
	for i, step := range []struct{ name, rows, value string }{
		{first, "[[1]]", "[[4]]"}, {first, "[[1]]", "[[4]]"}, {corrected, "[[2]]", "[[5]]"}, {first, "[[2]]", "[[5]]"},
	} {
		out, err := d.file(filing.Workbooks, step.name)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if count() != step.rows || latest() != step.value {
			t.Errorf("after step %d: %s rows and the value %s, want %s and %s", i, count(), latest(), step.rows, step.value)
		}
		if again := i == 1 || i == 3; again != strings.Contains(out, "以前报送过") {
			t.Errorf("step %d says\n%s", i, out)
		}
	}
}

// everything runs a query whose columns are all strings, as who sees all rows.
func (d *filingDesk) everything(query string) [][]string {
	d.t.Helper()
	w, err := d.app.warehouse(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	rows, err := w.Conn().Query(d.t.Context(), query)
	if err != nil {
		d.t.Fatal(err)
	}
	defer rows.Close()
	var all [][]string
	for rows.Next() {
		cells := make([]string, len(rows.Columns()))
		into := make([]any, len(cells))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			d.t.Fatal(err)
		}
		all = append(all, cells)
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	return all
}
