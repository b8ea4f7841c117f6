package supplement

import (
	"slices"
	"testing"

	"zhibiao/pipeline"
)

func TestASheetAsksOnlyWhatOnlyTheCountyCanSupply(t *testing.T) {
	o := newOffice(t)
	// A list of gaps that is wrong in every way: the sheet must not believe it.
	o.numbers.gaps = append(o.numbers.gaps,
		Gap{Cell: gdpOf(2025), Move: "county"},                                                        // public in the catalogue
		Gap{Cell: brandsOf(2024), Move: "county"},                                                     // twice
		Gap{Cell: officersOf(2024), Move: "nobody"},                                                   // waived: on the platform
		Gap{Cell: officersOf(2023), Move: "county"},                                                   // known, see below
		Gap{Cell: Cell{"unknown", qingxu, pipeline.YearPeriod(2025, pipeline.End)}, Move: "county"},   // not in the catalogue
		Gap{Cell: Cell{brands.Code, yangqu, pipeline.YearPeriod(2025, pipeline.End)}, Move: "county"}) // another county
	o.numbers.known = append(o.numbers.known, Known{Cell: officersOf(2023), Value: "3", Unit: "家", Supplier: pipeline.County, Source: "national-platform"})
	sheet, err := o.Sheet(t.Context(), clerk, qingxu, o.Today())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{officersOf(2025).String(), brandsOf(2024).String(), brandsOf(2025).String()}
	if got := asks(sheet); !slices.Equal(got, want) {
		t.Errorf("it asks %v, want %v", got, want)
	}
	if sheet.Nothing() || len(sheet.Known) != 2 {
		t.Errorf("it knows %d values", len(sheet.Known))
	}
	if sheet.Tasks[0].Name.ZH != "质量强企" || sheet.Tasks[1].Name.ZH != "质量品牌" {
		t.Errorf("tasks are %+v", sheet.Tasks)
	}
	ask := sheet.Tasks[1].Asks[0]
	if ask.Low != "0" || ask.High != "20" || ask.Unit != "个" || ask.Period.ZH != "2024年末" || !ask.Whole {
		t.Errorf("it asks %+v", ask)
	}
}

func TestNothingMissingSaysNothingToFill(t *testing.T) {
	o := newOffice(t)
	o.numbers.gaps = nil
	sheet, err := o.Sheet(t.Context(), clerk, qingxu, o.Today())
	if err != nil || !sheet.Nothing() {
		t.Errorf("got %+v, %v; want nothing to fill", sheet, err)
	}
}

func TestNothingIsAskedTwice(t *testing.T) {
	answers := map[string]Answer{
		"a number":       {Typed: "3"},
		"zero":           {Typed: "0", Zero: true},
		"not applicable": {Kind: NotApplicable, Reason: "辖区内没有"},
		"not available":  {Kind: NotAvailable, Reason: "尚未统计"},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			cell := brandsOf(2024)
			o.submit(map[Cell]Answer{cell: answer})
			for _, step := range []func(){
				func() {}, // it waits
				func() { o.decide(shanxi, o.on(cell, ActReturn, "请核对")) },
				func() { o.submit(map[Cell]Answer{cell: {Typed: "4"}}); o.decide(shanxi, o.on(cell, ActAccept, "")) },
				func() { o.collected() },
			} {
				step()
				sheet, err := o.Sheet(t.Context(), clerk, qingxu, o.Today())
				if err != nil {
					t.Fatal(err)
				}
				if slices.Contains(asks(sheet), cell.String()) {
					t.Errorf("it is asked again while it is %s", o.entered(cell).State)
				}
			}
		})
	}
}

