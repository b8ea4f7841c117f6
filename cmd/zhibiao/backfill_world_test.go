package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"zhibiao/internal/statsite"
)

// countyPages writes the yearbook's source so that it names every county's page
// itself, as a backfill divides them; pause is between two requests.
func countyPages(t testing.TB, dir string, counties []statsite.Region, pause time.Duration) {
	t.Helper()
	var pages strings.Builder
	pages.WriteString("pages:\n  pages:\n")
	provinces := map[string]bool{}
	for _, county := range counties {
		if province := county.Code[:2]; !provinces[province] {
			provinces[province] = true
			fmt.Fprintf(&pages, "    - {url: http://yearbook.stats.example/nj/2024/%s/0101.html, region: \"%s0000\"}\n", province, province)
		}
	}
	for _, county := range counties {
		fmt.Fprintf(&pages, "    - {url: http://yearbook.stats.example/nj/2024/%s/0103.html, region: %q}\n", county.Code, county.Code)
	}
	name := filepath.Join(dir, "configs", "sources", statsite.SourceYearbook+".yaml")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	written := regexp.MustCompile(`(?s)pages:\n.*?pagination: none\n`).ReplaceAllString(string(text), pages.String())
	written = strings.Replace(written, "interval: 1ms", "interval: "+pause.String(), 1)
	if written == string(text) {
		t.Fatal("the yearbook's source looks otherwise than this test knows it")
	}
	if err := os.WriteFile(name, []byte(written), 0o600); err != nil {
		t.Fatal(err)
	}
}

// configureCounties writes a folder for processes whose yearbook names its pages.
func (w *worldRun) configureCounties(counties []statsite.Region, pause time.Duration) {
	w.t.Helper()
	if err := writeDemoFolder(w.dir); err != nil {
		w.t.Fatal(err)
	}
	countyPages(w.t, w.dir, counties, pause)
	settings := fmt.Sprintf("sources: configs\nresolve: {yearbook.stats.example: %q}\n", w.site.Addr())
	if err := os.WriteFile(filepath.Join(w.dir, "config.yaml"), []byte(settings), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// shanxi are counties of Shanxi, by code, but for those whose names need the city's
// beside them.
func shanxi(t testing.TB, count int) []statsite.Region {
	t.Helper()
	var picked []statsite.Region
	for _, county := range someCounties(t, 1000) {
		ambiguous := len([]rune(county.Name)) == 2 && strings.HasSuffix(county.Name, "区")
		if strings.HasPrefix(county.Code, "14") && !ambiguous && len(picked) < count {
			picked = append(picked, county)
		}
	}
	if len(picked) != count {
		t.Fatalf("only %d counties of Shanxi", len(picked))
	}
	return picked
}

// backfillWorld opens a folder whose yearbook names its pages, as a serve does.
func backfillWorld(t testing.TB, counties []statsite.Region) *worldRun {
	t.Helper()
	w := &worldRun{t: t, dir: t.TempDir(), out: new(bytes.Buffer),
		world: statsite.NewWorld(statsite.Config{Seed: demoSeed, Regions: counties})}
	site, err := statsite.Serve(t.Context(), w.world)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { site.Close() })
	w.site = site
	w.openWith(func() { countyPages(t, w.dir, counties, time.Millisecond) })
	t.Cleanup(w.close)
	w.app.serveLine(w.line)
	return w
}

// command runs a command line inside the open folder.
func (w *worldRun) command(args ...string) (code int, printed string) {
	var out bytes.Buffer
	c := &cli{stdout: &out, stderr: &out, serving: w.app}
	code = c.execute(context.WithoutCancel(w.t.Context()), args)
	return code, out.String()
}

// pagesAsked are the counties' pages that the site was asked for.
func (w *worldRun) pagesAsked() []string {
	var paths []string
	for _, r := range w.site.Requests() {
		if strings.HasSuffix(r.Path, "/0103.html") {
			paths = append(paths, r.Path)
		}
	}
	return paths
}

// killedBackfill runs a command in a process of its own, kills it once it has
// asked for some pages, and returns what it printed.
func (w *worldRun) killedBackfill(t testing.TB, pages int, args []string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, args...)
	command.Env = append(os.Environ(), asCommand+"=1")
	var errs bytes.Buffer
	command.Stderr = &errs
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan string, 1)
	go func() {
		var printed strings.Builder
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			printed.WriteString(lines.Text() + "\n")
		}
		ended <- printed.String()
	}()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for len(w.pagesAsked()) < pages {
		select {
		case <-ticker.C:
		case printed := <-ended:
			command.Wait()
			t.Fatalf("it ended by itself:\n%s%s", printed, errs.String())
		}
	}
	command.Process.Kill()
	printed := <-ended
	if command.Wait() == nil {
		t.Fatalf("it had ended before it was killed:\n%s", printed)
	}
	return printed
}
