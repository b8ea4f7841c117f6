package main

import (
	"bytes"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"zhibiao/configs"
	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
)

// What goes wrong at a publisher is told in one sentence, costs the exit code 4
// (3 if nothing at all came), and loses nothing: the next run brings it.
func TestAFaultOfAPublisherIsToldAndLosesNothing(t *testing.T) {
	const listing = "/tjsj/qxgb/index.html"
	w := startWorld(t)
	w.site.OversizeBytes = 5_000_000
	for _, c := range []struct {
		name       string
		host, path string
		kind       statsite.FaultKind
		source     string
		code       int
		want       string
	}{
		{"a page that is gone", "taiyuan.tjj.example", "/tjsj/qxgb/202404/t20240419_11401212023.shtml", statsite.FaultNotFound, statsite.SourceTRS, pipeline.ExitPartly, "404"},
		{"a body that is cut short", "taiyuan.tjj.example", "/tjsj/qxgb/202304/t20230418_11401212022.shtml", statsite.FaultTruncated, statsite.SourceTRS, pipeline.ExitPartly, "truncated"},
		{"a body over the limit", "taiyuan.tjj.example", "/tjsj/qxgb/202304/t20230418_11401212022.shtml", statsite.FaultOversize, statsite.SourceTRS, pipeline.ExitPartly, "limit"},
		{"a list that is gone", "taiyuan.tjj.example", listing, statsite.FaultNotFound, statsite.SourceTRS, pipeline.ExitEnvironment, "404"},
		{"a server that is broken", "yearbook.stats.example", "", statsite.FaultServerError, statsite.SourceYearbook, pipeline.ExitEnvironment, "500"},
		{"a connection that is reset", "yearbook.stats.example", "", statsite.FaultReset, statsite.SourceYearbook, pipeline.ExitEnvironment, "yearbook.stats.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(w.rows())
			w.site.Fault(c.host, c.path, c.kind)
			defer w.site.ClearFaults()
			w.out.Reset()
			err := w.tryCollect(c.source)
			if got := pipeline.ExitCode(err); got != c.code {
				t.Errorf("exit code %d, want %d: %v\n%s", got, c.code, err, w.out)
			}
			if !strings.Contains(w.out.String(), c.want) {
				t.Errorf("the message does not say %q:\n%s", c.want, w.out)
			}
			if after := len(w.rows()); after < before {
				t.Errorf("%d rows before, %d after", before, after)
			}
		})
	}
	w.collect()
	w.compareWithTruth(1, nil, demoSources...)
}

// A publisher that answers its interface with a challenge, or with any page, is asked
// no more for a while, and never worked around; the other publishers' numbers come.
func TestAChallengeStopsTheHostAndNoOther(t *testing.T) {
	for fault, said := range map[statsite.FaultKind]string{
		statsite.FaultChallenge: "challenge",
		statsite.FaultHTML:      "JSON",
	} {
		t.Run(said, func(t *testing.T) {
			w := startWorld(t)
			w.site.Fault("data.stats.example", "/dg/website/publicrelease/web/external/stream/esData", fault)
			err := w.tryCollect(statsite.SourceNBS)
			if got := pipeline.ExitCode(err); got != pipeline.ExitEnvironment || !strings.Contains(w.out.String(), said) {
				t.Errorf("exit code %d, %v\n%s", got, err, w.out)
			}
			w.site.ClearFaults()
			w.out.Reset()
			if err := w.tryCollect(); pipeline.ExitCode(err) != pipeline.ExitPartly || !strings.Contains(w.out.String(), "not asked") {
				t.Errorf("exit code %d, %v\n%s", pipeline.ExitCode(err), err, w.out)
			}
		})
	}
}

func TestAPublisherThatCannotBeReachedIsTheEnvironmentsFault(t *testing.T) {
	w := startWorld(t)
	for host := range w.app.settings.Resolve {
		w.app.settings.Resolve[host] = closedPort(t)
	}
	err := w.tryCollect(statsite.SourceYearbook)
	if pipeline.ExitCode(err) != pipeline.ExitEnvironment || !strings.Contains(w.out.String(), "unreachable") {
		t.Errorf("exit code %d, %v\n%s", pipeline.ExitCode(err), err, w.out)
	}
}

