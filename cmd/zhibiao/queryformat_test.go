package main

import (
	"strings"
	"testing"

	"zhibiao/pipeline"
)

func TestAnOutputClauseOfAQueryIsFound(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1 FORMAT CSV":                                "FORMAT CSV",
		"SELECT * FROM t format JSONEachRow ;":               "FORMAT JSONEachRow",
		"SELECT a FROM t WHERE b = 'x' FORMAT TSV":           "FORMAT TSV",
		"SELECT a FROM t LIMIT 5 FORMAT TSV SETTINGS a = 1":  "FORMAT TSV",
		"SELECT 1 -- FORMAT CSV\nFORMAT/* to see */Vertical": "FORMAT Vertical",
		"SELECT count() FROM t FORMAT CSV":                   "FORMAT CSV",
		"SELECT 1 INTO OUTFILE 'x.csv'":                      "INTO OUTFILE",
		"SELECT 1":                                           "",
		"":                                                   "",
		"FORMAT CSV":                                         "",
		"SELECT 'FORMAT CSV'":                                "",
		"SELECT 'it''s FORMAT CSV'":                          "",
		`SELECT 'it\'s FORMAT CSV'`:                          "",
		"SELECT 1 -- FORMAT CSV":                             "",
		"SELECT 1 /* FORMAT CSV */":                          "",
		"SELECT format('{}', a) FROM t":                      "",
		"SELECT format FROM t":                               "",
		"SELECT a AS format FROM t":                          "",
		"SELECT a FROM t ORDER BY format DESC":               "",
		"SELECT a FROM t ORDER BY b, format DESC":            "",
		"SELECT a AS format":                                 "",
		"SELECT t.format x":                                  "",
		"SELECT 'unfinished":                                 "",
		"SELECT /* unfinished":                               "",
	} {
		if got := outputClause(sql); got != want {
			t.Errorf("%q: found %q, want %q", sql, got, want)
		}
	}
}

func TestAQueryThatSaysItsFormatIsRefused(t *testing.T) {
	for _, sql := range []string{"SELECT 1 FORMAT CSV", "SELECT 1 INTO OUTFILE 'x'"} {
		code, _, stderr := zhibiao(t, "query", sql, "--data", t.TempDir())
		if code != pipeline.ExitYourInput || !strings.Contains(stderr, "use --format") {
			t.Errorf("%s: exit code %d\n%s", sql, code, stderr)
		}
	}
}
