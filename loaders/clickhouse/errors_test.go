package clickhouse

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"zhibiao/pipeline"
)

func TestEachErrorHasItsClass(t *testing.T) {
	exception := func(code int32) error {
		return fmt.Errorf("sending: %w", &clickhouse.Exception{Code: code, Name: "X", Message: "no"})
	}
	for _, c := range []struct {
		name      string
		err       error
		want      class
		todoHolds string
	}{
		{"a lost connection", io.ErrUnexpectedEOF, infrastructure, ""},
		{"a time-out", exception(159), infrastructure, ""},
		{"too many parts", exception(252), infrastructure, ""},
		{"memory", exception(241), infrastructure, ""},
		{"a replica without its keeper", exception(242), infrastructure, ""},
		{"a quota that fills again", exception(201), infrastructure, ""},
		{"a full disk", exception(243), infrastructure, ""},
		{"a code that nobody knows", exception(99999), infrastructure, ""},
		{"a number too large", exception(407), data, ""},
		{"a violated constraint", exception(469), data, ""},
		{"an unknown column", exception(16), setUp, "zhibiao migrate"},
		{"an unknown table", exception(60), setUp, "zhibiao migrate"},
		{"a wrong password", exception(516), setUp, "password_file"},
		{"a missing grant", exception(497), setUp, "migrate --accounts"},
		{"a read-only profile", exception(164), setUp, "profile"},
	} {
		verdict := asVerdict(c.err)
		if got := blamesData(c.err); got != (c.want == data) {
			t.Errorf("%s: blames the data: %t", c.name, got)
		}
		if got := pipeline.IsSetUp(verdict); got != (c.want == setUp) {
			t.Errorf("%s: is of the set-up: %t", c.name, got)
		}
		if !strings.Contains(verdict.Error(), c.todoHolds) {
			t.Errorf("%s: %q does not say %q", c.name, verdict, c.todoHolds)
		}
		if !errors.Is(verdict, c.err) || pipeline.IsPermanent(verdict) {
			t.Errorf("%s: the verdict hides the error, or is permanent: %v", c.name, verdict)
		}
	}
}

// An entry of the table that says set-up says what to do, and no other does.
func TestTheTableSaysWhatToDo(t *testing.T) {
	for code, f := range faults {
		if (f.class == setUp) != (f.todo != "") || f.class == infrastructure || f.name == "" {
			t.Errorf("code %d: %+v", code, f)
		}
	}
}
