package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"zhibiao/warehouse/engine"
)

// asCommand makes the test binary behave as the command itself, so that a test
// can run it in a process of its own, and kill it.
const asCommand = "ZHIBIAO_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	engine.RunIfChild()
	if os.Getenv(asCommand) != "" {
		os.Exit(runProcess())
	}
	os.Exit(m.Run())
}

// zhibiao runs a command line in this process.
func zhibiao(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

// mustRun runs a command line that has to succeed, and returns what it prints.
func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := zhibiao(t, args...)
	if code != 0 {
		t.Fatalf("zhibiao %s ended with %d\n%s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}
