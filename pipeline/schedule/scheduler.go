package schedule

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
	"go.uber.org/zap"

	"zhibiao/pipeline/stream"
)

// Config is what a scheduler needs beside its jobs. Zero durations and counts have
// the defaults named, but for Jitter.
type Config struct {
	Slots  *stream.Slots
	Leases *stream.Leases
	Guard  *Guard
	Clock  func() time.Time
	Logger *zap.Logger

	Jitter   time.Duration // each source waits a part of it after its slot; 0 for none
	CatchUp  time.Duration // how far back a missed slot is caught up; 7 days
	Parallel int           // sources that run at once; 4
	Tick     time.Duration // how often the clock is looked at; 15 s
	// Alone says that no other process can use the ledger, as with the embedded
	// broker: a slot that is still running as the scheduler starts was killed.
	Alone bool
}

const (
	defaultCatchUp  = 7 * 24 * time.Hour
	defaultParallel = 4
	defaultTick     = 15 * time.Second

	// lateness is after how long a run is no longer called nightly.
	lateness = 10 * time.Minute
	// mostAttempts is how often a slot is taken up again after an interruption: a
	// run that kills its process must not do so for ever.
	mostAttempts = 3
	// schedulerLease is held by the one scheduler that fires.
	schedulerLease = "scheduler"
)

// Scheduler fires jobs at the slots of their schedules. Package cron only says
// when these are: its own runner sleeps until the next slot, so it does not see a
// clock that jumps, and knows nothing of slots that it slept through. This one
// looks at the clock every tick and compares it with the ledger of slots.
type Scheduler struct {
	config  Config
	turns   []*turn
	holder  string
	places  chan struct{} // taken by running sources
	running sync.WaitGroup
}

// turn is one source's place in the schedule.
type turn struct {
	job        Job
	expression cron.Schedule
	wait       time.Duration

	mu     sync.Mutex
	known  *record // nil until it was read from the ledger
	firing bool
}

// New checks the jobs' schedules; the error names all that are wrong.
func New(jobs []Job, config Config) (*Scheduler, error) {
	config = config.withDefaults()
	s := &Scheduler{config: config, holder: rand.Text(), places: make(chan struct{}, config.Parallel)}
	var problems []error
	for _, job := range jobs {
		expression, err := Parse(job.Expression)
		if err != nil {
			problems = append(problems, fmt.Errorf("source %s: %w", job.Name, err))
			continue
		}
		s.turns = append(s.turns, &turn{job: job, expression: expression, wait: jitter(job.Name, config.Jitter)})
	}
	return s, errors.Join(problems...)
}

func (c Config) withDefaults() Config {
	if c.CatchUp <= 0 {
		c.CatchUp = defaultCatchUp
	}
	if c.Parallel <= 0 {
		c.Parallel = defaultParallel
	}
	if c.Tick <= 0 {
		c.Tick = defaultTick
	}
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	return c
}

// Run fires the jobs until ctx ends, then waits for those that are running. While
// another scheduler holds the lease it waits for it.
func (s *Scheduler) Run(ctx context.Context) error {
	defer s.running.Wait()
	ticker := time.NewTicker(s.config.Tick)
	defer ticker.Stop()
	for {
		err := s.config.Leases.While(ctx, schedulerLease, func(term context.Context) error { return s.term(ctx, term, ticker) })
		if err != nil && ctx.Err() == nil && !errors.Is(err, stream.ErrHeld) {
			s.config.Logger.Warn("the scheduler's lease could not be kept; trying again", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// term looks at the clock as long as the lease is held. Runs that it started go on
// after it: their slots are claimed.
func (s *Scheduler) term(ctx, term context.Context, ticker *time.Ticker) error {
	for _, t := range s.turns {
		t.forget() // another scheduler may have fired since the last term
	}
	for {
		s.look(ctx)
		select {
		case <-term.Done():
			return context.Cause(term)
		case <-ticker.C:
		}
	}
}

// look starts what is due now.
func (s *Scheduler) look(ctx context.Context) {
	now := s.config.Clock()
	for _, t := range s.turns {
		what, err := t.begin(ctx, s, now)
		if err != nil {
			if ctx.Err() == nil {
				s.config.Logger.Warn("looking whether a source is due failed; trying again", zap.String("source", t.job.Name), zap.Error(err))
			}
			continue
		}
		if what.nothing() {
			continue
		}
		s.running.Go(func() {
			defer t.end()
			if err := s.fire(ctx, t, what); err != nil && ctx.Err() == nil {
				s.config.Logger.Error("scheduled run failed", zap.String("source", t.job.Name), zap.Error(err))
			}
		})
	}
}

// begin says what is due and, if anything is, marks the turn as firing.
func (t *turn) begin(ctx context.Context, s *Scheduler, now time.Time) (due, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.firing {
		return due{}, nil
	}
	if t.known == nil {
		since, err := s.config.Slots.Since(ctx, t.job.Name, now)
		if err != nil {
			return due{}, err
		}
		claimed, err := s.config.Slots.Of(ctx, t.job.Name, mostSlots)
		if err != nil {
			return due{}, err
		}
		t.known = &record{since: since, claimed: claimed}
	}
	what := t.known.due(t.expression, now, t.wait, s.config.CatchUp, s.open)
	t.firing = !what.nothing()
	return what, nil
}

// open reports whether a claimed slot may be taken up again.
func (s *Scheduler) open(slot stream.Slot) bool {
	killed := slot.State == stream.SlotRunning && s.config.Alone && slot.Holder != s.holder
	return (killed || slot.State == stream.SlotInterrupted) && slot.Attempt < mostAttempts
}

func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.firing = false
	t.known = nil // the ledger knows better
}

func (t *turn) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known = nil
}
