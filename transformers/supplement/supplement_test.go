package supplement_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/transformers"
	"zhibiao/transformers/supplement"
)

func rules() *pipeline.Rules {
	return &pipeline.Rules{
		ID:     "entries",
		Source: pipeline.SourceRules{Name: desk.Source, Kind: pipeline.KindEntries, Supplier: pipeline.County},
		Indicators: []pipeline.Indicator{
			{Code: "one_county_one_product_brands", NameZH: "一县一品特色品牌数", Unit: "个", Series: []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.End}}, Low: "0", High: "20"},
			{Code: "gdp", NameZH: "地区生产总值", Unit: "亿元", Series: []pipeline.Series{{Freq: pipeline.Annual, Basis: pipeline.Flow}, {Freq: pipeline.Quarterly, Basis: pipeline.YearToDate}}},
		},
		Units:   []pipeline.Unit{{Symbol: "个", Dimension: "count", Factor: "1"}, {Symbol: "家", Dimension: "count", Factor: "1"}, {Symbol: "亿元", Dimension: "money", Factor: "100000000"}},
		Regions: []pipeline.Region{{Code: "140121", Name: "清徐县", Level: "county", From: 1981}, {Code: "140726", Name: "太谷县", Level: "county", From: 1981, To: 2019}},
	}
}

func document(body string) pipeline.Document {
	raw := pipeline.RawDocument{Source: desk.Source, Supplier: pipeline.County, Access: pipeline.AccessRestricted, Method: "GET",
		URL: desk.DocumentURL("140121", "a"), MediaType: "application/json; charset=utf-8", FetchedAt: time.UnixMilli(1_772_000_000_000), Body: []byte(body)}
	return pipeline.NewDocument(raw, "", pipeline.Derivation{ID: "entries", No: 1})
}

func read(t testing.TB, body string) pipeline.Reading {
	t.Helper()
	doc := document(body)
	reading, err := transformers.New().Read(doc, rules())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range reading.Observations { // promise 8
		if got := string(doc.Body[o.ByteStart:o.ByteEnd]); got != o.RawText {
			t.Errorf("bytes %d to %d are %q, the printed text is %q", o.ByteStart, o.ByteEnd, got, o.RawText)
		}
	}
	return reading
}

const head = `{"schema":1,"kind":"county-supplement","region":"140121","acceptance":"a","accepted_at":"2026-03-02T02:00:00.000Z",`

func entries(list ...string) string { return head + `"entries":[` + strings.Join(list, ",") + `]}` }

const good = `{"indicator":"one_county_one_product_brands","region":"140121","freq":"A","basis":"end","period":"2024","value":"3","unit":"个"}`

