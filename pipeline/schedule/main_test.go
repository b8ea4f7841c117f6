package schedule

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ledger is a broker with what schedulers need of it.
type ledger struct {
	broker *stream.Broker
	slots  *stream.Slots
}

func startLedger(t testing.TB) *ledger {
	t.Helper()
	e, err := stream.StartEmbedded(t.Context(), stream.Config{Dir: t.TempDir(), MaxStore: 128 << 20, Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	slots, err := e.Slots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &ledger{e.Broker, slots}
}

func (l *ledger) leases(t testing.TB, ttl time.Duration) *stream.Leases {
	t.Helper()
	leases, err := l.broker.Leases(t.Context(), ttl)
	if err != nil {
		t.Fatal(err)
	}
	return leases
}

// clock is a time that a test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func clockAt(text string) *clock { return &clock{at: at(text)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(text string) { c.move(at(text).Sub(c.now())) }

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// firing is a run that a scheduler started.
type firing struct {
	at      string
	trigger string
}

// nights is a job that notes its runs.
type nights struct {
	clock *clock
	mu    sync.Mutex
	runs  []firing
	does  func(ctx context.Context, n int) error // nil for nothing
}

func (n *nights) job(name, expression string) Job {
	return Job{Name: name, Expression: expression, Run: func(ctx context.Context, trigger string) (pipeline.Run, error) {
		n.mu.Lock()
		n.runs = append(n.runs, firing{n.clock.now().In(Shanghai).Format("01-02 15:04"), trigger})
		count := len(n.runs)
		n.mu.Unlock()
		if n.does != nil {
			return pipeline.Run{}, n.does(ctx, count)
		}
		return pipeline.Run{ID: "run", Fetched: 3}, nil
	}}
}

func (n *nights) seen() []firing {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.runs)
}

func (n *nights) want(t *testing.T, want ...firing) {
	t.Helper()
	if got := n.seen(); !slices.Equal(got, want) {
		t.Errorf("runs %v, want %v", got, want)
	}
}

// newScheduler makes a scheduler whose clock only the test moves.
func (l *ledger) newScheduler(t testing.TB, c *clock, change func(*Config), jobs ...Job) *Scheduler {
	t.Helper()
	config := Config{Slots: l.slots, Guard: NewGuard(nil), Clock: c.now, Logger: zap.NewNop(), Alone: true}
	if change != nil {
		change(&config)
	}
	s, err := New(jobs, config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// lookAndWait looks once and waits for the runs that this started.
func (s *Scheduler) lookAndWait(ctx context.Context) {
	s.look(ctx)
	s.running.Wait()
}

// passTime looks at the clock every step until it says the time.
func (s *Scheduler) passTime(t *testing.T, c *clock, until string, step time.Duration) {
	t.Helper()
	for end := at(until); c.now().Before(end); c.move(step) {
		s.lookAndWait(t.Context())
	}
}

// states tells a source's slots in short: time and state.
func (l *ledger) states(t *testing.T, source string) []string {
	t.Helper()
	slots, err := l.slots.Of(t.Context(), source, mostSlots)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range slots {
		all = append(all, s.At.In(Shanghai).Format("01-02 15:04")+" "+string(s.State))
	}
	return all
}

var errUnreachable = errors.New("source unreachable")

func contains(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }
