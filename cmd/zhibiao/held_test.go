package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
)

const heldSource = "held-table"

const heldFile = `title: 清徐县主要经济指标
publisher: 清徐县统计局
evidence: a test
verified: never
impact: {rate: 无, window: 无, volume: 无, contact: 数据管理员}
min_documents: 1
expect: {min_yield: 1, max_yield: 20, max_drift: 40}
kind: html
region: "140121"
pages:
  pages:
    - {url: http://held.example/p.html}
prose: false
`

// heldPage is the page with the rows of its two tables.
func heldPage(first, second string) string {
	table := func(rows string) string {
		return "<table><tr><th>指标</th><th>单位</th><th>2024年</th></tr>" + rows + "</table>"
	}
	return `<!DOCTYPE html><html><head><meta charset="utf-8"><title>清徐县2024年主要经济指标</title></head><body><h1>清徐县2024年主要经济指标</h1>` +
		table(first) + table(second) + "</body></html>"
}

func heldRow(name, value string) string {
	return "<tr><td>" + name + "</td><td>亿元</td><td>" + value + "</td></tr>"
}

// one hands over one page.
type one struct{ body string }

func (o one) Collect(ctx context.Context, _ pipeline.Window, emit func(context.Context, pipeline.RawDocument) error) error {
	return emit(ctx, pipeline.RawDocument{Source: heldSource, Supplier: pipeline.Public, Access: pipeline.AccessPublic, Method: "GET",
		URL: "http://held.example/p.html", FetchedAt: now(), Body: []byte(o.body)})
}

