package chdb

import (
	"errors"
	"io"
	"strings"
	"testing"

	"zhibiao/warehouse/libchdb"
)

// A process has one engine, so this is one test with parts in order.
func TestLibrary(t *testing.T) {
	path, err := libchdb.Path()
	if err != nil {
		t.Fatal(err)
	}
	library, err := Open(path, []string{"--path=" + t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	handle, err := library.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer handle.Close()

	t.Run("a panic can still be recovered", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("nothing panicked")
			}
		}()
		var nothing *int
		*nothing = 1
	})
	t.Run("a query", func(t *testing.T) {
		result, statistics, err := handle.Query(Statement{SQL: "SELECT {a:String}", Format: "TSV", Parameters: map[string]string{"a": "x"}})
		if err != nil || string(result) != "x\n" || statistics.ResultRows != 1 {
			t.Errorf("got %q, %+v, %v", result, statistics, err)
		}
	})
	t.Run("an error", func(t *testing.T) {
		var failure *Error
		if err := handle.Run("SELECT nope"); !errors.As(err, &failure) || !strings.HasPrefix(failure.Text, "Code: 47. DB::Exception: ") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a stream left early", func(t *testing.T) {
		stream, err := handle.Stream(Statement{SQL: "SELECT number FROM numbers(100000000)", Format: "TSV"})
		if err != nil {
			t.Fatal(err)
		}
		if chunk, err := stream.Next(); err != nil || !strings.HasPrefix(string(chunk), "0\n1\n") {
			t.Errorf("got %.20q, %v", chunk, err)
		}
		stream.Close()
		stream.Close()
		if err := handle.Run("SELECT 1"); err != nil {
			t.Errorf("the handle is spoilt: %v", err)
		}
	})
	t.Run("a stream read to its end", func(t *testing.T) {
		stream, err := handle.Stream(Statement{SQL: "SELECT number FROM numbers(3)", Format: "TSV"})
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		chunk, err := stream.Next()
		if err != nil || string(chunk) != "0\n1\n2\n" {
			t.Errorf("got %q, %v", chunk, err)
		}
		for range 2 {
			if _, err := stream.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("after the end: %v", err)
			}
		}
	})
	t.Run("an insert is stored by Done and dropped by Close", func(t *testing.T) {
		if err := handle.Run("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a"); err != nil {
			t.Fatal(err)
		}
		for _, done := range []bool{true, false} {
			insert, err := handle.Insert(Statement{SQL: "INSERT INTO t", Format: "TSV"})
			if err != nil {
				t.Fatal(err)
			}
			if err := insert.Append([]byte("1\n2\n")); err != nil {
				t.Fatal(err)
			}
			if done {
				if statistics, err := insert.Done(); err != nil || statistics.WrittenRows != 2 {
					t.Errorf("got %+v, %v", statistics, err)
				}
			}
			insert.Close()
			insert.Close()
		}
		if count, _, err := handle.Query(Statement{SQL: "SELECT count() FROM t", Format: "TSV"}); err != nil || string(count) != "2\n" {
			t.Errorf("%s rows, %v", count, err)
		}
	})
	t.Run("classes", func(t *testing.T) {
		for sql, want := range map[string]Analysis{
			"SELECT 1":                         {ReadOnly, 1, false},
			"SELECT 1; SELECT 2":               {ReadOnly, 2, false},
			"SELECT 1 INTO OUTFILE '/tmp/x'":   {Control, 1, true},
			"INSERT INTO default.t VALUES (1)": {Mutating, 1, false},
			"INSERT INTO other.t VALUES (1)":   {Mutating, 1, true},
			"SELECT (":                         {Unknown, 0, true},
			"":                                 {Unknown, 0, true},
		} {
			if got, err := handle.Classify(sql, "default"); err != nil || got != want {
				t.Errorf("%q: %+v, %v; want %+v", sql, got, err, want)
			}
		}
	})
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	if _, err := Open("/nowhere/libchdb.so", nil); err == nil || !strings.Contains(err.Error(), "/nowhere/libchdb.so") {
		t.Errorf("got %v", err)
	}
}
