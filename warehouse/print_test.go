package warehouse_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

// printed runs a query on the engine and prints it.
func printed(t *testing.T, w *warehouse.Warehouse, sql, format string) string {
	t.Helper()
	rows, err := w.Ask(t.Context(), sql, nil)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var out bytes.Buffer
	if err := warehouse.Print(&out, rows, format); err != nil {
		t.Fatalf("%s as %s: %v", sql, format, err)
	}
	return out.String()
}

// In each case, want has the header and rows of tsv, and wantJSON the lines of ndjson.
var printedValues = []struct{ name, sql, want, wantJSON string }{
	{"NULL is an empty field and null",
		"SELECT CAST(NULL AS Nullable(String)) AS a, CAST(NULL AS LowCardinality(Nullable(String))) AS b, NULL AS c, '' AS d",
		"a\tb\tc\td\n\t\t\t\n", `{"a":null,"b":null,"c":null,"d":""}` + "\n"},
	{"decimals are exact and end at their last digit",
		"SELECT toDecimal128('12345678901234567890.0000000001', 10) AS a, toDecimal64('58.10', 2) AS b, toDecimal32('-0.005', 3) AS c, CAST(NULL AS Nullable(Decimal(38, 10))) AS d, [toDecimal64('1.5', 2)] AS e",
		"a\tb\tc\td\te\n12345678901234567890.0000000001\t58.1\t-0.005\t\t[1.5]\n",
		`{"a":"12345678901234567890.0000000001","b":"58.1","c":"-0.005","d":null,"e":["1.5"]}` + "\n"},
	{"integers are exact at any width",
		"SELECT toInt64('-9223372036854775808') AS a, toUInt64('18446744073709551615') AS b, toInt128('-170141183460469231731687303715884105728') AS c, [toUInt256('7')] AS d, CAST(NULL AS Nullable(Int128)) AS e",
		"a\tb\tc\td\te\n-9223372036854775808\t18446744073709551615\t-170141183460469231731687303715884105728\t[7]\t\n",
		`{"a":-9223372036854775808,"b":18446744073709551615,"c":"-170141183460469231731687303715884105728","d":["7"],"e":null}` + "\n"},
	{"dates before 1970 stay what they are",
		"SELECT toDate32('1949-10-01') AS a, CAST(toDate32('1949-10-01') AS Nullable(Date32)) AS b, toDate('1970-01-01') AS c, [toDate32('1949-10-01')] AS d",
		"a\tb\tc\td\n1949-10-01\t1949-10-01\t1970-01-01\t[1949-10-01]\n",
		`{"a":"1949-10-01","b":"1949-10-01","c":"1970-01-01","d":["1949-10-01"]}` + "\n"},
	{"times are in UTC with the digits of their column",
		"SELECT toDateTime64('2025-03-01 02:30:00.120', 3, 'UTC') AS a, toDateTime64('2025-03-01 02:30:00.123456', 6, 'Asia/Shanghai') AS b, toDateTime('2025-03-01 02:30:00', 'Asia/Shanghai') AS c, toDateTime64('1949-10-01 00:00:00', 0, 'UTC') AS d",
		"a\tb\tc\td\n2025-03-01 02:30:00.120\t2025-02-28 18:30:00.123456\t2025-02-28 18:30:00\t1949-10-01 00:00:00\n",
		`{"a":"2025-03-01 02:30:00.120","b":"2025-02-28 18:30:00.123456","c":"2025-02-28 18:30:00","d":"1949-10-01 00:00:00"}` + "\n"},
	{"arrays are lists, also those of small integers",
		"SELECT [1, 2] AS a, CAST([], 'Array(UInt8)') AS b, [['甲', '乙'], []] AS c, CAST([NULL, 'x'] AS Array(Nullable(String))) AS d",
		"a\tb\tc\td\n[1, 2]\t[]\t[[甲, 乙], []]\t[NULL, x]\n",
		`{"a":[1,2],"b":[],"c":[["甲","乙"],[]],"d":[null,"x"]}` + "\n"},
	{"tuples and maps hold each value in its own type",
		"SELECT (1, toDate('2020-01-01'), toDateTime('2020-01-01 00:00:00', 'UTC')) AS a, map('b', toDecimal64('1.5', 2), 'a', 2) AS b, CAST((toDate('2020-01-01'), toDateTime64('2020-01-01 00:00:00', 3, 'UTC')), 'Tuple(z Date, `年` DateTime64(3, \\'UTC\\'))') AS c",
		"a\tb\tc\n[1, 2020-01-01, 2020-01-01 00:00:00]\t{a: 2, b: 1.5}\t{z: 2020-01-01, 年: 2020-01-01 00:00:00.000}\n",
		`{"a":[1,"2020-01-01","2020-01-01 00:00:00"],"b":{"a":"2","b":"1.5"},"c":{"z":"2020-01-01","年":"2020-01-01 00:00:00.000"}}` + "\n"},
	{"floats have no exponent where zeros can be counted, and no NaN in JSON",
		"SELECT 1234567.5 AS a, toFloat32(0.1) AS b, 1e30 AS c, nan AS d, [inf, -inf, 0.5] AS e, CAST(nan AS Nullable(Float32)) AS f, map('k', nan) AS g",
		"a\tb\tc\td\te\tf\tg\n1234567.5\t0.1\t1e+30\tNaN\t[+Inf, -Inf, 0.5]\tNaN\t{k: NaN}\n",
		`{"a":1234567.5,"b":0.1,"c":1e+30,"d":null,"e":[null,null,0.5],"f":null,"g":{"k":null}}` + "\n"},
	{"other types are what ClickHouse writes",
		"SELECT true AS a, CAST('x' AS Enum8('x' = 1)) AS b, toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS c, toIPv4('1.2.3.4') AS d, toFixedString('ab', 2) AS e, CAST(toDate('2020-01-01'), 'Variant(Date, String)') AS f, CAST(NULL, 'Variant(Date, String)') AS g",
		"a\tb\tc\td\te\tf\tg\ntrue\tx\t61f0c404-5cb3-11e7-907b-a6006ad3dba0\t1.2.3.4\tab\t2020-01-01\t\n",
		`{"a":true,"b":"x","c":"61f0c404-5cb3-11e7-907b-a6006ad3dba0","d":"1.2.3.4","e":"ab","f":"2020-01-01","g":null}` + "\n"},
	{"tabs, line breaks and backslashes keep to their field",
		`SELECT 'a\tb\nc\\d\re' AS "p\tq", '1<2&3' AS r`,
		"p\\tq\tr\na\\tb\\nc\\\\d\\re\t1<2&3\n", `{"p\tq":"a\tb\nc\\d\re","r":"1<2&3"}` + "\n"},
	{"columns and rows keep their order",
		"SELECT toString(number) AS z, 2 - number AS a FROM numbers(2) ORDER BY number",
		"z\ta\n0\t2\n1\t1\n", `{"z":"0","a":2}` + "\n" + `{"z":"1","a":1}` + "\n"},
	{"no row is no line of data", "SELECT 1 AS a WHERE 0", "a\n", ""},
}