func (w *worldRun) show(body string) {
	w.t.Helper()
	source, err := w.app.set.Source(heldSource)
	if err != nil {
		w.t.Fatal(err)
	}
	run, err := w.line.runCollector(w.t.Context(), source, one{body}, pipeline.Window{}, "test")
	if err != nil || len(run.Failures) > 0 {
		w.t.Fatalf("%v %v", err, run.Failures)
	}
	if err := w.line.awaitLoaded(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// latest is what an analyst sees of the county, as indicator = value.
func (w *worldRun) latest() string {
	w.t.Helper()
	var all []string
	for _, row := range w.ask("SELECT indicator, toString(value) FROM latest WHERE source = '" + heldSource + "' ORDER BY indicator") {
		all = append(all, row[0]+"="+row[1])
	}
	return strings.Join(all, " ")
}

func (w *worldRun) statusText() string {
	w.t.Helper()
	w.out.Reset()
	if err := w.cli.status(w.t.Context(), w.app); err != nil {
		w.t.Fatal(err)
	}
	return w.out.String()
}

func (w *worldRun) acceptHeld(o acceptOptions) (string, error) {
	w.t.Helper()
	w.app.serveLine(w.line)
	w.out.Reset()
	err := w.cli.accept(w.t.Context(), w.app, heldSource, o)
	return w.out.String(), err
}

// startHeld opens a folder with a source whose page has changed its first table.
func startHeld(t *testing.T) *worldRun {
	t.Helper()
	w := startWorldOf(t, statsite.Config{Seed: demoSeed})
	w.close()
	w.openWith(func() { w.writeHeldSource(heldFile) })
	w.show(heldPage(heldRow("地区生产总值", "212.35")+heldRow("第一产业增加值", "21.50"), heldRow("一般公共预算收入", "18.42")))
	w.show(heldPage(heldRow("社会消费品零售总额", "66.10")+heldRow("进出口总额", "3.20"), heldRow("一般公共预算收入", "18.50")))
	return w
}

func (w *worldRun) writeHeldSource(text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, "configs", "sources", heldSource+".yaml"), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

const (
	beforeAccepting = "budget_revenue=18.5 gdp=212.35 primary_value_added=21.5"
	afterAccepting  = "budget_revenue=18.5 foreign_trade=3.2 gdp=212.35 primary_value_added=21.5 retail_sales=66.1"
)

func TestAHeldTableIsNamedAndReleasedWithAReason(t *testing.T) {
	w := startHeld(t)
	if got := w.latest(); got != beforeAccepting {
		t.Fatalf("the latest is %s, want %s", got, beforeAccepting)
	}
	status := w.statusText()
	for _, want := range []string{"held for review: 1 tables of 1 documents", heldSource, "table[1]", "gone gdp, primary_value_added", "since " + now().In(shanghai).Format("2006-01-02"),
		"source accept SOURCE --document"} {
		if !strings.Contains(status, want) {
			t.Errorf("status does not say %q:\n%s", want, status)
		}
	}
	if strings.Contains(status, "all is well") {
		t.Errorf("status calls that well:\n%s", status)
	}
	if err := w.app.heldCheck().Look(t.Context()); err == nil || !strings.Contains(err.Error(), "table[1] of "+heldSource) {
		t.Errorf("the check of alerts says %v", err)
	}
	w.mustBeEqual(rebuildOptions{})
	for name, o := range map[string]acceptOptions{
		"no reason":        {},
		"another document": {reason: "x", document: "zz"},
		"another table":    {reason: "x", tables: []string{"table[2]"}},
	} {
		if _, err := w.acceptHeld(o); pipeline.ExitCode(err) != pipeline.ExitYourInput {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := w.latest(); got != beforeAccepting {
		t.Fatalf("a refused acceptance changed the latest to %s", got)
	}
	out, err := w.acceptHeld(acceptOptions{reason: "表一换了指标，已与网页核对"})
	if err != nil || !strings.Contains(out, "2 values published, 0 withdrawn, 0 tables still held") {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := w.latest(); got != afterAccepting {
		t.Errorf("the latest is %s, want %s", got, afterAccepting)
	}
	if status := w.statusText(); strings.Contains(status, "held for review") {
		t.Errorf("it is still held:\n%s", status)
	}
	if _, err := w.acceptHeld(acceptOptions{reason: "again"}); pipeline.ExitCode(err) != pipeline.ExitYourInput {
		t.Errorf("accepting what is not held: %v", err)
	}
	w.mustBeEqual(rebuildOptions{})
}

// What was held and accepted survives the loss of the broker, other expectations and
// other rules, and a rebuild says the same each time.
func TestHeldAndAcceptedTablesSurviveTheBrokerAndOtherRules(t *testing.T) {
	w := startHeld(t)
	w.close()
	if err := os.RemoveAll(filepath.Join(w.dir, "broker")); err != nil {
		t.Fatal(err)
	}
	w.openWith(func() { w.writeHeldSource(strings.Replace(heldFile, "max_drift: 40", "max_drift: 90", 1)) })
	if out, err := w.rebuild(rebuildOptions{}); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := w.latest(); got != beforeAccepting {
		t.Fatalf("rebuilt, the latest is %s, want %s", got, beforeAccepting)
	}
	if status := w.statusText(); !strings.Contains(status, "held for review: 1 tables") {
		t.Fatalf("after the loss of the broker nothing is held:\n%s", status)
	}
	if out, err := w.acceptHeld(acceptOptions{reason: "已核对", tables: []string{"table[1]"}}); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.close()
	w.openWith(func() { w.writeHeldSource(heldFile + "ignore: [第一产业增加值]\n") })
	w.app.serveLine(w.line)
	w.out.Reset()
	if err := w.cli.reprocess(t.Context(), w.app, nil, false); err != nil || !strings.Contains(w.out.String(), heldSource+" ") {
		t.Fatalf("%v\n%s", err, w.out)
	}
	if got, want := w.latest(), strings.Replace(afterAccepting, " primary_value_added=21.5", "", 1); got != want {
		t.Errorf("after other rules the latest is %s, want %s", got, want)
	}
	if status := w.statusText(); strings.Contains(status, "held for review") {
		t.Errorf("what was accepted is held again:\n%s", status)
	}
	w.mustBeEqual(rebuildOptions{})
}
