package warehouse_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"zhibiao/pipeline"
	"zhibiao/warehouse/warehousetest"
)

const latestValues = "SELECT concat(source, ' ', region, ' ', op, ' ', ifNull(toString(value), 'NULL'), ' ', arrayStringConcat(flags, ','), ' ', status) FROM latest_by_source ORDER BY region, source"

func TestLatest(t *testing.T) {
	page, yearbook := lineage("page"), lineage("yearbook")
	first := warehousetest.GDP(warehousetest.Origin(page, "A", 0), "140727", "58.12")
	revised := warehousetest.GDP(warehousetest.Origin(page, "B", 1), "140727", "60.3")
	final := warehousetest.GDP(warehousetest.Origin(yearbook, "Y", 0), "140727", "59.9")
	final.Status = pipeline.Final
	unpublished := warehousetest.GDP(warehousetest.Origin(yearbook, "U", 5), "140727", "57.7")
	published := warehousetest.GDP(warehousetest.Origin(page, "P", 0), "140727", "58.5")
	published.Origin.PublishedAt = pipeline.DayStamp(pipeline.DateOf(2025, 2, 20))
	missing := warehousetest.GDP(warehousetest.Origin(page, "M", 2), "140727", "")
	missing.Flags = []pipeline.Flag{pipeline.FlagNotAvailable}
	lower := warehousetest.GDP(warehousetest.Origin(page, "A", 0), "140727", "58.13")
	lower.ByteStart, lower.ByteEnd = 5000, 5005
	reread := warehousetest.GDP(warehousetest.Origin(page, "A", 0), "140727", "581.2")
	reread.Origin.DerivationNo, reread.Origin.Derivation = 2, pipeline.ContentID("derivation", "2")
	reread.ByteStart, reread.ByteEnd = 900, 905
	twinA, twinB := warehousetest.GDP(warehousetest.Origin(page, "T1", 0), "140727", "1"), warehousetest.GDP(warehousetest.Origin(yearbook, "T2", 0), "140727", "2")
	twinC, twinD := warehousetest.GDP(warehousetest.Origin(page, "T2", 0), "140727", "3"), warehousetest.GDP(warehousetest.Origin(yearbook, "T1", 0), "140727", "4")
	otherSource := warehousetest.GDP(warehousetest.Origin(lineage("other"), "O", 0), "140727", "58.2")
	otherSource.Origin.Source = "province-yearbook"

	cases := []struct {
		name string
		rows []pipeline.Observation
		want []string
	}{
		{"the document fetched last speaks for its lineage", []pipeline.Observation{first, revised}, []string{"county-bulletins assert 60.3  first"}},
		{"of one document the last place speaks", []pipeline.Observation{first, lower}, []string{"county-bulletins assert 58.13  first"}},
		{"a later derivation speaks for the same document", []pipeline.Observation{first, reread}, []string{"county-bulletins assert 581.2  first"}},
		{"a final figure fetched earlier beats a first one", []pipeline.Observation{revised, final}, []string{"county-bulletins assert 59.9  final"}},
		{"a known publication beats an unknown one", []pipeline.Observation{unpublished, published}, []string{"county-bulletins assert 58.5  first"}},
		{"of two lineages that are equal in all else the greater document speaks", []pipeline.Observation{twinA, twinB}, []string{"county-bulletins assert " + ofGreaterDocument(twinA, twinB) + "  first"}},
		{"of two lineages the greater document speaks, whichever its lineage", []pipeline.Observation{twinC, twinD}, []string{"county-bulletins assert " + ofGreaterDocument(twinC, twinD) + "  first"}},
		{"a number that became NULL is NULL, not the one before", []pipeline.Observation{first, missing}, []string{"county-bulletins assert NULL not_available first"}},
		{"a retracted number does not come back", []pipeline.Observation{first, revised, warehousetest.Retract(warehousetest.Origin(page, "C", 2), revised)}, nil},
		{"a retraction lets another lineage speak", []pipeline.Observation{first, warehousetest.Retract(warehousetest.Origin(page, "C", 2), first), final}, []string{"county-bulletins assert 59.9  final"}},
		{"a retracted number may be printed again", []pipeline.Observation{first, warehousetest.Retract(warehousetest.Origin(page, "C", 2), first), warehousetest.GDP(warehousetest.Origin(page, "D", 3), "140727", "61")}, []string{"county-bulletins assert 61  first"}},
		{"a withdrawn number stays visible with its flag", []pipeline.Observation{first, warehousetest.Withdraw(warehousetest.Origin(page, "C", 2), first)}, []string{"county-bulletins withdraw 58.12 withdrawn first"}},
		{"sources stand side by side", []pipeline.Observation{otherSource, first}, []string{"county-bulletins assert 58.12  first", "province-yearbook assert 58.2  first"}},
	}
	w := warehousetest.Open(t)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for j, order := range [][]pipeline.Observation{c.rows, reversed(c.rows)} {
				region := fmt.Sprint(140100 + 2*i + j) // of its own, so that one warehouse does for all
				for k := range order {
					order[k].Region = region
					load(t, w, order[k])
				}
				load(t, w, order...) // redelivered
				got := texts(t, w, "SELECT concat(source, ' ', op, ' ', ifNull(toString(value), 'NULL'), ' ', arrayStringConcat(flags, ','), ' ', status) FROM latest_by_source WHERE region = '"+region+"' ORDER BY source")
				if !slices.Equal(got, c.want) {
					t.Errorf("got  %v\nwant %v", got, c.want)
				}
			}
		})
	}
}