func TestPrintWritesEachTypeAsTSVAndJSON(t *testing.T) {
	w := warehousetest.Open(t)
	for _, c := range printedValues {
		t.Run(c.name, func(t *testing.T) {
			if got := printed(t, w, c.sql, "tsv"); got != c.want {
				t.Errorf("tsv:\n got %q\nwant %q", got, c.want)
			}
			got := printed(t, w, c.sql, "ndjson")
			if got != c.wantJSON {
				t.Errorf("ndjson:\n got %q\nwant %q", got, c.wantJSON)
			}
			for line := range strings.Lines(got) {
				if !json.Valid([]byte(line)) {
					t.Errorf("not JSON: %s", line)
				}
			}
		})
	}
}

func TestPrintWritesCSVThatReadsBack(t *testing.T) {
	w := warehousetest.Open(t)
	for name, test := range map[string]struct {
		sql  string
		want [][]string
	}{
		"texts that need quotes": {
			`SELECT 'a,b' AS "甲,乙", 'say "x"' AS q, 'two\nlines' AS l, CAST(NULL AS Nullable(UInt8)) AS n, [1, 2] AS a`,
			[][]string{{"甲,乙", "q", "l", "n", "a"}, {"a,b", `say "x"`, "two\nlines", "", "[1, 2]"}},
		},
		"a single column keeps its empty rows": {
			"SELECT arrayJoin(['x', '', 'y']) AS a", [][]string{{"a"}, {"x"}, {""}, {"y"}},
		},
		"a single column keeps its NULLs": {
			"SELECT arrayJoin([toDecimal64('1.5', 1), NULL, toDecimal64('2', 1)]) AS a", [][]string{{"a"}, {"1.5"}, {""}, {"2"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := csv.NewReader(strings.NewReader(printed(t, w, test.sql, "csv"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			for i, want := range test.want {
				if strings.Join(got[i], "|") != strings.Join(want, "|") {
					t.Errorf("row %d: got %q, want %q", i, got[i], want)
				}
			}
		})
	}
}

func TestPrintAlignsATableByWhatIsSeen(t *testing.T) {
	w := warehousetest.Open(t)
	for name, test := range map[string]struct{ sql, want string }{
		"Chinese is two columns wide": {
			"SELECT r.1 AS region, r.2 AS `指标`, r.3 AS value FROM (SELECT arrayJoin([('太谷区', 'ab', toDecimal64('130', 2)), ('x', '（甲）', toDecimal64('9.05', 2))]) AS r)",
			"region  指标    value\n" +
				"太谷区  ab      130\n" +
				"x       （甲）  9.05\n",
		},
		"NULL is told from an empty text": {
			"SELECT CAST(NULL AS Nullable(String)) AS a, '' AS b, 1 AS c",
			"a     b  c\nNULL     1\n",
		},
		"a cell stays on its line and off the terminal": {
			`SELECT 'a\tb\nc' AS x, '\x1b[31m红' AS y, 1 AS z`,
			"x        y           z\n" + `a\tb\nc  \x1b[31m红  1` + "\n",
		},
		"nothing": {"SELECT 1 AS a WHERE 0", "a\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := printed(t, w, test.sql, "table"); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestPrintRefusesAnUnknownFormatAndClosesTheRows(t *testing.T) {
	config := warehousetest.Config(warehousetest.NewDatabase(t))
	config.MaxConnections = 1
	w, err := warehouse.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	rows, err := w.Ask(t.Context(), "SELECT number FROM numbers(1000000)", nil)
	if err != nil {
		t.Fatal(err)
	}
	err = warehouse.Print(io.Discard, rows, "xml")
	if err == nil || !strings.Contains(err.Error(), `"xml"`) || !strings.Contains(err.Error(), strings.Join(warehouse.Formats, ", ")) {
		t.Errorf("got %v, want the format and the known ones named", err)
	}
	if got := printed(t, w, "SELECT 1 AS a", "tsv"); got != "a\n1\n" { // needs the only connection
		t.Errorf("got %q", got)
	}
}

func TestPrintGivesTheErrorOfAQueryThatFailsHalfWay(t *testing.T) {
	w := warehousetest.Open(t)
	for _, format := range warehouse.Formats {
		rows, err := w.Ask(t.Context(), "SELECT throwIf(number = 300000, 'half way') AS a FROM numbers(400000) SETTINGS max_threads = 1, max_block_size = 10000", nil)
		if err == nil {
			err = warehouse.Print(io.Discard, rows, format)
		}
		if err == nil || !strings.Contains(err.Error(), "half way") {
			t.Errorf("%s: got %v, want the server's error", format, err)
		}
	}
}

type brokenPipe struct{}

var errBrokenPipe = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errBrokenPipe }

func TestPrintGivesTheErrorOfItsWriter(t *testing.T) {
	w := warehousetest.Open(t)
	for _, format := range warehouse.Formats {
		rows, err := w.Ask(t.Context(), "SELECT arrayJoin(['', 'x']) AS a", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := warehouse.Print(brokenPipe{}, rows, format); !errors.Is(err, errBrokenPipe) {
			t.Errorf("%s: got %v", format, err)
		}
	}
}
