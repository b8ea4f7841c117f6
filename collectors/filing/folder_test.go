package filing_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"zhibiao/collectors/filing"
)

// inbox is a watched folder that notes what it takes.
type inbox struct {
	*filing.Folder
	t     *testing.T
	taken []string
	err   error
}

func newInbox(t *testing.T) *inbox {
	b := &inbox{t: t}
	b.Folder = &filing.Folder{Dir: t.TempDir(), Every: time.Millisecond, Failed: func(error) {},
		Accept: func(_ context.Context, name string, body []byte) (filing.Outcome, error) {
			if b.err != nil {
				return filing.Outcome{}, b.err
			}
			b.taken = append(b.taken, name+"="+string(body))
			return filing.Outcome{Taken: string(body) != "bad", Report: "报告\n", Marked: []byte("marked")}, nil
		}}
	return b
}

func (b *inbox) put(name, body string) {
	must(b.t, os.WriteFile(filepath.Join(b.Dir, name), []byte(body), 0o600))
}

func (b *inbox) look() { must(b.t, b.Look(b.t.Context())) }

func (b *inbox) names(folder string) []string {
	entries, err := os.ReadDir(filepath.Join(b.Dir, folder))
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestAFileIsTakenOnceItStandsStillAndIsMoved(t *testing.T) {
	b := newInbox(t)
	b.put("a.xlsx", "one")
	b.look()
	if len(b.taken) != 0 {
		t.Fatalf("taken at first sight: %q", b.taken)
	}
	b.put("a.xlsx", "one and more") // still being copied
	b.look()
	if len(b.taken) != 0 {
		t.Fatalf("taken while it grows: %q", b.taken)
	}
	b.look()
	b.look()
	if !slices.Equal(b.taken, []string{"a.xlsx=one and more"}) {
		t.Errorf("taken %q", b.taken)
	}
	if got := b.names("done"); !slices.Equal(got, []string{"a.xlsx", "a.回执.txt", "a.已标注.xlsx"}) {
		t.Errorf("done: %q", got)
	}
	if got := b.names(""); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
	b.put("a.xlsx", "two")
	b.look()
	b.look()
	if got := b.names("done"); !slices.Contains(got, "a-2.xlsx") || !slices.Contains(got, "a.xlsx") {
		t.Errorf("a second file of the name: %q", got)
	}
}

func TestWhatIsNotTakenGoesToReturned(t *testing.T) {
	b := newInbox(t)
	b.put("b.xlsx", "bad")
	b.look()
	b.look()
	if got := b.names("returned"); !slices.Contains(got, "b.xlsx") || !slices.Contains(got, "b.回执.txt") {
		t.Errorf("returned: %q", got)
	}
}

func TestAnOutageLeavesTheFileWhereItIs(t *testing.T) {
	b := newInbox(t)
	b.put("c.xlsx", "one")
	b.look()
	b.err = errors.New("the broker is away")
	if err := b.Look(t.Context()); !errors.Is(err, b.err) {
		t.Errorf("got %v", err)
	}
	if got := b.names(""); !slices.Equal(got, []string{"c.xlsx"}) {
		t.Fatalf("left: %q", got)
	}
	b.err = nil
	b.look()
	if len(b.taken) != 1 {
		t.Errorf("taken %q after the outage", b.taken)
	}
}

func TestLinksAndFilesInTheMakingAreLeftAlone(t *testing.T) {
	b := newInbox(t)
	secret := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(secret, []byte("x"), 0o600))
	must(t, os.Symlink(secret, filepath.Join(b.Dir, "link.xlsx")))
	b.put("~$open.xlsx", "x")
	b.put(".hidden.xlsx", "x")
	b.put("big.xlsx.part", "x")
	b.look()
	b.look()
	if len(b.taken) != 0 {
		t.Errorf("taken %q", b.taken)
	}
}

func TestWatchingEndsWithItsContext(t *testing.T) {
	b := newInbox(t)
	ctx, cancel := context.WithCancel(t.Context())
	took := make(chan struct{})
	accept := b.Accept
	b.Accept = func(ctx context.Context, name string, body []byte) (filing.Outcome, error) {
		defer close(took)
		return accept(ctx, name, body)
	}
	ended := make(chan error, 1)
	b.put("a.xlsx", "one")
	go func() { ended <- b.Watch(ctx) }()
	<-took
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("got %v", err)
	}
}
