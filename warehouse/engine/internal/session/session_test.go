package session

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/warehouse/engine/account"
	"zhibiao/warehouse/engine/internal/chdb"
	"zhibiao/warehouse/engine/internal/sqltext"
)

// These tests need no engine; those of package engine ask one.

const gibibyte = 1 << 30

// unplugged is a gate without an engine.
func unplugged() *Gate {
	return &Gate{
		limits: Limits{Concurrent: 1, Memory: 2 * gibibyte, Materialized: 64 << 20, Execution: 5 * time.Minute, ReadRows: 1e9, ResultRows: 1e7},
		base:   map[string]string{"max_threads": "2"},
		slots:  make(chan struct{}, 1), readers: make(chan struct{}, 1),
		loaded: map[string]bool{"observation": true},
		tables: map[string]bool{"numbers": true, "values": true, "url": true, "s3": true, "file": true, "eval": true, "merge": true},
	}
}

// refusedWith fails the test unless err is an exception of this code.
func refusedWith(t *testing.T, err error, code int) {
	t.Helper()
	var failure *chdb.Error
	if !errors.As(err, &failure) || !strings.HasPrefix(failure.Text, "Code: "+strconv.Itoa(code)+". DB::Exception: ") {
		t.Errorf("got %v, want code %d", err, code)
	}
}

func TestEachAccountGetsItsOwnSettings(t *testing.T) {
	every := map[string]string{"implicit_select": "0", "async_insert": "0", "max_memory_usage": "2147483648", "max_threads": "2"}
	with := func(more map[string]string) map[string]string {
		all := maps.Clone(every)
		maps.Copy(all, more)
		return all
	}
	reader := map[string]string{"max_execution_time": "300", "max_result_rows": "10000000", "max_rows_to_read": "1000000000"}
	for name, test := range map[string]struct {
		request Request
		want    map[string]string
	}{
		"the writer has no time limit": {Request{Account: account.Writer}, every},
		"the reader has one":           {Request{Account: account.Reader}, with(reader)},
		"no account is a reader":       {Request{}, with(reader)},
		"another name is a reader":     {Request{Account: "Zhibiao"}, with(reader)},
		"a result in memory is bounded": {
			Request{Account: account.Writer, Materialized: true}, with(map[string]string{"max_result_bytes": "67108864"})},
		"the writer chooses freely": {
			Request{Account: account.Writer, Settings: map[string]string{"allow_ddl": "0", "max_threads": "1", "max_memory_usage": "0", "readonly": "2"}},
			with(map[string]string{"allow_ddl": "0", "max_threads": "1", "max_memory_usage": "0", "readonly": "2"})},
		"settings of the protocol do not reach the engine": {
			Request{Account: account.Writer, Settings: map[string]string{"enable_http_compression": "1", "send_timeout": "9"}}, every},
		"a reader's readonly is passed over, the session sets its own": {
			Request{Account: account.Reader, Settings: map[string]string{"readonly": "2"}}, with(reader)},
		"what shapes the answer is free": {
			Request{Account: account.Reader, Settings: map[string]string{"output_format_json_quote_decimals": "1", "max_result_rows": "5"}},
			with(map[string]string{"max_execution_time": "300", "output_format_json_quote_decimals": "1", "max_result_rows": "5", "max_rows_to_read": "1000000000"})},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := unplugged().settingsOf(test.request)
			if err != nil || !maps.Equal(got, test.want) {
				t.Errorf("got %v, %v\nwant %v", got, err, test.want)
			}
		})
	}
}

