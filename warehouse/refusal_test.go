package warehouse_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"zhibiao/warehouse"
)

func TestAComplaintIsOneLineWithoutWhatIsForDevelopers(t *testing.T) {
	for message, want := range map[string]string{
		"Syntax error: failed at position 1 (SELEC): SELEC 1. Expected one of: Query, Query with output, EXPLAIN. (SYNTAX_ERROR)": "Syntax error: failed at position 1 (SELEC): SELEC 1 (SYNTAX_ERROR)",
		"Code: 47. DB::Exception: Unknown identifier `nope` in scope SELECT nope\nFROM latest. (UNKNOWN_IDENTIFIER)":              "Unknown identifier `nope` in scope SELECT nope FROM latest (UNKNOWN_IDENTIFIER)",
		"Code: 164. DB::Exception: Cannot modify 'a' in readonly mode. (READONLY) (version 26.7.2.1). (READONLY)":                 "Cannot modify 'a' in readonly mode (READONLY)",
		"Too much: while executing 'FUNCTION throwIf(equals(__table1.number, 3_UInt8) :: 0) UInt8 : 1'. (FUNCTION_THROW)":         "Too much (FUNCTION_THROW)",
		"Broken. (X_Y) (version 1 (official build))":                  "Broken (X_Y)",
		"Broken. Stack trace:\n\n0. DB::Exception::Exception() @ 0x1": "Broken",
		"the account reader only reads tables":                        "the account reader only reads tables",
	} {
		got, ok := warehouse.Complaint(fmt.Errorf("asking: %w", &clickhouse.Exception{Code: 1, Name: "DB::Exception", Message: message}))
		if !ok || got != want {
			t.Errorf("%q\n got %q\nwant %q", message, got, want)
		}
	}
	long, _ := warehouse.Complaint(&clickhouse.Exception{Message: strings.Repeat("甲 ", 2000) + ". (LONG)"})
	if n := len([]rune(long)); n > 420 || !strings.HasSuffix(long, "… (LONG)") {
		t.Errorf("a long complaint has %d characters: %s", n, long)
	}
	if _, ok := warehouse.Complaint(errors.New("connection refused")); ok {
		t.Error("an outage is a complaint")
	}
}