func TestEntriesBecomeObservations(t *testing.T) {
	reading := read(t, head+`"indicators":[{"code":"local:140121:own_1","name_zh":"平遥牛肉","owner":"局","definition":"年末","unit":"家"}],"entries":[`+strings.Join([]string{
		good,
		`{"indicator":"one_county_one_product_brands","region":"140121","freq":"A","basis":"end","period":"2023","value":"未掌握","unit":"个","reason":"正在统计"}`,
		`{"indicator":"one_county_one_product_brands","region":"140121","freq":"A","basis":"end","period":"2022","value":"21","unit":"个","reason":"集群"}`,
		`{"indicator":"gdp","region":"140121","freq":"A","basis":"period","period":"2024","value":"321.50","unit":"亿元","disputes":"x"}`,
		`{"indicator":"gdp","region":"140121","freq":"A","basis":"period","period":"2023","value":"未掌握","unit":"亿元","disputes":"y"}`,
		`{"indicator":"one_county_one_product_brands","region":"140121","freq":"A","basis":"end","period":"2021","value":"不适用","unit":"个"}`,
		`{"indicator":"local:140121:own_1","region":"140121","freq":"A","basis":"end","period":"2024","value":"0","unit":"家","evidence":[{"sha256":"x","type":"image/jpeg","bytes":1}]}`,
	}, ",")+`]}`)
	var got []string
	for _, o := range reading.Observations {
		got = append(got, fmt.Sprintf("%s %s %s=%q ±%s %v %s", o.Indicator, o.Period.Label(), o.Locator, o.Value, o.HalfWidth, o.Flags, o.RawText))
		if o.Access != pipeline.AccessRestricted || o.Origin.Supplier != pipeline.County || o.Op != pipeline.Assert {
			t.Errorf("it is %+v", o)
		}
	}
	want := []string{
		`one_county_one_product_brands 2024 /entries/0/value="3" ±0.5 [] 3`,
		`one_county_one_product_brands 2023 /entries/1/value="" ± [not_available] 未掌握`,
		`one_county_one_product_brands 2022 /entries/2/value="21" ±0.5 [suspect] 21`,
		`gdp 2024 /entries/3/value="321.5" ±0.005 [disputed] 321.50`,
		`gdp 2023 /entries/4/value="" ± [disputed not_available] 未掌握`,
		`one_county_one_product_brands 2021 /entries/5/value="" ± [not_applicable] 不适用`,
		`local:140121:own_1 2024 /entries/6/value="0" ±0.5 [] 0`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !reading.Complete || len(reading.Refusals) != 0 {
		t.Errorf("refused were %+v", reading.Refusals)
	}
}

func TestWhatIsWrongWithAnEntryIsARefusal(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	tests := []struct {
		name, entry string
		reason      pipeline.Reason
	}{
		{"an unknown indicator", change("one_county_one_product_brands", "brand"), pipeline.UnknownIndicator},
		{"an own indicator that the document does not define", change("one_county_one_product_brands", "local:140121:own_1"), pipeline.UnknownIndicator},
		{"a series that the catalogue lacks", change(`"A"`, `"M"`), pipeline.UnknownPeriod},
		{"a basis that the catalogue lacks", change(`"end"`, `"period"`), pipeline.UnexpectedSeries},
		{"no such period", change(`"2024"`, `"2024-13"`), pipeline.UnknownPeriod},
		{"another unit", change(`"个"`, `"家"`), pipeline.IncompatibleUnit},
		{"an unknown region", change(`"140121"`, `"149999"`), pipeline.UnknownRegion},
		{"a code that was not in force any more", change(`"140121"`, `"140726"`), pipeline.UnknownRegion},
		{"words that are no number", change(`"3"`, `"三"`), pipeline.BadNumber},
		{"separators", change(`"3"`, `"1,000"`), pipeline.BadNumber},
		{"blank", change(`"3"`, `""`), pipeline.BadNumber},
		{"a point without digits", change(`"3"`, `"3."`), pipeline.BadNumber},
		{"a bare number", change(`"3"`, `3`), pipeline.UnexpectedField},
		{"null", change(`"3"`, `null`), pipeline.UnexpectedField},
		{"an unknown member", change(`"value"`, `"by":"somebody","value"`), pipeline.UnexpectedField},
		{"something else", `"entry"`, pipeline.UnexpectedField},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reading := read(t, entries(test.entry, strings.Replace(good, "2024", "2020", 1)))
			if len(reading.Refusals) != 1 || reading.Refusals[0].Reason != test.reason || len(reading.Observations) != 1 {
				t.Errorf("got %+v and %d observations, want %s and the other entry", reading.Refusals, len(reading.Observations), test.reason)
			}
		})
	}
}

func TestWhatIsWrongWithADocumentRefusesItWhole(t *testing.T) {
	tests := []struct {
		name, body string
		reason     pipeline.Reason
	}{
		{"cut short", entries(good)[:120], pipeline.Truncated},
		{"no JSON", "<html>", pipeline.UnexpectedKind},
		{"another kind", strings.Replace(entries(good), "county-supplement", "something", 1), pipeline.NotADocument},
		{"a later schema", strings.Replace(entries(good), `"schema":1`, `"schema":2`, 1), pipeline.UnexpectedField},
		{"an unknown member", strings.Replace(entries(good), `"region"`, `"by":"somebody","region"`, 1), pipeline.UnexpectedField},
		{"no list", head + `"entries":{}}`, pipeline.NotADocument},
		{"no entry", entries(), pipeline.NoObservationFound},
		{"another county's own indicator", head + `"indicators":[{"code":"local:140122:own_1","unit":"家"}],"entries":[` + good + `]}`, pipeline.UnknownIndicator},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reading := read(t, test.body)
			if reading.Complete || len(reading.Observations) != 0 || len(reading.Refusals) != 1 || test.reason != pipeline.UnexpectedKind && reading.Refusals[0].Reason != test.reason {
				t.Errorf("got %+v, complete: %v; want %s", reading.Refusals, reading.Complete, test.reason)
			}
		})
	}
}