func TestAReadersLimitsAreClamped(t *testing.T) {
	threads := strconv.Itoa(runtime.NumCPU())
	for _, test := range []struct {
		name, setting, value, want string
		materialized               bool
	}{
		{"a tighter limit holds", "max_execution_time", "7", "7", false},
		{"a part of a second holds", "max_execution_time", "0.5", "0.5", false},
		{"the ceiling itself holds", "max_execution_time", "300", "300", false},
		{"a wider limit is cut", "max_execution_time", "301", "300", false},
		{"no limit is cut", "max_execution_time", "0", "300", false},
		{"no limit in other words is cut", "max_execution_time", "-0.0", "300", false},
		{"too little to be told from no limit is cut", "max_execution_time", "0.0000009", "300", false},
		{"less than a number can hold is cut", "max_execution_time", "1e-400", "300", false},
		{"infinity is cut", "max_execution_time", "inf", "300", false},
		{"memory", "max_memory_usage", "99999999999", "2147483648", false},
		{"more than 64 bits of memory", "max_memory_usage", "18446744073709551616", "2147483648", false},
		{"threads", "max_threads", "100000", threads, false},
		{"a streamed result", "max_result_bytes", "1000000000", "1000000000", false},
		{"a result in memory", "max_result_bytes", "1000000000", "67108864", true},
		{"a smaller result in memory", "max_result_bytes", "1000", "1000", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := unplugged().settingsOf(Request{
				Account: account.Reader, Settings: map[string]string{test.setting: test.value}, Materialized: test.materialized,
			})
			if err != nil || got[test.setting] != test.want {
				t.Errorf("got %q, %v; want %q", got[test.setting], err, test.want)
			}
		})
	}
}

func TestSettingsAreRefusedByName(t *testing.T) {
	for _, test := range []struct {
		name, account, setting, value string
		code                          int
	}{
		{"a reader's setting off the list", account.Reader, "allow_ddl", "1", 452},
		{"another name of a limit", account.Reader, "MAX_MEMORY_USAGE", "0", 452},
		{"a profile, which is many settings", account.Reader, "profile", "default", 452},
		{"a name that begins like a free one", account.Reader, "limitless", "1", 452},
		{"a name that ends like a free one", account.Reader, "no_limit", "1", 452},
		{"a file that the engine would read", account.Reader, "output_format_schema", "/etc/passwd", 452},
		{"a path that the engine would read", account.Reader, "output_format_x_path", "/etc/passwd", 452},
		{"writing after all", account.Reader, "readonly", "0", 164},
		{"readonly in other words", account.Reader, "readonly", "1.0", 164},
		{"a limit below nothing", account.Reader, "max_execution_time", "-1", 72},
		{"a limit that is no number", account.Reader, "max_threads", "NaN", 72},
		{"a limit in words", account.Reader, "max_memory_usage", "2G", 72},
		{"an empty limit", account.Reader, "max_memory_usage", "", 72},
		{"a name that would end the statement", account.Writer, "a = 1; DROP TABLE t --", "1", 115},
		{"a name with a line break", account.Writer, "max_threads\n", "1", 115},
		{"no name", account.Writer, "", "1", 115},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := unplugged().settingsOf(Request{Account: test.account, Settings: map[string]string{test.setting: test.value}})
			refusedWith(t, err, test.code)
			if got != nil {
				t.Errorf("got %v beside the error", got)
			}
		})
	}
}

func TestAReaderNeverGetsMoreThanTheCeiling(t *testing.T) {
	gate := unplugged()
	rapid.Check(t, func(t *rapid.T) {
		materialized := rapid.Bool().Draw(t, "materialized")
		ceilings := gate.ceilings(materialized)
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(ceilings))).Draw(t, "name")
		value := rapid.OneOf(
			rapid.StringMatching(`-?[0-9]{1,25}(\.[0-9]{0,12})?(e-?[0-9]{1,3})?`), rapid.String(),
			rapid.SampledFrom([]string{"NaN", "-inf", "Infinity", "0x1p70", "1_000"}),
		).Draw(t, "value")
		settings, err := gate.settingsOf(Request{Account: account.Reader, Settings: map[string]string{name: value}, Materialized: materialized})
		if err != nil {
			return
		}
		got, err := strconv.ParseFloat(settings[name], 64)
		if err != nil || !(got >= resolution && got <= float64(ceilings[name])) {
			t.Fatalf("%s=%q became %q", name, value, settings[name])
		}
	})
}

func TestReadonlyIsSetLast(t *testing.T) {
	got := setStatement(map[string]string{"zeta": "1", "readonly": "1", "alpha": `it's \`})
	if want := `SET alpha = 'it\'s \\', zeta = '1', readonly = '1'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNothingEscapesItsQuotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringMatching("[a'`\"\\\\; \n-]*")).Draw(t, "value")
		for _, quoted := range []string{quoteText(value), quoteName(value)} {
			if parsed := sqltext.Parse("SET a = " + quoted); parsed.Several || parsed.Text != "SET a = "+quoted {
				t.Fatalf("%q became %s, which ends the statement", value, quoted)
			}
			if parsed := sqltext.Parse("SET a = " + quoted + "; SELECT 1"); !parsed.Several {
				t.Fatalf("%q became %s, which hides what follows", value, quoted)
			}
		}
	})
}

