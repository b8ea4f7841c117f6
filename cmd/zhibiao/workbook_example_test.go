package main

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhibiao/collectors/filing"
	"zhibiao/configs"
	"zhibiao/pipeline"
)

var updateWorkbook = flag.Bool("update-workbook", false, "make the example of provincial-workbook anew")

const shippedWorkbook = "../../configs/sources/provincial-workbook.example/quality-2024.xlsx"

// The example that is shipped is a form as it is made now, filled in.
func TestTheShippedWorkbookIsAFilledFormAsItIsMadeNow(t *testing.T) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	request := filing.Request{Unit: formUnit, On: pipeline.DateOf(2025, 8, 1), Indicators: set.Indicators(), Regions: set.Regions()}
	for _, region := range []string{"140121", "140728"} {
		for _, indicator := range set.Indicators() {
			if indicator.CoordinatingUnit == formUnit {
				request.Asked = append(request.Asked, filing.Cell{Indicator: indicator.Code, Region: region, Period: pipeline.YearPeriod(2024, indicator.Series[0].Basis)})
			}
		}
	}
	book, err := filing.Make(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if !*updateWorkbook {
		shipped, err := excelize.OpenFile(shippedWorkbook)
		if err != nil {
			t.Fatal(err)
		}
		defer shipped.Close()
		made, err := excelize.OpenReader(bytes.NewReader(book.Body))
		if err != nil {
			t.Fatal(err)
		}
		defer made.Close()
		got, _ := shipped.GetRows(formSheet)
		want, _ := made.GetRows(formSheet)
		for row := range want[:5] {
			for col, text := range want[row] {
				if got[row][col] != text {
					t.Errorf("row %d column %d of the example is %q, the form has %q: make it again with -update-workbook", row+1, col+1, got[row][col], text)
				}
			}
		}
		return
	}
	d := &filingDesk{&worldRun{t: t}, t.TempDir()}
	name := d.fill("a.xlsx", book.Body, map[[2]string]any{
		{"value|quality_chain_projects", "140121|A|2024"}:         4,
		{"value|quality_innovation_consortia", "140121|A|2024"}:   0,
		{"value|manufactured_product_pass_rate", "140121|A|2024"}: 96.5,
		{"value|consumer_goods_pass_rate", "140728|A|2024"}:       "９５．２",
		{"state|quality_chain_projects", "140728|A|2024"}:         "不适用",
		{"value|one_stop_service_stations", "140728|A|2024"}:      "约两个",
		{"value|public_service_satisfaction", "140121|A|2024"}:    45,
	})
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(shippedWorkbook, body, 0o644); err != nil {
		t.Fatal(err)
	}
}