func TestTheLastAnswerIsCarriedOver(t *testing.T) {
	o := newOffice(t)
	if _, err := o.Sheet(t.Context(), clerk, qingxu, o.Today()); err != nil {
		t.Fatal(err)
	}
	o.submit(map[Cell]Answer{brandsOf(2024): {Typed: "3"}})
	sheet, err := o.Sheet(t.Context(), clerk, qingxu, o.Today())
	if err != nil {
		t.Fatal(err)
	}
	last := sheet.Tasks[1].Asks[0].Last
	if last == nil || last.Value != "3" || last.Period.ZH != "2024年末" {
		t.Fatalf("the last answer is %+v", last)
	}
	receipt := o.submit(map[Cell]Answer{brandsOf(2025): {Same: true}})
	if len(receipt.Submitted) != 1 || receipt.Submitted[0].Value != "3" || !receipt.Submitted[0].Same {
		t.Fatalf("got %+v", receipt)
	}
	burden, err := o.Burden(t.Context())
	want := Burden{Counties: 1, Asked: 3, Answered: 2, Agreed: 1, Known: 1}
	if err != nil || burden != want {
		t.Errorf("the burden is %+v (%v), want %+v", burden, err, want)
	}
}

func TestTheBurdenCountsEachCellOnceAndFindsWhatNeedNotHaveBeenAsked(t *testing.T) {
	o := newOffice(t)
	for range 3 {
		if _, err := o.Sheet(t.Context(), clerk, qingxu, o.Today()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.Sheet(t.Context(), shanxi, qingxu, o.Today()); err != nil { // a reviewer asks nobody
		t.Fatal(err)
	}
	writes := o.entries.serial
	if _, err := o.Sheet(t.Context(), clerk, qingxu, o.Today()); err != nil || o.entries.serial != writes {
		t.Errorf("looking again wrote %d times (%v)", o.entries.serial-writes, err)
	}
	burden, err := o.Burden(t.Context())
	if want := (Burden{Counties: 1, Asked: 3, Known: 1}); err != nil || burden != want {
		t.Errorf("the burden is %+v (%v), want %+v", burden, err, want)
	}
	o.numbers.held = []Cell{brandsOf(2024), gdpOf(2020)}
	if burden, err = o.Burden(t.Context()); err != nil || burden.Held != 1 {
		t.Errorf("%d cells need not have been asked (%v), want 1", burden.Held, err)
	}
}

func TestOnlyTheCountyAndItsReviewersSeeASheet(t *testing.T) {
	o := newOffice(t)
	for _, by := range []Actor{
		{Role: County, Region: yangqu}, {Role: City, Region: "140200"}, {Role: Province, Region: "110000"}, {Role: County, Region: "140100"},
		{Role: City, Region: qingxu}, {Role: "analyst", Region: qingxu}, {},
	} {
		_, err := o.Sheet(t.Context(), by, qingxu, o.Today())
		wants(t, err, Forbidden)
	}
	for _, by := range []Actor{clerk, taiyuan, shanxi} {
		if _, err := o.Sheet(t.Context(), by, qingxu, o.Today()); err != nil {
			t.Errorf("%s: %v", by.Role, err)
		}
	}
}

func TestCellsAreNamedAndReadBack(t *testing.T) {
	for _, cell := range []Cell{brandsOf(2024), gdpOf(2020), {"complaints", qingxu, pipeline.MonthPeriod(2025, 8, pipeline.YearToDate)},
		{"registered_trademarks", qingxu, pipeline.QuarterPeriod(2025, 2, pipeline.End)}, {"local:140121:own_1", qingxu, pipeline.YearPeriod(2025, pipeline.Flow)}} {
		if back, err := ParseCell(cell.String()); err != nil || back != cell {
			t.Errorf("%s came back as %v (%v)", cell, back, err)
		}
	}
	for _, text := range []string{"", "gdp", "gdp~1401~A~period~2024", "gdp~140121~A~period~2024-13", "~140121~A~end~2024", "gdp~140121~A~end~2024~x"} {
		_, err := ParseCell(text)
		wants(t, err, NotThere)
	}
}
