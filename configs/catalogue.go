package configs

import (
	"encoding/csv"
	"errors"
	"io"
	"math/big"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

var indicatorColumns = []string{"id", "task", "name_zh", "name_en", "unit", "series", "growth_of", "price_basis", "aggregation",
	"supplier", "coordinating_unit", "public_channel", "county_year_low", "county_year_high", "formula", "attested", "evidence", "note"}

// Words that columns of the catalogue may hold.
var (
	tasks         = []string{"economy", "enterprises", "brands", "infrastructure", "assistance", "green_safety", "co_governance"}
	suppliers     = []string{"public", "province", "county", "report", "derived", "none"}
	aggregations  = []string{"sum", "none"}
	priceBases    = []string{"", "current", "constant", "index"}
	frequencies   = []string{"A", "Q", "M", "D"}
	bases         = []string{"period", "ytd", "end"}
	provincialTag = "province"
)

// table is a CSV file with the place of each row.
type table struct {
	file     string
	header   map[string]int
	rows     [][]string
	places   []position
	problems *Problems
}

// readTable reads a CSV file that has exactly the given columns, in any order.
func readTable(file string, data []byte, columns []string, problems *Problems) *table {
	t := &table{file: file, header: map[string]int{}, problems: problems}
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff")))
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			problems.add(file, position{parse.Line, parse.Column}, "mend the row there", "%v", parse.Err)
			return t
		}
		line, column := reader.FieldPos(0)
		t.rows, t.places = append(t.rows, record), append(t.places, position{line, column})
	}
	if len(t.rows) == 0 {
		problems.add(file, position{1, 1}, "write the header line: "+strings.Join(columns, ","), "the file is empty")
		return t
	}
	for i, name := range t.rows[0] {
		if !slices.Contains(columns, name) {
			problems.add(file, t.places[0], orNearest(name, columns, "known columns: "+strings.Join(columns, ", ")), "unknown column %q", name)
		}
		t.header[name] = i
	}
	for _, name := range columns {
		if _, ok := t.header[name]; !ok {
			problems.add(file, t.places[0], "add it to the header line", "the column %s is missing", name)
		}
	}
	t.rows, t.places = t.rows[1:], t.places[1:]
	return t
}

func (t *table) get(row int, column string) string {
	i, ok := t.header[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(t.rows[row][i])
}

func (t *table) problem(row int, mend, what string, args ...any) {
	t.problems.add(t.file, t.places[row], mend, what, args...)
}

// oneOf reports a cell that holds none of the words.
func (t *table) oneOf(row int, column string, words []string) {
	if value := t.get(row, column); !slices.Contains(words, value) {
		t.problem(row, "write one of "+strings.Join(words, ", "), "%s %q is unknown", column, value)
	}
}

// readIndicators reads the catalogue; units and growth_of are checked by the
// caller, who knows all.
func readIndicators(t *table) []pipeline.Indicator {
	var indicators []pipeline.Indicator
	seen := map[string]bool{}
	for row := range t.rows {
		code := t.get(row, "id")
		if code == "" || seen[code] {
			t.problem(row, "give each indicator a code of its own", "the code %q is empty or there twice", code)
			continue
		}
		seen[code] = true
		t.oneOf(row, "task", tasks)
		t.oneOf(row, "supplier", suppliers)
		t.oneOf(row, "aggregation", aggregations)
		t.oneOf(row, "price_basis", priceBases)
		if t.get(row, "supplier") == provincialTag && t.get(row, "coordinating_unit") == "" {
			t.problem(row, "name the provincial unit whose workbook it is in", "%s is supplied by the province but has no coordinating_unit", code)
		}
		indicators = append(indicators, pipeline.Indicator{
			Code:             code,
			Task:             t.get(row, "task"),
			NameZH:           t.get(row, "name_zh"),
			NameEN:           t.get(row, "name_en"),
			Unit:             t.get(row, "unit"),
			Series:           t.series(row),
			GrowthOf:         t.get(row, "growth_of"),
			PriceBasis:       t.get(row, "price_basis"),
			Aggregation:      t.get(row, "aggregation"),
			Supplier:         t.get(row, "supplier"),
			CoordinatingUnit: t.get(row, "coordinating_unit"),
			Low:              t.bound(row, "county_year_low"),
			High:             t.bound(row, "county_year_high"),
			Formula:          t.get(row, "formula"),
		})
	}
	return indicators
}

// series reads A:period Q:ytd.
func (t *table) series(row int) []pipeline.Series {
	var list []pipeline.Series
	for _, text := range strings.Fields(t.get(row, "series")) {
		freq, basis, _ := strings.Cut(text, ":")
		if !slices.Contains(frequencies, freq) || !slices.Contains(bases, basis) {
			t.problem(row, "write frequency:basis of A Q M D and period ytd end, such as M:ytd", "the series %q is unknown", text)
			continue
		}
		list = append(list, pipeline.Series{Freq: pipeline.Freq(freq), Basis: pipeline.Basis(basis)})
	}
	if len(list) == 0 {
		t.problem(row, "list the frequencies and bases that it is printed for", "the series are empty")
	}
	return list
}

func (t *table) bound(row int, column string) string {
	text := t.get(row, column)
	if _, ok := new(big.Rat).SetString(text); text != "" && !ok {
		t.problem(row, "write a plain decimal, or nothing", "%s %q is no number", column, text)
	}
	return text
}
