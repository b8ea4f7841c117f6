package clickhouse

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	client "github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

// sample is a row with one field of each kind.
type sample struct {
	text   string
	number string
	day    pipeline.Date
	at     pipeline.Stamp
	small  uint8
	flags  []pipeline.Flag
}

var samples = []column[sample]{
	coded("text", func(s *sample) string { return s.text }),
	number("number", func(s *sample) string { return s.number }),
	fixed("day", kindDay, func(out []byte, s *sample) []byte { return appendDay(out, s.day) }),
	optional("at", kindMaybe, func(out []byte, s *sample) ([]byte, bool) { return appendTime(out, s.at.At), s.at.Known() }),
	fixed("small", "UInt8", func(out []byte, s *sample) []byte { return append(out, s.small) }),
	codedFlags("flags", func(s *sample) []pipeline.Flag { return s.flags }),
}

// words are what the client's columns give back for a sample.
func (s *sample) words() string {
	number, at := "<nil>", "<nil>"
	if s.number != "" {
		number = decimal.RequireFromString(s.number).StringFixed(places)
	}
	if s.at.Known() {
		at = s.at.At.UTC().String()
	}
	flags := make([]string, len(s.flags))
	for i, flag := range s.flags {
		flags[i] = string(flag)
	}
	return fmt.Sprint([]any{s.text, number, s.day.Time().String(), at, s.small, flags})
}

var anySample = rapid.Custom(func(t *rapid.T) *sample {
	s := &sample{
		text: rapid.OneOf(rapid.SampledFrom([]string{"", "a", "太谷区"}), rapid.String()).Draw(t, "text"), number: anyDecimal.Draw(t, "number"),
		day: pipeline.Date(rapid.Int32Range(int32(firstDay), int32(lastDay)).Draw(t, "day")), small: rapid.Uint8().Draw(t, "small"),
	}
	if rapid.Bool().Draw(t, "known") {
		// The client reads no time after 2262 back.
		s.at = pipeline.Stamp{At: time.UnixMilli(rapid.Int64Range(-1e12, 9e12).Draw(t, "at")).UTC(), Precision: pipeline.PrecisionDay}
	}
	s.flags = rapid.SliceOfN(rapid.SampledFrom(knownFlags), 0, 3).Draw(t, "flags")
	return s
})

// anyDecimal makes what pipeline.CheckDecimal lets pass, up to its bounds.
var anyDecimal = rapid.Custom(func(t *rapid.T) string {
	text := rapid.SampledFrom([]string{"", "-"}).Draw(t, "sign") + rapid.StringMatching(`(0|[1-9][0-9]{0,27})(\.[0-9]{0,9}[1-9])?`).Draw(t, "digits")
	if pipeline.CheckDecimal(text) != nil {
		return "" // minus zero
	}
	return text
})

func TestColumnsOfTheClientReadWhatWeWrite(t *testing.T) {
	kept := make([]any, len(samples)) // of the insert before, as a loader has it
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(anySample, 1, 40).Draw(t, "rows")
		order := rapid.Permutation(asTheyAre(len(rows))).Draw(t, "order")
		got := make([][]any, len(rows))
		for i, c := range samples {
			kept[i] = c.values(rows, order, kept[i])
			column, err := client.Type(c.kind).Column(c.name, &client.ServerContext{})
			if err != nil {
				t.Fatal(err)
			}
			if err := kept[i].(*native).appendTo(column, c.kind); err != nil {
				t.Fatal(c.name, err)
			}
			if column.Rows() != len(rows) {
				t.Fatalf("column %s has %d rows, want %d", c.name, column.Rows(), len(rows))
			}
			for row := range got {
				got[row] = append(got[row], told(column.Row(row, false)))
			}
		}
		for row, at := range order {
			if got, want := fmt.Sprint(got[row]), rows[at].words(); got != want {
				t.Fatalf("row %d is %s, want %s", row, got, want)
			}
		}
	})
}

func told(value any) any {
	switch value := value.(type) {
	case *decimal.Decimal:
		return value.StringFixed(places)
	case *time.Time:
		return value.UTC().String()
	case time.Time:
		return value.String()
	}
	return value
}

func TestManyWordsNeedWiderCodes(t *testing.T) {
	for _, words := range []int{255, 256, 65535, 65536} { // beside the empty one
		rows := make([]*sample, words)
		for i := range rows {
			rows[i] = &sample{text: fmt.Sprint("w", i)}
		}
		made := samples[0].values(rows, asTheyAre(words), nil).(*native)
		column, err := client.Type(kindCoded).Column("text", &client.ServerContext{})
		if err != nil {
			t.Fatal(err)
		}
		if err := made.appendTo(column, kindCoded); err != nil {
			t.Fatal(err)
		}
		if got, want := column.Row(words-1, false), rows[words-1].text; got != want {
			t.Errorf("of %d words the last is %v, want %s", words, got, want)
		}
	}
}

func TestAColumnOfAnotherTypeIsTheServersSetUp(t *testing.T) {
	made := samples[0].values([]*sample{{text: "a"}}, asTheyAre(1), nil).(*native)
	column, err := client.Type("String").Column("text", &client.ServerContext{})
	if err != nil {
		t.Fatal(err)
	}
	if err := made.appendTo(column, kindCoded); !pipeline.IsSetUp(err) || !strings.Contains(err.Error(), "of type String") {
		t.Errorf("got %v, want a fault of the set-up that names the type", err)
	}
}

func TestTheOrderIsThatOfTheTable(t *testing.T) {
	few := func(words ...string) *rapid.Generator[string] { return rapid.SampledFrom(words) }
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *observation {
			return &observation{
				Origin: &pipeline.Origin{Source: few("a", "b").Draw(t, "source"), Document: few("1", "2", "3").Draw(t, "document")},
				Region: few("140100", "140105", "141121", "14", "15").Draw(t, "region"), Indicator: few("gdp", "area").Draw(t, "indicator"),
				Period: pipeline.YearPeriod(rapid.IntRange(2020, 2022).Draw(t, "year"), pipeline.Flow), Dims: few("", "k=v").Draw(t, "dims"),
				ByteStart: rapid.Uint32Range(0, 3).Draw(t, "byte_start"),
			}
		}), 0, 50).Draw(t, "rows")
		order := arrange(rows)
		if missing := slices.Sorted(slices.Values(order)); !slices.Equal(missing, asTheyAre(len(rows))) {
			t.Fatalf("the order is %v", order)
		}
		if !slices.IsSortedFunc(order, func(a, b uint32) int { return compareByKey(rows[a], rows[b]) }) {
			t.Fatalf("the order %v is not that of the key", order)
		}
	})
}

// compareByKey compares as the table's ORDER BY says.
func compareByKey(a, b *observation) int {
	return cmp.Or(cmp.Compare(prefectureOf(a.Region), prefectureOf(b.Region)), cmp.Compare(a.Indicator, b.Indicator),
		cmp.Compare(a.Region, b.Region), cmp.Compare(a.Period.Freq, b.Period.Freq), cmp.Compare(a.Period.Basis, b.Period.Basis),
		cmp.Compare(a.Dims, b.Dims), cmp.Compare(a.Period.Start, b.Period.Start), cmp.Compare(a.Period.End, b.Period.End), compareVersions(a, b))
}