// ofGreaterDocument returns the value whose document's hash is greater.
func ofGreaterDocument(a, b pipeline.Observation) string {
	if a.Origin.Document > b.Origin.Document {
		return a.Value
	}
	return b.Value
}

func reversed(rows []pipeline.Observation) []pipeline.Observation {
	out := slices.Clone(rows)
	slices.Reverse(out)
	return out
}

func TestTheOrderOfInsertionAndDuplicatesChangeNothing(t *testing.T) {
	const seed = 20250301
	random := rand.New(rand.NewPCG(seed, 0))
	var rows []pipeline.Observation
	for n := range 60 {
		o := warehousetest.GDP(warehousetest.Origin(lineage(fmt.Sprint("page", random.IntN(3))), fmt.Sprint("body", n), random.IntN(6)), fmt.Sprint(140727+random.IntN(3)), fmt.Sprint(random.IntN(100)+1))
		o.Status = []pipeline.Status{pipeline.First, pipeline.Final}[random.IntN(2)]
		switch random.IntN(4) {
		case 0:
			o = warehousetest.Retract(o.Origin, o)
		case 1:
			o = warehousetest.Withdraw(o.Origin, o)
		}
		rows = append(rows, o)
	}
	queries := []string{latestValues,
		"SELECT id FROM latest_by_source ORDER BY region, source",
		"SELECT concat(id, ' ', toString(vintage), ' ', ifNull(toString(previous_value), '')) FROM revisions ORDER BY id"}
	var want [][]string
	for permutation := range 4 {
		w := warehousetest.Open(t)
		shuffled := slices.Clone(rows)
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for part := range slices.Chunk(shuffled, 1+random.IntN(20)) {
			load(t, w, part...)
			if random.IntN(2) == 0 {
				load(t, w, part...)
			}
		}
		for i, q := range queries {
			got := texts(t, w, q)
			if permutation == 0 {
				want = append(want, got)
			} else if !slices.Equal(got, want[i]) {
				t.Fatalf("seed %d, permutation %d of query %d:\n got %v\nwant %v", seed, permutation, i, got, want[i])
			}
		}
	}
	if len(want[0]) == 0 || len(want[2]) != len(rows) {
		t.Fatalf("the test is empty: %d latest and %d vintages of %d rows", len(want[0]), len(want[2]), len(rows))
	}
}

func TestRevisionsNumberTheVintagesOfANumberAlsoWhereItReturns(t *testing.T) {
	w := warehousetest.Open(t)
	page := lineage("page")
	load(t, w,
		warehousetest.GDP(warehousetest.Origin(page, "A", 0), "140727", "58.12"),
		warehousetest.GDP(warehousetest.Origin(page, "B", 1), "140727", "60.3"),
		warehousetest.GDP(warehousetest.Origin(page, "A", 2), "140727", "58.12"),
		warehousetest.GDP(warehousetest.Origin(page, "A", 0), "140728", "70"))
	got := texts(t, w, "SELECT concat(region, ' ', toString(vintage), ' ', toString(value), ' after ', ifNull(toString(previous_value), 'nothing')) FROM revisions ORDER BY region, vintage")
	want := []string{"140727 1 58.12 after nothing", "140727 2 60.3 after 58.12", "140727 3 58.12 after 60.3", "140728 1 70 after nothing"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if got := texts(t, w, latestValues)[0]; !strings.Contains(got, "58.12") {
		t.Errorf("latest is %s, want the value that returned", got)
	}
}

func TestCumulativeMonthsThatAreWithdrawnTogetherStayApart(t *testing.T) {
	w := warehousetest.Open(t)
	page := lineage("page")
	var rows []pipeline.Observation
	for month := 8; month <= 9; month++ {
		o := warehousetest.GDP(warehousetest.Origin(page, "A", 0), "140727", fmt.Sprint(month))
		o.Period = pipeline.MonthPeriod(2024, month, pipeline.YearToDate)
		o.ByteStart, o.ByteEnd = uint32(month), uint32(month)+1
		rows = append(rows, o, warehousetest.Withdraw(warehousetest.Origin(page, "B", 1), o))
	}
	load(t, w, rows...)
	if err := w.Conn().Exec(t.Context(), "OPTIMIZE TABLE observation FINAL"); err != nil {
		t.Fatal(err)
	}
	got := texts(t, w, "SELECT concat(toString(period_end), ' ', op, ' ', toString(value)) FROM latest_by_source ORDER BY period_end")
	want := []string{"2024-08-31 withdraw 8", "2024-09-30 withdraw 9"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
