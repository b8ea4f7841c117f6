package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

// worldRun is a data folder whose sources are played by the statistics site.
type worldRun struct {
	t     testing.TB
	dir   string
	world *statsite.World
	site  *statsite.Site
	cli   *cli
	out   *bytes.Buffer
	app   *app
	line  *line
}

// startWorld opens a folder and the line on it, with the demo's world.
func startWorld(t testing.TB) *worldRun {
	t.Helper()
	return startWorldOf(t, statsite.Config{Seed: demoSeed})
}

func startWorldOf(t testing.TB, config statsite.Config) *worldRun {
	t.Helper()
	w := &worldRun{t: t, dir: t.TempDir(), world: statsite.NewWorld(config), out: new(bytes.Buffer)}
	site, err := statsite.Serve(t.Context(), w.world)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { site.Close() })
	w.site = site
	w.open()
	t.Cleanup(w.close)
	return w
}

func (w *worldRun) open() {
	w.t.Helper()
	w.openWith(func() {})
}

// openWith opens the folder once its configuration was changed.
func (w *worldRun) openWith(change func()) {
	w.t.Helper()
	if err := writeDemoFolder(w.dir); err != nil {
		w.t.Fatal(err)
	}
	change()
	s, err := loadSettings(w.dir, "")
	if err != nil {
		w.t.Fatal(err)
	}
	s.Resolve = map[string]string{}
	for _, host := range w.world.Hosts() {
		s.Resolve[host] = w.site.Addr()
	}
	w.cli = &cli{stdout: w.out, stderr: w.out, dataDir: w.dir}
	if w.app, err = newApp(w.dir, s, w.out); err != nil {
		w.t.Fatal(err)
	}
	if w.line, err = w.app.startLine(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *worldRun) close() {
	if w.app == nil {
		return
	}
	w.line.close()
	if err := w.app.close(); err != nil {
		w.t.Errorf("closing: %v", err)
	}
	w.app = nil
}

// collect runs the sources, all of the demo's without names, and fails the test
// unless they all succeed.
func (w *worldRun) collect(names ...string) {
	w.t.Helper()
	if err := w.tryCollect(names...); err != nil {
		w.t.Fatalf("collecting: %v\n%s", err, w.out)
	}
}

func (w *worldRun) tryCollect(names ...string) error {
	w.t.Helper()
	if len(names) == 0 {
		names = demoSources
	}
	sources, err := w.app.chooseSources(names)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.cli.collect(context.WithoutCancel(w.t.Context()), w.line, sources, demoWindow, "test")
}

// collectArchive puts the answers of the older interface, which are not fetched
// any more, through the line.
func (w *worldRun) collectArchive() {
	w.t.Helper()
	source, err := w.app.set.Source(statsite.SourceNBSArchive)
	if err != nil {
		w.t.Fatal(err)
	}
	run, err := w.line.runCollector(w.t.Context(), source, archived{w}, pipeline.Window{}, "test")
	if err != nil || len(run.Failures) > 0 {
		w.t.Fatalf("collecting the archive: %v %v", err, run.Failures)
	}
	if err := w.line.awaitLoaded(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// archived hands over what the older interface answers.
type archived struct{ *worldRun }

func (a archived) Collect(ctx context.Context, _ pipeline.Window, emit func(context.Context, pipeline.RawDocument) error) error {
	for _, r := range a.world.Requests() {
		if r.Source != statsite.SourceNBSArchive {
			continue
		}
		request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, strings.NewReader(r.Body))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", r.ContentType)
		answer, err := a.site.Client().Do(request)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			return err
		}
		if err := emit(ctx, pipeline.RawDocument{
			Source: r.Source, Supplier: pipeline.Public, Access: pipeline.AccessPublic, Method: r.Method, URL: r.URL,
			RequestBody: []byte(r.Body), MediaType: answer.Header.Get("Content-Type"), FetchedAt: now(), Body: body,
		}); err != nil {
			return err
		}
	}
	return nil
}

// rows returns the stored rows by id, in the words of the truth.
func (w *worldRun) rows() map[string]string {
	w.t.Helper()
	const query = `SELECT o.id, o.source, d.method, d.url, d.request_body, o.indicator, o.region, o.freq, o.basis,
		toString(o.period_start), toString(o.period_end), ifNull(toString(o.value), 'NULL'), o.unit, o.raw_text, o.status, o.op
		FROM (SELECT id, * FROM observation FINAL) AS o LEFT JOIN document AS d ON d.version = o.version`
	found := map[string]string{}
	for _, row := range w.ask(query) {
		found[row[0]] = strings.Join(row[1:], " · ")
	}
	return found
}

// ask runs a query whose columns are all strings.
func (w *worldRun) ask(query string) [][]string {
	w.t.Helper()
	reader, err := w.app.reader(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return w.askOf(reader, query)
}

// askOf is ask of a handle: a reader's sees only what is public.
func (w *worldRun) askOf(handle *warehouse.Warehouse, query string) [][]string {
	w.t.Helper()
	rows, err := handle.Conn().Query(w.t.Context(), query)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	var all [][]string
	for rows.Next() {
		cells := make([]string, len(rows.Columns()))
		pointers := make([]any, len(cells))
		for i := range cells {
			pointers[i] = &cells[i]
		}
		if err := rows.Scan(pointers...); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, cells)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// inWords writes a fact of the truth as rows does.
func inWords(f statsite.Fact) string {
	printed := f.Printed
	return strings.Join([]string{f.Source, f.Method, f.URL, f.Request, f.Indicator, f.Region, f.Freq, f.Basis,
		f.PeriodStart, f.PeriodEnd, decimal.RequireFromString(f.Value).String(), f.Unit, printed, f.Status, f.Op}, " · ")
}

// compareWithTruth compares the rows that were added since before with the facts
// of a night.
func (w *worldRun) compareWithTruth(night int, before map[string]string, sources ...string) map[string]string {
	w.t.Helper()
	var want, got []string
	for _, f := range w.world.Truth(night) {
		if slices.Contains(sources, f.Source) {
			want = append(want, inWords(f))
		}
	}
	after := w.rows()
	for id, row := range before {
		if after[id] != row {
			w.t.Errorf("night %d: row %s is gone or changed: %s", night, id, row)
		}
	}
	for id, row := range after {
		if _, old := before[id]; !old {
			got = append(got, row)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) == 0 {
		w.t.Fatalf("night %d: the truth is empty", night)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("night %d: the warehouse differs from the truth (- truth, + warehouse), %d and %d rows:\n%s", night, len(want), len(got), firstLines(diff, 60))
	}
	return after
}

func firstLines(text string, n int) string {
	lines := strings.SplitN(text, "\n", n+1)
	if len(lines) > n {
		lines[n] = fmt.Sprintf("… and %d bytes more", len(lines[n]))
	}
	return strings.Join(lines, "\n")
}
