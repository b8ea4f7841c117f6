package faults_test

import (
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"zhibiao/internal/faults"
	"zhibiao/internal/statsite"
)

// sources are those of the statistics site that a run collects.
var sources = []string{statsite.SourceTRS, statsite.SourceGBK, statsite.SourceMislabeled, statsite.SourceYearbook}

// land is an invented country: what its offices publish, and what that owes.
type land struct {
	*trial
	world *statsite.World
	site  *statsite.Site
	dir   string
}

// counties are one of each kind of host, of those that kept name and code since 2000.
var counties = []statsite.Region{
	{Code: "140121", Name: "清徐县", Parent: "太原市", Province: "山西省"},
	{Code: "140621", Name: "山阴县", Parent: "朔州市", Province: "山西省"},
	{Code: "140728", Name: "平遥县", Parent: "晋中市", Province: "山西省"},
}

func newLand(t *trial) *land {
	t.Helper()
	return newLandOf(t, statsite.Config{Seed: t.seed, Regions: counties, FirstYear: 2000})
}

func newLandOf(t *trial, config statsite.Config) *land {
	t.Helper()
	l := &land{trial: t, world: statsite.NewWorld(config), dir: t.TempDir()}
	site, err := statsite.Serve(t.Context(), l.world)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { site.Close() })
	l.site = site
	return l
}

// makeFolder makes a data folder whose sources the site plays.
func (l *land) makeFolder(name, more string) string {
	l.Helper()
	dir := filepath.Join(l.dir, name)
	if err := os.CopyFS(filepath.Join(dir, "configs"), statsite.SourceFiles()); err != nil {
		l.Fatal(err)
	}
	text := "sources: configs\ndisk: {percent: 0, bytes: 1000000}\nresolve:\n"
	for _, host := range l.world.Hosts() {
		text += fmt.Sprintf("  %s: %q\n", host, l.site.Addr())
	}
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(text+more), fs.FileMode(0o600)); err != nil {
		l.Fatal(err)
	}
	return dir
}

// owed is what the nights have published, each number in words.
func (l *land) owed(nights ...int) []string {
	var all []string
	for _, night := range nights {
		for fact := range l.world.Facts(night) {
			if slices.Contains(sources, fact.Source) {
				all = append(all, inWords(fact))
			}
		}
	}
	return all
}

// found asks for the rows in the words of inWords.
const found = `SELECT o.source, d.method, d.url, d.request_body, o.indicator, o.region, o.freq, o.basis,
	toString(o.period_start), toString(o.period_end), ifNull(toString(o.value), 'NULL'), o.unit, o.raw_text, o.status, o.op
	FROM (SELECT * FROM observation FINAL) AS o LEFT JOIN (SELECT * FROM document FINAL) AS d ON d.version = o.version`

const between = " · "

func inWords(f statsite.Fact) string {
	return strings.Join([]string{f.Source, f.Method, f.URL, f.Request, f.Indicator, f.Region, f.Freq, f.Basis,
		f.PeriodStart, f.PeriodEnd, decimal.RequireFromString(f.Value).String(), f.Unit, f.Printed, f.Status, f.Op}, between)
}

// command is the command as it ships, on a data folder.
func (l *land) command(dir string, args ...string) *exec.Cmd {
	l.Helper()
	command := exec.Command(zhibiao(l), append(args, "--data", dir)...)
	command.Env = append(os.Environ(), "TZ=Asia/Shanghai")
	return command
}

// mustRun runs a command that has to succeed, and returns what it prints.
func (l *land) mustRun(dir string, args ...string) string {
	l.Helper()
	var errs strings.Builder
	command := l.command(dir, args...)
	command.Stderr = &errs
	out, err := command.Output()
	if err != nil {
		l.Fatalf("zhibiao %s: %v\n%s%s", strings.Join(args, " "), err, out, tail(errs.String()))
	}
	return string(out)
}

func tail(text string) string { return text[max(0, len(text)-3000):] }

// collectArgs collect everything that the site publishes now.
func collectArgs() []string {
	args := []string{"collect"}
	for _, s := range sources {
		args = append(args, "--source", s)
	}
	return args
}

// judgeFolder compares what the command reads from a folder with what is owed.
func (l *land) judgeFolder(dir string, owed, possible []string) faults.Verdict {
	l.Helper()
	reader := csv.NewReader(strings.NewReader(l.mustRun(dir, "query", "--format", "csv", found)))
	lines, err := reader.ReadAll()
	if err != nil || len(lines) == 0 {
		l.Fatalf("reading the rows: %d lines, %v", len(lines), err)
	}
	var rows []string
	for _, line := range lines[1:] {
		rows = append(rows, strings.Join(line, between))
	}
	return faults.Judge(owed, possible, rows)
}

// deadLetters counts those of a folder.
func (l *land) deadLetters(dir string) uint64 {
	l.Helper()
	for line := range strings.Lines(l.mustRun(dir, "status")) {
		if rest, is := strings.CutPrefix(strings.TrimSpace(line), "dead letters"); is {
			var n uint64
			if _, err := fmt.Sscan(rest, &n); err != nil {
				l.Fatalf("reading %q: %v", line, err)
			}
			return n
		}
	}
	l.Fatal("status says nothing of dead letters")
	return 0
}

var _ testing.TB = (*trial)(nil)
