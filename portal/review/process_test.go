package review_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// program is zhibiao with a data folder.
type program struct {
	t         *testing.T
	path, dir string
	at        string // of its pages
}

// build makes the program and fills a folder with the numbers of the demo's public
// sources.
func build(t *testing.T) *program {
	t.Helper()
	p := &program{t: t, path: filepath.Join(t.TempDir(), "zhibiao"), dir: t.TempDir()}
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", p.path, "zhibiao/cmd/zhibiao").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: the program cannot be built here: %v\n%s", err, output)
	}
	p.run("demo")
	return p
}

// run runs a command and returns what it printed.
func (p *program) run(arguments ...string) string {
	p.t.Helper()
	command := exec.CommandContext(p.t.Context(), p.path, append(arguments, "--data", p.dir)...)
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		p.t.Fatalf("zhibiao %s: %v\n%s%s", strings.Join(arguments, " "), err, output, &problems)
	}
	return string(output)
}

var pagesAt = regexp.MustCompile(`^pages\s+(http://\S+)`)

// serve serves the folder until the test ends.
func (p *program) serve() {
	p.t.Helper()
	command := exec.Command(p.path, "serve", "--data", p.dir)
	output, err := command.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(p.t.TempDir(), "serve.log"))
	if err != nil {
		p.t.Fatal(err)
	}
	command.Stderr = log
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			p.t.Errorf("serve ended with %v", err)
		}
		if content, err := os.ReadFile(log.Name()); p.t.Failed() && err == nil {
			p.t.Logf("serve said\n%s", content)
		}
	})
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if found := pagesAt.FindStringSubmatch(lines.Text()); found != nil {
			p.at = found[1]
		}
		if lines.Text() == "ready" {
			return
		}
	}
	p.t.Fatal("serve ended before it was ready")
}

var oneTime = regexp.MustCompile(`code\s+(\S+)`)

// add adds an account and returns its one-time code.
func (p *program) add(name, role, region string) string {
	p.t.Helper()
	printed := p.run("account", "add", name, "--role", role, "--region", region, "--display", name)
	found := oneTime.FindStringSubmatch(printed)
	if found == nil {
		p.t.Fatalf("no code in %s", printed)
	}
	return found[1]
}