// What is accepted is what is read: every entry, exactly.
func TestEveryAcceptanceIsReadAsItWasAccepted(t *testing.T) {
	reader := transformers.New()
	rapid.Check(t, func(t *rapid.T) {
		a := desk.Acceptance{ID: pipeline.ContentID(fmt.Sprint(rapid.Int().Draw(t, "id"))), Region: "140121",
			At:     time.UnixMilli(1_772_000_000_000 + rapid.Int64Range(0, 1e9).Draw(t, "at")).UTC(),
			Locals: []desk.Local{{Code: "local:140121:own_1", NameZH: text().Draw(t, "name"), Owner: "局", Definition: "年末<>&\"\\", Unit: "家"}}}
		for i := range rapid.IntRange(1, 8).Draw(t, "entries") {
			a.Entries = append(a.Entries, entry(t, 2000+i))
		}
		raw, err := a.Document()
		if err != nil {
			t.Fatal(err)
		}
		doc := pipeline.NewDocument(raw, "", pipeline.Derivation{ID: "entries", No: 1})
		reading, err := reader.Read(doc, rules())
		if err != nil || len(reading.Refusals) > 0 || len(reading.Observations) != len(a.Entries) || !reading.Complete {
			t.Fatalf("got %+v, %v of %s", reading, err, raw.Body)
		}
		for i, o := range reading.Observations {
			e := a.Entries[i]
			value := ""
			if e.Kind == desk.Value {
				value = desk.Canonical(e.Value)
			}
			if o.Indicator != e.Cell.Indicator || o.Period != e.Cell.Period || o.Value != value || o.Unit != e.Unit || o.Locator != fmt.Sprintf("/entries/%d/value", i) ||
				string(doc.Body[o.ByteStart:o.ByteEnd]) != o.RawText || !o.Origin.FetchedAt.Equal(a.At) {
				t.Fatalf("entry %+v became %+v", e, o)
			}
			if slices.Contains(o.Flags, pipeline.FlagDisputed) != (e.Disputes != "") {
				t.Fatalf("entry %+v became %+v", e, o)
			}
		}
	})
}

// text is what the desk lets through: it takes out letters that were lost.
func text() *rapid.Generator[string] {
	return rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r != '\uFFFD' }))
}

func entry(t *rapid.T, year int) desk.Accepted {
	e := desk.Accepted{Kind: rapid.SampledFrom([]desk.AnswerKind{desk.Value, desk.NotApplicable, desk.NotAvailable}).Draw(t, "kind"),
		Reason: text().Draw(t, "reason")}
	switch rapid.IntRange(0, 2).Draw(t, "what") {
	case 0:
		e.Cell, e.Unit = desk.Cell{Indicator: "one_county_one_product_brands", Region: "140121", Period: pipeline.YearPeriod(year, pipeline.End)}, "个"
	case 1:
		e.Cell, e.Unit = desk.Cell{Indicator: "gdp", Region: "140121", Period: pipeline.QuarterPeriod(year, 2, pipeline.YearToDate)}, "亿元"
		e.Disputes = pipeline.ContentID("x")
	case 2:
		e.Cell, e.Unit = desk.Cell{Indicator: "local:140121:own_1", Region: "140121", Period: pipeline.YearPeriod(year, pipeline.Flow)}, "家"
	}
	if e.Kind == desk.Value {
		e.Value = rapid.StringMatching(`-?(0|[1-9][0-9]{0,10})(\.[0-9]{1,10})?`).Filter(func(s string) bool { return strings.Trim(s, "-0.") != "" || s[0] != '-' }).Draw(t, "value")
	}
	return e
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(entries(good)))
	f.Add([]byte(head + `"indicators":[{}],"entries":[null]}`))
	f.Add([]byte(`{"kind":"county-supplement","schema":1,"entries":[{"value":""}]}`))
	form := supplement.Compile(rules())
	f.Fuzz(func(t *testing.T, body []byte) {
		doc := document(string(body))
		first, second := form.Document(&doc), form.Document(&doc)
		if fmt.Sprintf("%+v", first) != fmt.Sprintf("%+v", second) {
			t.Error("two readings differ")
		}
		for _, o := range first.Observations {
			if int(o.ByteEnd) > len(body) || o.ByteStart > o.ByteEnd || pipeline.CheckDecimal(o.Value) != nil {
				t.Errorf("it reads %+v", o)
			}
		}
		if len(first.Observations)+len(first.Refusals) == 0 {
			t.Error("nothing is said of the document")
		}
	})
}
