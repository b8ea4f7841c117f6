package public

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/zap"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/stream"
	"zhibiao/pipeline/worker"
)

// nights runs a source through the collecting loop, the broker and the archive.
type nights struct {
	t       *testing.T
	site    *statsite.Site
	broker  *stream.Embedded
	collect *worker.Collect
	source  *pipeline.Source
	options Options
}

func newNights(t *testing.T) *nights {
	t.Helper()
	world := statsite.NewWorld(statsite.Config{})
	site, err := statsite.Serve(t.Context(), world)
	if err != nil {
		t.Fatal(err)
	}
	site.Validators = true
	dir, time := t.TempDir(), &fakeTime{now: day}
	n := &nights{t: t, site: site}
	if n.broker, err = stream.StartEmbedded(t.Context(), stream.Config{Dir: dir + "/broker", MaxStore: 256 << 20}); err != nil {
		t.Fatal(err)
	}
	store, err := archive.Open(dir + "/archive")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(n.broker.Close(), store.Close(), site.Close()); err != nil {
			t.Error(err)
		}
	})
	if n.collect, err = worker.NewCollect(t.Context(), store, n.broker.Broker, time.clock, zap.NewNop()); err != nil {
		t.Fatal(err)
	}
	memory, err := OpenMemory(dir + "/publishers")
	if err != nil {
		t.Fatal(err)
	}
	start := world.StartURLs(statsite.SourceTRS)[0]
	name := strings.Split(start, "/")[2]
	n.source = pageSource(&pipeline.PageCollection{Lists: []pipeline.ListPage{{URL: start}}, RowSelector: "li", Pagination: pipeline.PaginationTRS,
		LinkPattern: `^http://` + regexp.QuoteMeta(name) + `/tjsj/qxgb/\d{6}/t\d{8}_\d{11}\.shtml$`})
	n.options = Options{Resolve: map[string]string{name: site.Addr()}, Clock: time.clock, Sleep: time.sleep, Bodies: store, Memory: memory, Pace: NewPace()}
	return n
}

// night runs the source once and returns what the run brought, and how many
// documents wait to be read.
func (n *nights) night() (run pipeline.Run, toRead uint64) {
	n.t.Helper()
	n.site.ForgetRequests()
	collector, err := New(n.source, n.options)
	if err != nil {
		n.t.Fatal(err)
	}
	run, err = n.collect.Run(n.t.Context(), worker.Job{Source: *n.source, Collector: collector, Trigger: "nightly",
		Derivation: pipeline.Derivation{ID: "rules", No: 1, Parser: "test"}})
	if err != nil || len(run.Failures) != 0 {
		n.t.Fatalf("got %+v and %v", run, err)
	}
	depths, err := n.broker.Depths(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	return run, depths[0].Waiting
}

// afterTheLast returns the one address whose answer is 404, for a numbered list has
// no other end; it has no validators.
func (n *nights) afterTheLast(pages map[string]bool) (missing string) {
	n.t.Helper()
	client := n.site.Client()
	defer client.CloseIdleConnections()
	for page := range pages {
		answer, err := client.Get("http://" + strings.Split(n.source.Pages.Lists[0].URL, "/")[2] + page)
		if err != nil {
			n.t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusNotFound {
			if missing != "" {
				n.t.Errorf("both %s and %s are missing", missing, page)
			}
			missing = page
		}
	}
	return missing
}

func TestANightOverAnUnchangedSourceIsOneConditionalRequestAPage(t *testing.T) {
	n := newNights(t)
	first, toRead := n.night()
	if first.New == 0 || uint64(first.New) != toRead {
		t.Fatalf("the first night brought %d documents, %d wait to be read", first.New, toRead)
	}
	pages := map[string]bool{}
	for _, request := range n.site.Requests() {
		if request.Condition != "" {
			t.Errorf("%s was asked conditionally on the first night", request.Path)
		}
		pages[request.Path] = true
	}
	delete(pages, "/robots.txt")
	delete(pages, n.afterTheLast(pages))

	second, stillToRead := n.night()
	if second.New != 0 || second.Confirmed != first.New || stillToRead != toRead {
		t.Errorf("the second night brought %d new and %d confirmed documents, %d more to read; want %d confirmed and nothing to read",
			second.New, second.Confirmed, stillToRead-toRead, first.New)
	}
	asked := map[string]int{}
	for _, request := range n.site.Requests() {
		if asked[request.Path]++; request.Condition == "" && pages[request.Path] {
			t.Errorf("%s was asked in full", request.Path)
		}
		if asked[request.Path] > 1 {
			t.Errorf("%s was asked %d times", request.Path, asked[request.Path])
		}
	}
	if len(asked) != len(pages)+1 {
		t.Errorf("%d addresses were asked, want the %d of the first night and the one after the last", len(asked), len(pages))
	}
}

func TestANightAfterAChangeBringsTheChangedPagesOnly(t *testing.T) {
	n := newNights(t)
	n.night()
	n.site.World().SetNight(2)
	run, _ := n.night()
	if run.New == 0 || run.Confirmed == 0 {
		t.Errorf("got %d new and %d confirmed documents, want some of both", run.New, run.Confirmed)
	}
}
