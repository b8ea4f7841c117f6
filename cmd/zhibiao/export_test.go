package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhibiao/pipeline"
	"zhibiao/warehouse/dictionary"
	"zhibiao/warehouse/export"
)

// run carries out a command line inside the open folder.
func (w *worldRun) run(args ...string) (code int, stdout, stderr string) {
	var out, problems bytes.Buffer
	c := &cli{stdout: &out, stderr: &problems, serving: w.app}
	code = c.execute(w.t.Context(), args)
	return code, out.String(), problems.String()
}

func TestExportNamesWhatItDoesNotKnow(t *testing.T) {
	w := startWorld(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a view":                    {[]string{"export", "ranking"}, `"ranking"`},
		"a format":                  {[]string{"export", "run", "--format", "xls"}, `"xls"`},
		"a column":                  {[]string{"export", "run", "--column", "score"}, `"score"`},
		"a region":                  {[]string{"export", "observation", "--region", "149999"}, `"149999"`},
		"an indicator":              {[]string{"export", "observation", "--indicator", "rating"}, `"rating"`},
		"a period":                  {[]string{"export", "observation", "--from", "lately"}, `"lately"`},
		"a flag":                    {[]string{"export", "resolved", "--order", "value"}, "--order"},
		"no view":                   {[]string{"export"}, "accepts 1 arg"},
		"a dictionary without file": {[]string{"export", "run", "--dictionary"}, "--out"},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := w.run(c.args...)
			if code != pipeline.ExitYourInput || !strings.Contains(stderr, c.want) || stdout != "" {
				t.Errorf("got exit code %d, output %q, error %q; want 2 and %s", code, stdout, stderr, c.want)
			}
		})
	}
}

func TestAFileAppearsOnceItIsWhole(t *testing.T) {
	dir := t.TempDir()
	e := &exporting{request: export.Request{View: "run", Columns: []string{"id"}}, format: "csv", out: filepath.Join(dir, "run.csv"), dictionary: true}
	var out bytes.Buffer
	c := &cli{stdout: &out, stderr: io.Discard}
	broken := c.exportIntoFile(e, func() error {
		io.WriteString(c.stdout, "half")
		return errors.New("the warehouse is away")
	})
	if files, err := os.ReadDir(dir); broken == nil || err != nil || len(files) != 0 || out.Len() != 0 {
		t.Fatalf("a broken export returned %v and left %v, %v, and printed %q", broken, files, err, &out)
	}
	if err := c.exportIntoFile(e, func() error { io.WriteString(c.stdout, "whole"); return nil }); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(e.out)
	if err != nil || string(text) != "whole" {
		t.Errorf("got %q, %v", text, err)
	}
	columns, err := os.ReadFile(filepath.Join(dir, "run.dictionary.csv"))
	if err != nil || !strings.Contains(string(columns), "run,id,") {
		t.Errorf("got %q, %v", columns, err)
	}
	if !strings.Contains(out.String(), "5 bytes") {
		t.Errorf("it printed %q", &out)
	}
}

// The same export comes from the command beside a serve, into a file of this process,
// and from the address that the serve prints.
func TestAServeExportsByURL(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	server := &cli{stdout: write, stderr: io.Discard, dataDir: dir}
	ended := make(chan error, 1)
	go func() { err := server.serve(ctx); write.CloseWithError(err); ended <- err }()
	address := ""
	lines := bufio.NewScanner(read)
	for lines.Scan() && lines.Text() != "ready" {
		if rest, found := strings.CutPrefix(lines.Text(), "pages"); found {
			address = strings.Fields(rest)[0] + "/export/"
		}
	}
	if !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Fatalf("serve printed no address of the exports: %v", lines.Err())
	}

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"indicator.csv?indicator=gdp&column=code&column=name_zh", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	byURL, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if err != nil || string(byURL) != "\ufeffcode,name_zh\ngdp,地区生产总值\n" {
		t.Errorf("the URL gave %q, %v", byURL, err)
	}
	file := filepath.Join(t.TempDir(), "a.csv")
	var problems bytes.Buffer
	code := run(t.Context(), []string{"export", "indicator", "--indicator", "gdp", "--column", "code", "--column", "name_zh", "--out", file, "--data", dir}, io.Discard, &problems)
	byCommand, err := os.ReadFile(file)
	if code != pipeline.ExitDone || err != nil || !bytes.Equal(byCommand, byURL) {
		t.Errorf("the command gave %q, %v (exit code %d, %s)", byCommand, err, code, &problems)
	}

	stop()
	if err := <-ended; err != nil {
		t.Errorf("serve ended with %v", err)
	}
}

// Rows of an export have one order: no two rows of a view have the same key.
func TestTheOrderOfEveryExportIsTotal(t *testing.T) {
	w := startWorld(t)
	for night := 1; night <= demoNights; night++ {
		w.world.SetNight(night)
		w.collect()
	}
	for _, view := range export.Views() {
		args := []string{"export", view}
		relation, _ := dictionary.Find(view)
		for _, p := range relation.Parameters {
			if p.Name == "county" {
				args = append(args, "--region", "140121")
			} else {
				args = append(args, "--at", "2099-01-01")
			}
		}
		for _, column := range export.Order(relation) {
			args = append(args, "--column", column)
		}
		code, keys, stderr := w.run(args...)
		if code != pipeline.ExitDone {
			t.Errorf("%s: exit code %d: %s", view, code, stderr)
			continue
		}
		seen := map[string]bool{}
		for line := range strings.SplitSeq(strings.TrimSpace(keys), "\n") {
			if seen[line] {
				t.Errorf("%s: two rows have the key %s: add columns to its order", view, line)
				break
			}
			seen[line] = true
		}
	}
}