func TestPermissionFollowsTheClassOfAStatement(t *testing.T) {
	one := func(class chdb.Class) chdb.Analysis { return chdb.Analysis{Class: class, Statements: 1} }
	for _, test := range []struct {
		name     string
		account  string
		sql      string
		analysis chdb.Analysis
		code     int // 0: permitted
	}{
		{"the writer reads", account.Writer, "SELECT 1", one(chdb.ReadOnly), 0},
		{"the writer writes", account.Writer, "INSERT INTO t SELECT 1", one(chdb.Mutating), 0},
		{"the writer changes the server", account.Writer, "SYSTEM FLUSH LOGS", one(chdb.MutatingGlobal), 0},
		{"the writer sends two statements", account.Writer, "SELECT 1; SELECT 2", chdb.Analysis{Statements: 2}, 62},
		{"the engine counts one, the text has two", account.Writer, "SELECT 1; DROP TABLE t", one(chdb.ReadOnly), 62},
		{"the text has one, the engine counts two", account.Writer, "SELECT 1", chdb.Analysis{Statements: 2}, 62},
		{"the engine counts none", account.Writer, "-- nothing", chdb.Analysis{}, 62},
		{"the reader reads", account.Reader, "SELECT 1;", one(chdb.ReadOnly), 0},
		{"the reader sends two statements", account.Reader, "SELECT 1; SELECT 2", chdb.Analysis{Statements: 2}, 62},
		{"the reader writes", account.Reader, "INSERT INTO t SELECT 1", one(chdb.Mutating), 164},
		{"the reader changes the server", account.Reader, "SYSTEM FLUSH LOGS", one(chdb.MutatingGlobal), 164},
		{"the reader controls the session", account.Reader, "SET max_threads = 1", one(chdb.Control), 164},
		{"the reader's statement is of no known class", account.Reader, "FROB", one(chdb.Unknown), 164},
		{"the reader's reading statement writes elsewhere", account.Reader, "SELECT 1", chdb.Analysis{Class: chdb.ReadOnly, Statements: 1, WritesElsewhere: true}, 164},
		{"no account is a reader", "", "INSERT INTO t SELECT 1", one(chdb.Mutating), 164},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := (&Session{account: test.account}).permitClass(sqltext.Parse(test.sql), test.analysis)
			if test.code != 0 {
				refusedWith(t, err, test.code)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAReaderMayNotWriteTheWordFile(t *testing.T) {
	reader := &Session{account: account.Reader}
	for sql, permitted := range map[string]bool{
		"SELECT file('/etc/passwd')":               false,
		"SELECT FiLe ('/etc/passwd')":              false,
		"SELECT arrayMap(file, ['/etc/passwd'])":   false,
		"SELECT `file`('/etc/passwd')":             false,
		"SELECT 'a file'":                          false,
		`SELECT "\x66ile"('/etc/passwd')`:          false,
		"SELECT profile, filename, file_1 FROM t":  true,
		"SELECT document FROM file1":               true,
		"SELECT count() FROM observation -- files": true,
		"SELECT n FROM t PREWHERE n = 1":           false,
		"SELECT prewhere_count FROM t":             true,
		"SELECT dictGet('d', 'v', 1)":              false,
		"SELECT arrayMap(DICTGETORNULL, [1])":      false,
		"SELECT joinGetOrNull('j', 'v', 1)":        false,
		"SELECT dictionary FROM t":                 true,
	} {
		err := reader.permitWords(chdb.Statement{SQL: sql})
		if !permitted {
			refusedWith(t, err, 164)
		} else if err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestAReaderCallsOnlyHarmlessTableFunctions(t *testing.T) {
	reader := &Session{gate: unplugged(), account: account.Reader}
	for _, test := range []struct {
		name, sql, tree string
		permitted       bool
	}{
		{"a table", "SELECT n FROM t", "SelectWithUnionQuery (children 1)\n ExpressionList (children 1)\n  TableIdentifier t\n", true},
		{"a scalar function", "SELECT count()", "SelectWithUnionQuery\n Function count (children 1)\n", true},
		{"a harmless table function", "SELECT * FROM numbers(1)", "SelectWithUnionQuery\n  Function numbers (children 1)\n", true},
		{"the network", "SELECT * FROM url('u')", "SelectWithUnionQuery\n  Function url (children 1)\n", false},
		{"the network in capitals", "SELECT * FROM URL('u')", "SelectWithUnionQuery\n  Function URL (children 1)\n", false},
		{"the network deep in a subquery", "SELECT (SELECT 1)", "SelectWithUnionQuery\n Function numbers (children 1)\n          Function s3 (children 1)\n", false},
		{"at the tree's end, without children", "SELECT * FROM eval()", "SelectWithUnionQuery\n Function eval", false},
		{"SHOW", "SHOW TABLES", "ShowTables\n", true},
		{"SHOW with a condition that the tree hides", "SHOW TABLES WHERE name IN (SELECT 1)", "ShowTables\n", false},
		{"a tree of no known kind", "x", "(children 1)\n", false},
		{"no tree", "x", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := reader.permitTree(test.sql, []byte(test.tree))
			if !test.permitted {
				refusedWith(t, err, 164)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// The refusals below come before the engine is asked: there is none.

func TestWhatNamesAFileOfTheClientIsRefused(t *testing.T) {
	writer := &Session{account: account.Writer}
	_, _, queried := writer.Query(chdb.Statement{SQL: "SELECT 1 INTO OUTFILE 'x'"})
	_, streamed := writer.Stream(chdb.Statement{SQL: "SELECT 1 into/**/outfile 'x'"})
	_, inserted := writer.Insert(chdb.Statement{SQL: "INSERT INTO t FROM INFILE 'x' FORMAT CSV"})
	for _, err := range []error{queried, streamed, inserted} {
		refusedWith(t, err, 48)
	}
}

func TestAReaderDoesNotInsert(t *testing.T) {
	_, err := (&Session{account: account.Reader}).Insert(chdb.Statement{SQL: "INSERT INTO t FORMAT CSV"})
	refusedWith(t, err, 164)
}

func TestAnExternalTableOnlyListsNamesAndTypes(t *testing.T) {
	for name, table := range map[string]ExternalTable{
		"a name that would end its quotes":   {Name: "a`b", Structure: "a UInt8"},
		"a name with a database":             {Name: "system.one", Structure: "a UInt8"},
		"no name":                            {Structure: "a UInt8"},
		"no structure":                       {Name: "a"},
		"a default, which is an expression":  {Name: "a", Structure: "a UInt8 Default 1"},
		"an alias, which is an expression":   {Name: "a", Structure: "a UInt8 ALIAS b"},
		"an operator":                        {Name: "a", Structure: "a UInt8 = 1"},
		"a second statement":                 {Name: "a", Structure: "a UInt8; DROP TABLE t"},
		"a line break, which ends a comment": {Name: "a", Structure: "a UInt8\n"},
	} {
		t.Run(name, func(t *testing.T) {
			refusedWith(t, (&Session{}).addExternal(table), 36)
		})
	}
}

func TestOpenTakesNoSlotForARequestThatItRefuses(t *testing.T) {
	gate := unplugged()
	_, err := gate.Open(t.Context(), Request{Account: account.Reader, Settings: map[string]string{"allow_ddl": "1"}})
	refusedWith(t, err, 452)
	if len(gate.slots) != 0 {
		t.Error("the slot is gone")
	}
}

func TestOpenStopsWaitingWithItsContext(t *testing.T) {
	gate := unplugged()
	gate.slots <- struct{}{} // all are taken
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := gate.Open(ctx, Request{Account: account.Reader}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if len(gate.slots) != 1 {
		t.Error("the slot of another session was freed")
	}
}

func TestEachSessionHasATagOfItsOwn(t *testing.T) {
	first, second := newTag(), newTag()
	if first == second || !regexp.MustCompile(`^request-[0-9a-f]{32}$`).MatchString(first) {
		t.Errorf("got %s and %s", first, second)
	}
}
