package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"zhibiao/pipeline"
)

// While a serve has the folder, other commands run inside it, with their output
// and exit code; SIGTERM ends it in order.
func TestCommandsRunInsideTheServeThatHasTheFolder(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(t.TempDir(), "other.yaml")
	if err := os.WriteFile(other, []byte("broker: {max_store: 100000000}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeDemoNight(dir, 1); err != nil { // a demo was here
		t.Fatal(err)
	}
	serve := startServe(t, dir)

	if out := mustRun(t, "query", "--data", dir, "--format", "csv", "SELECT 1 + 1 AS two, '中文' AS text"); out != "two,text\n2,中文\n" {
		t.Errorf("a query through the serve answered %q", out)
	}
	if out := mustRun(t, "status", "--data", dir); !strings.Contains(out, "dead letters  0") {
		t.Errorf("status through the serve printed\n%s", out)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"query", "SELEKT"}, pipeline.ExitYourInput, "running the query"},
		{[]string{"trace", "x"}, pipeline.ExitYourInput, "24 letters"},
		{[]string{"status", "--config", other}, pipeline.ExitYourInput, "other settings"},
		{[]string{"serve"}, pipeline.ExitEnvironment, "in use by process"},
		{[]string{"demo"}, pipeline.ExitEnvironment, "in use by process"},
	} {
		code, _, stderr := zhibiao(t, append(c.args, "--data", dir)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("zhibiao %v: exit code %d, want %d and %q in\n%s", c.args, code, c.code, c.want, stderr)
		}
	}
	info, err := os.Stat(controlSocket(dir))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("control socket: %v, %v; want mode 0600", info.Mode(), err)
	}

	serve.Process.Signal(syscall.SIGTERM)
	if err := serve.Wait(); err != nil {
		t.Errorf("serve ended with %v", err)
	}
	if out := mustRun(t, "query", "--data", dir, "--format", "tsv", "SELECT count() AS n FROM observation"); out != "n\n0\n" {
		t.Errorf("after the serve the folder answers %q", out)
	}
}

// startServe starts a serve in a process of its own and waits until it answers.
func startServe(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	serve, _ := startPages(t, dir)
	return serve
}

// startPages is startServe that also tells where the pages are.
func startPages(t *testing.T, dir string) (serve *exec.Cmd, pages string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, "serve", "--data", dir)
	command.Env = append(os.Environ(), asCommand+"=1")
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if address, found := strings.CutPrefix(lines.Text(), "pages "); found {
			pages = strings.Fields(address)[0]
		}
		if strings.HasPrefix(lines.Text(), "ready") {
			return command, pages
		}
	}
	t.Fatalf("serve ended before it was ready: %v", command.Wait())
	return nil, ""
}
