package transformers

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/xuri/excelize/v2"

	"zhibiao/pipeline"
)

// benchColumns are heads of the benchmark's tables, with their units.
var benchColumns = []string{"地区生产总值（万元）", "地区生产总值增速（%）", "一般公共预算收入（万元）", "社会消费品零售总额（万元）",
	"年末常住人口（人）", "城镇居民人均可支配收入（元）", "农村居民人均可支配收入（元）", "固定资产投资增速（%）"}

// longWorkbook makes a workbook of one long table: a row for each county that
// was not renamed, and year.
func longWorkbook(t testing.TB, years int) (body []byte, rows int) {
	t.Helper()
	file := excelize.NewFile()
	writer, err := file.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	head := []any{"行政区划代码", "县（市、区）", "年份"}
	for _, column := range benchColumns {
		head = append(head, column)
	}
	write(t, writer, 1, []any{"山西省各县主要指标"})
	write(t, writer, 2, head)
	for _, region := range testRules(t, pipeline.SourceRules{}).Regions {
		if region.Level != "county" || region.Province != "山西省" || region.From > 2023-years || region.To != 0 {
			continue
		}
		for year := 2024 - years; year < 2024; year++ {
			row := []any{region.Code, region.Name, year}
			for c := range benchColumns {
				row = append(row, float64((rows*7919+c*104729)%1_000_000)/10)
			}
			write(t, writer, rows+3, row)
			rows++
		}
	}
	if err := writer.Flush(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), rows
}

func write(t testing.TB, writer *excelize.StreamWriter, row int, cells []any) {
	t.Helper()
	if err := writer.SetRow(fmt.Sprintf("A%d", row), cells); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkXLSX compares reading a workbook through to observations with
// excelize's reading of its rows alone, in cells a second.
func BenchmarkXLSX(b *testing.B) {
	body, rows := longWorkbook(b, 20)
	cells := float64(rows * (len(benchColumns) + 3))
	b.Run("excelize rows", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			readRows(b, body)
		}
		b.ReportMetric(cells*float64(b.N)/b.Elapsed().Seconds(), "cells/s")
	})
	b.Run("observations", func(b *testing.B) {
		b.ReportAllocs()
		rules := testRules(b, pipeline.SourceRules{Kind: pipeline.KindFile, Region: "140000"})
		doc := testDocument(pipeline.RawDocument{URL: "http://a.gov.cn/x.xlsx", Body: body})
		for b.Loop() {
			r, err := shared.Read(doc, rules)
			if err != nil || len(r.Observations) != rows*len(benchColumns) {
				b.Fatalf("%d observations (%v), first refusals %+v", len(r.Observations), err, r.Refusals[:min(3, len(r.Refusals))])
			}
		}
		b.ReportMetric(cells*float64(b.N)/b.Elapsed().Seconds(), "cells/s")
	})
}

func readRows(b *testing.B, body []byte) {
	file, err := excelize.OpenReader(bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range file.GetSheetList() {
		rows, err := file.Rows(name)
		if err != nil {
			b.Fatal(err)
		}
		for rows.Next() {
			if _, err := rows.Columns(); err != nil {
				b.Fatal(err)
			}
		}
		if err := rows.Close(); err != nil {
			b.Fatal(err)
		}
	}
	file.Close()
}
