package observe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"
)

// told is a channel that remembers what it was told.
type told struct {
	name string
	fail bool
	said []string
}

func (c *told) Name() string { return c.name }
func (c *told) Send(_ context.Context, a Alert) error {
	if c.fail {
		return errors.New("unreachable")
	}
	c.said = append(c.said, fmt.Sprintf("%s %s: %s", a.Check, a.State, a.Problem))
	return nil
}

// watched is a health with one check, under a clock of the test's.
type watched struct {
	t       *testing.T
	problem string
	now     time.Time
	file    string
	a, b    told
	w       *Watcher
}

func watch(t *testing.T) *watched {
	w := &watched{t: t, now: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), file: filepath.Join(t.TempDir(), "alerts.json"), a: told{name: "a"}, b: told{name: "b"}}
	w.restart()
	return w
}

func (w *watched) restart() {
	w.t.Helper()
	health := NewHealth(Check{"warehouse", func(context.Context) error {
		if w.problem == "" {
			return nil
		}
		return errors.New(w.problem)
	}})
	var err error
	w.w, err = NewWatcher(Alerts{
		File: w.file, Host: "h", Channels: []Channel{&w.a, &w.b}, Log: zaptest.NewLogger(w.t), Metrics: NewMetrics("v"), Clock: func() time.Time { return w.now },
	}, health)
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *watched) look(problem string) {
	w.problem, w.now = problem, w.now.Add(time.Minute)
	w.w.Look(w.t.Context())
}

func (w *watched) want(c *told, said ...string) {
	w.t.Helper()
	if !slices.Equal(c.said, said) {
		w.t.Errorf("channel %s was told %q, want %q", c.name, c.said, said)
	}
}

func TestAProblemIsToldOnceThenWhileItLastsThenItsEnd(t *testing.T) {
	w := watch(t)
	w.look("away")
	w.want(&w.a) // a first look may be a hiccup
	w.look("away")
	w.look("still away")
	w.restart() // does not forget
	w.look("still away")
	w.want(&w.a, "warehouse problem: away")
	w.now = w.now.Add(25 * time.Hour)
	w.look("still away")
	w.look("still away")
	w.look("")
	w.look("")
	w.want(&w.a, "warehouse problem: away", "warehouse still: still away", "warehouse recovered: still away")
	w.look("away again")
	w.look("away again")
	w.want(&w.b, "warehouse problem: away", "warehouse still: still away", "warehouse recovered: still away", "warehouse problem: away again")
}

func TestAHiccupIsNotTold(t *testing.T) {
	w := watch(t)
	for range 5 {
		w.look("away")
		w.look("")
	}
	w.want(&w.a)
}

func TestAChannelThatCannotBeReachedGetsItLater(t *testing.T) {
	w := watch(t)
	w.b.fail = true
	w.look("away")
	w.look("away")
	w.want(&w.a, "warehouse problem: away")
	w.want(&w.b)
	w.b.fail = false
	w.look("away")
	w.want(&w.b, "warehouse problem: away")
	w.b.fail = true
	w.look("")
	w.restart()
	w.look("")
	w.b.fail = false
	w.look("")
	w.look("")
	for _, c := range []*told{&w.a, &w.b} {
		w.want(c, "warehouse problem: away", "warehouse recovered: away")
	}
}

func TestAFileOfAlertsThatCannotBeReadIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "alerts.json")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewWatcher(Alerts{File: file}, NewHealth()); err == nil {
		t.Error("half a file is taken for none")
	}
}

func TestAStoppingProcessTellsNothing(t *testing.T) {
	w := watch(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	w.problem = "stopping"
	for range 3 {
		w.w.Look(ctx)
	}
	w.want(&w.a)
}
