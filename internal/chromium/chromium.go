// Package chromium finds the browser that the tests of the pages run in.
package chromium

import (
	"os"
	"os/exec"
	"testing"
)

// Path returns the program, that of ZHIBIAO_BROWSER first, or skips the test with the
// word how to get one.
func Path(tb testing.TB) string {
	tb.Helper()
	if path := os.Getenv("ZHIBIAO_BROWSER"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	tb.Skip("SKIPPED: there is no Chromium on this machine: make browser installs it, or name one in ZHIBIAO_BROWSER")
	return ""
}
