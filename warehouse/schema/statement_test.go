package schema_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/warehouse/schema"
)

func parse(t *testing.T, text string) schema.Statement {
	t.Helper()
	s, err := schema.Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

func TestParseRefusesWhatCannotBeAppliedTwice(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"nothing", "-- a comment\n", "there is no statement"},
		{"two statements", "DROP TABLE IF EXISTS a; DROP TABLE IF EXISTS b", "more than one statement"},
		{"a table that must not be there", "CREATE TABLE a (b UInt8) ENGINE = MergeTree ORDER BY b", "cannot be applied twice"},
		{"a table that loses its rows", "CREATE OR REPLACE TABLE a (b UInt8) ENGINE = MergeTree ORDER BY b", "cannot be applied twice"},
		{"a view that stays as it was", "CREATE VIEW IF NOT EXISTS a AS SELECT 1", "cannot be applied twice"},
		{"a column that must not be there", "ALTER TABLE a ADD COLUMN b UInt8", `"ADD COLUMN b UInt8" cannot be applied twice`},
		{"a second command of an ALTER", "ALTER TABLE a ADD COLUMN IF NOT EXISTS b UInt8, DROP COLUMN c", `"DROP COLUMN c" cannot be applied twice`},
		{"rows that are changed", "ALTER TABLE a UPDATE b = b + 1 WHERE 1", "cannot be applied twice"},
		{"an ALTER of nothing", "ALTER TABLE a", "altering a: there is no command"},
		{"a database of its own", "CREATE OR REPLACE VIEW other.a AS SELECT 1", "a migration names none"},
		{"a materialised view with a hidden table", "CREATE MATERIALIZED VIEW IF NOT EXISTS a ENGINE = MergeTree ORDER BY b AS SELECT 1 AS b", "want TO and a table after its name"},
		{"a table without columns", "CREATE TABLE IF NOT EXISTS a AS b", "want its columns in brackets"},
		{"a table without an engine", "CREATE TABLE IF NOT EXISTS a (b UInt8) ORDER BY b", "want an ENGINE"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := schema.Parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestParseKeepsTheStatementAndLeavesTheRest(t *testing.T) {
	s := parse(t, "-- Why; it's there.\n/* and more */ create or replace view `a` AS\nSELECT ';' AS b -- its end\n;\n")
	if s.Kind != schema.View || s.Name != "a" || !s.Replaces || s.Text != "create or replace view `a` AS\nSELECT ';' AS b" {
		t.Errorf("got %+v", s)
	}
}

func TestTheChecksumIsThatOfTheMeaning(t *testing.T) {
	base := parse(t, "CREATE OR REPLACE VIEW a AS SELECT 'x  y' AS b, 1 AS c").Checksum()
	same := []string{
		"-- new\nCREATE OR REPLACE VIEW a AS\n    SELECT 'x  y' AS b,1 AS c;",
		"CREATE OR REPLACE VIEW a AS SELECT 'x  y' /* here */ AS b, 1 AS c",
	}
	other := []string{
		"CREATE OR REPLACE VIEW a AS SELECT 'x y' AS b, 1 AS c",
		"CREATE OR REPLACE VIEW a AS SELECT 'x  y' AS bb, 1 AS c",
		"CREATE OR REPLACE VIEW a AS SELECT 'x  y' AS b, 1 AS c, 2",
		"CREATE OR REPLACE VIEW a AS SELECT 'x  y -- ' AS b, 1 AS c",
	}
	for _, text := range same {
		if parse(t, text).Checksum() != base {
			t.Errorf("another checksum for %s", text)
		}
	}
	for _, text := range other {
		if parse(t, text).Checksum() == base {
			t.Errorf("the same checksum for %s", text)
		}
	}
}

// Comments and space between the pieces of a statement never change its checksum, and
// what is in quotes always does.
func TestCommentsBetweenPiecesDoNotCount(t *testing.T) {
	gap := rapid.SampledFrom([]string{" ", "\n", "\t  ", " -- it's; (\n", " /* ' */ ", "\n-- b\n-- c\n"})
	quoted := rapid.StringMatching(`[a-z;()\-* ]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		inside := quoted.Draw(t, "inside")
		pieces := []string{"CREATE", "OR", "REPLACE", "VIEW", "a", "AS", "SELECT", "'" + inside + "'", "AS", "b", ",", "(", "1", ")", "AS", "c"}
		write := func() schema.Statement {
			var text strings.Builder
			for _, p := range pieces {
				text.WriteString(p + gap.Draw(t, "gap"))
			}
			s, err := schema.Parse(text.String())
			if err != nil {
				t.Fatalf("%v\n%s", err, text.String())
			}
			return s
		}
		a, b := write(), write()
		if a.Checksum() != b.Checksum() {
			t.Errorf("two checksums of one statement:\n%s\n%s", a.Text, b.Text)
		}
		pieces[7] = "'" + inside + "!'"
		if write().Checksum() == a.Checksum() {
			t.Errorf("one checksum of two texts in quotes: %s", a.Text)
		}
	})
}

func TestRelationsFollowTheStatements(t *testing.T) {
	var all []schema.Statement
	for _, text := range []string{
		"CREATE TABLE IF NOT EXISTS a (b UInt8 COMMENT 'one, two', c Tuple(d UInt8, e UInt8), INDEX f b TYPE minmax, CONSTRAINT g CHECK b > 0) ENGINE = ReplacingMergeTree ORDER BY b",
		"CREATE TABLE IF NOT EXISTS h (i String) ENGINE = MergeTree() ORDER BY i",
		"CREATE OR REPLACE VIEW j AS SELECT 1",
		"ALTER TABLE a ADD COLUMN IF NOT EXISTS k Array(UInt8) AFTER b, DROP COLUMN IF EXISTS c, RENAME COLUMN IF EXISTS b TO bb",
		"CREATE OR REPLACE VIEW l AS SELECT 1",
		"DROP VIEW IF EXISTS j",
	} {
		all = append(all, parse(t, text))
	}
	got, err := schema.Relations(all)
	if err != nil {
		t.Fatal(err)
	}
	want := []schema.Relation{{Name: "a", Columns: []string{"bb", "k"}}, {Name: "h", Columns: []string{"i"}, Dimension: true}, {Name: "l", View: true}}
	if !slices.EqualFunc(got, want, func(a, b schema.Relation) bool {
		return a.Name == b.Name && a.View == b.View && a.Dimension == b.Dimension && slices.Equal(a.Columns, b.Columns)
	}) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"CREATE TABLE IF NOT EXISTS a (b UInt8) ENGINE = ReplacingMergeTree(b) ORDER BY (b, c) SETTINGS d = 1 COMMENT 'e'",
		"ALTER TABLE a MODIFY QUERY SELECT b, c FROM d AS e JOIN f USING (g)",
		"CREATE MATERIALIZED VIEW IF NOT EXISTS a TO b AS SELECT 'it''s' FROM `c`",
		"DROP TABLE IF EXISTS a;", "CREATE OR REPLACE VIEW a AS SELECT {b:UInt8} -- c", "INSERT INTO a SELECT 1",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := schema.Parse(text)
		if err != nil {
			return
		}
		again, err := schema.Parse(s.Text)
		if err != nil || again.Checksum() != s.Checksum() || again.Text != s.Text {
			t.Fatalf("%q parses as %q, which parses as %q: %v", text, s.Text, again.Text, err)
		}
		renderer := schema.NewRenderer(schema.Cluster{Name: "c"}, "d")
		rendered, err := renderer.Render(s)
		if err == nil && len(rendered) == 0 {
			t.Fatalf("%q renders to nothing", text)
		}
	})
}