// closedPort is a loopback address that nobody listens on.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// A page that is replaced by something else for a night costs no number and adds
// none when it is back (promise 6).
func TestAPageThatIsReplacedForANightChangesNothing(t *testing.T) {
	w := startWorld(t)
	w.collect(statsite.SourceYearbook, statsite.SourceTRS)
	before := w.rows()
	w.site.Fault("yearbook.stats.example", "/nj/2024/140121/0103.html", statsite.FaultHTML)
	w.site.Fault("taiyuan.tjj.example", "/tjsj/qxgb/202404/t20240419_11401212023.shtml", statsite.FaultHTML)
	w.out.Reset()
	err := w.tryCollect(statsite.SourceYearbook, statsite.SourceTRS)
	if said := strings.Count(w.out.String(), "says that there is no such page"); pipeline.ExitCode(err) != pipeline.ExitPartly || said != 2 {
		t.Errorf("exit code %d, %d pages said to be gone, want two of two sources\n%s", pipeline.ExitCode(err), said, w.out)
	}
	w.site.ClearFaults()
	w.collect(statsite.SourceYearbook, statsite.SourceTRS)
	if after := w.rows(); len(after) != len(before) {
		t.Errorf("%d rows before the night, %d after it", len(before), len(after))
	}
}

func TestBadInputIsNamedAndCostsExitCodeTwo(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ args, want string }{
		{"nonsense", "unknown command"},
		{"collect --sauce x", "unknown flag"},
		{"collect --source nbs-nation-mouth", "nbs-nation-month"},
		{"collect --source nbs-easyquery", "only reads archives"},
		{"collect --region 999999", "GB/T 2260"},
		{"collect --period 2024-13", "2024-08"},
		{"query", "accepts 1 arg"},
		{"query --format xml x", "ndjson"},
		{"query SELEKT", "running the query"},
		{"trace x", "24 letters"},
		{"extract /does/not/exist", "no such file"},
		{"extract --format xml main.go", "table"},
		{"status extra", "unknown command"},
		{"bench nope", "unknown command"},
		{"status --config /does/not/exist.yaml", "no such file"},
	} {
		code, _, stderr := zhibiao(t, append(strings.Fields(c.args), "--data", dir)...)
		if code != pipeline.ExitYourInput || !strings.Contains(stderr, c.want) {
			t.Errorf("zhibiao %s: exit code %d, want 2 and %q in\n%s", c.args, code, c.want, stderr)
		}
	}
}

// A command that reads or checks would report a mistyped folder as all well, and make
// it. Those that bring something into a folder make it.
func TestAFolderThatIsNotThereIsNotMadeByReading(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mistyped")
	for _, args := range [][]string{
		{"status"}, {"query", "SELECT 1"}, {"missing"}, {"trace", strings.Repeat("a", 24)}, {"export", "resolved"},
		{"dead", "list"}, {"reprocess", "--plan"}, {"rebuild", "--verify"}, {"backup", filepath.Join(t.TempDir(), "copy")},
	} {
		code, _, stderr := zhibiao(t, append(args, "--data", dir)...)
		if code != pipeline.ExitYourInput || !strings.Contains(stderr, "no data folder at "+dir) {
			t.Errorf("zhibiao %s: exit code %d\n%s", args[0], code, stderr)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}

// A broker that does not answer is told within the patience of a person, and its
// password is not.
func TestABrokerThatDoesNotAnswerIsTold(t *testing.T) {
	dir := t.TempDir()
	settings := "broker: {url: 'nats://user:secret@" + closedPort(t) + "'}\ncollect: {patience: 200ms}\n"
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := zhibiao(t, "dead", "list", "--data", dir)
	if code != pipeline.ExitEnvironment || !strings.Contains(stderr, "no answer from nats://user:xxxxx@127.0.0.1") || strings.Contains(stdout+stderr, "secret") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}

// Help must not name what is not there.
func TestTheExamplesOfTheHelpNameSourcesThatAreThere(t *testing.T) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	var walk func(*cobra.Command)
	walk = func(command *cobra.Command) {
		words := strings.Fields(command.Example)
		for i := 1; i < len(words); i++ {
			if words[i-1] != "--source" {
				continue
			}
			named++
			if _, err := set.Source(words[i]); err != nil {
				t.Errorf("%s: %v", command.CommandPath(), err)
			}
		}
		for _, sub := range command.Commands() {
			walk(sub)
		}
	}
	walk(newRootCommand(&cli{}))
	if named == 0 {
		t.Error("no example names a source")
	}
}

func TestAnAnswerThatCannotBeWrittenIsTheEnvironmentsFault(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no device that is always full:", err)
	}
	defer full.Close()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"missing"}, {"status"}, {"migrate", "--render"}, {"source", "list"}, {"export", "region"}, {"query", "SELECT 1"}, {"version"},
	} {
		var errs bytes.Buffer
		if code := run(t.Context(), append(args, "--data", dir), full, &errs); code != pipeline.ExitEnvironment || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("zhibiao %s: exit code %d\n%s", strings.Join(args, " "), code, &errs)
		}
	}
}
