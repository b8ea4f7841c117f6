package sqltext

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseFindsWhatAFrontNeeds(t *testing.T) {
	type want struct {
		keyword, format, head, data string
		several                     bool
		file                        string
	}
	none := "-" // there is no data
	cases := map[string]want{
		"SELECT 1":                {"SELECT", "", "", none, false, ""},
		"select 1 format JSON":    {"SELECT", "JSON", "", none, false, ""},
		"SELECT 1 FORMAT `JSON`;": {"SELECT", "JSON", "", none, false, ""},
		"SELECT 1 FORMAT JSON SETTINGS max_threads = 1":       {"SELECT", "JSON", "", none, false, ""},
		"SELECT format FROM t":                                {"SELECT", "", "", none, false, ""},
		"SELECT 'FORMAT CSV'":                                 {"SELECT", "", "", none, false, ""},
		"SELECT (SELECT 1 FORMAT CSV)":                        {"SELECT", "", "", none, false, ""},
		"-- FORMAT CSV\n/* a /* b */ c */ # d\n SELECT 1":     {"SELECT", "", "", none, false, ""},
		"(SELECT 1) UNION ALL (SELECT 2)":                     {"SELECT", "", "", none, false, ""},
		"SELECT 1; ":                                          {"SELECT", "", "", none, false, ""},
		"SELECT 1; -- end":                                    {"SELECT", "", "", none, false, ""},
		"SELECT 1; SELECT 2":                                  {"SELECT", "", "", none, true, ""},
		"SELECT ';', \";\", `;`, $a$;$a$, ‘;’":                {"SELECT", "", "", none, false, ""},
		"SELECT 'it\\'s;', 'it''s;'":                          {"SELECT", "", "", none, false, ""},
		"SELECT 1 INTO OUTFILE 'x' FORMAT CSV":                {"SELECT", "CSV", "", none, false, "OUTFILE"},
		"SELECT outfile FROM infile":                          {"SELECT", "", "", none, false, "INFILE"}, // refused, for safety
		"INSERT INTO t VALUES (1)":                            {"INSERT", "Values", "INSERT INTO t ", " (1)", false, ""},
		"INSERT INTO t FORMAT Values (1)":                     {"INSERT", "Values", "INSERT INTO t ", "(1)", false, ""},
		"INSERT INTO t (a, format) FORMAT CSV\n\n1;2\n":       {"INSERT", "CSV", "INSERT INTO t (a, format) ", "\n1;2\n", false, ""},
		"INSERT INTO t FORMAT Native \r\nSELECT":              {"INSERT", "Native", "INSERT INTO t ", "SELECT", false, ""},
		"insert into values values (1); x":                    {"INSERT", "Values", "insert into values ", " (1); x", false, ""},
		"INSERT INTO d.format SETTINGS a = 1 FORMAT TSV":      {"INSERT", "TSV", "INSERT INTO d.format SETTINGS a = 1 ", "", false, ""},
		"INSERT INTO t SELECT 1 FORMAT TSV":                   {"INSERT SELECT", "TSV", "", none, false, ""},
		"INSERT INTO t (a) WITH 1 AS x SELECT x":              {"INSERT SELECT", "", "", none, false, ""},
		"INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV":  {"INSERT", "CSV", "", "", false, "INFILE"},
		"INSERT INTO FUNCTION null('a String') FORMAT TSV\nx": {"INSERT", "TSV", "INSERT INTO FUNCTION null('a String') ", "x", false, ""},
		"INSERT INTO t":                                       {"INSERT", "", "", none, false, ""},
		"":                                                    {"", "", "", none, false, ""},
		"'open":                                               {"", "", "", none, false, ""},
	}
	for text, want := range cases {
		t.Run(text, func(t *testing.T) {
			got := Parse(text)
			data := none
			if got.Data >= 0 {
				data = text[got.Data:]
			}
			if got.Keyword != want.keyword || got.Format != want.format || data != want.data || got.Several != want.several || got.ClientFile != want.file ||
				want.head != "" && text[:got.Head] != want.head {
				t.Errorf("got %+v with data %q, want %+v", got, data, want)
			}
		})
	}
}

func TestAQuotedTextNeverEndsAStatement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inside := rapid.String().Draw(t, "inside")
		quoted := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(inside) + "'"
		if got := Parse("SELECT " + quoted + " FORMAT CSV"); got.Several || got.Format != "CSV" || got.ClientFile != "" {
			t.Fatalf("%q is read as %+v", quoted, got)
		}
	})
}

func TestDataAreKeptByteForByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := string(rapid.SliceOf(rapid.Byte()).Draw(t, "data"))
		text := "INSERT INTO t (a) FORMAT Native\n" + data
		if got := Parse(text); got.Data < 0 || text[got.Data:] != data {
			t.Fatalf("%q is read as %+v", text, got)
		}
	})
}

func TestHasWordFindsWholeWordsOnly(t *testing.T) {
	cases := map[string]bool{
		"SELECT file('x')": true, "FILE": true, "'file'": true, "/* file */": true, "a.file,": true, "文file件": true,
		"profile": false, "file_name": false, "files": false, "fil e": false, "": false, "profile file": true,
	}
	for text, want := range cases {
		if got := HasWord(text, "file"); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"SELECT 1; SELECT 2", "INSERT INTO t FORMAT CSV\n1", "$a$ $a$", "'\\", "/*/*", "‘", "INSERT INTO t FROM INFILE 'x' FORMAT", "#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Parse(text)
		if got.Data > len(text) || got.Data >= 0 && got.Head > got.Data {
			t.Errorf("%q: head %d, data %d", text, got.Head, got.Data)
		}
		if !strings.HasPrefix(text, got.Text) {
			t.Errorf("%q became %q", text, got.Text)
		}
	})
}
