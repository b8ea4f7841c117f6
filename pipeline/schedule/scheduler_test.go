package schedule

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"zhibiao/pipeline"
)

func TestNightsFireInShanghaiAndOutliveFailureAndPanic(t *testing.T) {
	l, c := startLedger(t), clockAt("2026-11-20 12:00")
	n := &nights{clock: c, does: func(_ context.Context, count int) error {
		switch count {
		case 1:
			return errUnreachable
		case 2:
			panic("bad parser")
		}
		return nil
	}}
	s := l.newScheduler(t, c, nil, n.job("nightly", "30 2 * * *"))
	s.passTime(t, c, "2026-11-23 12:00", 10*time.Minute)
	n.want(t, firing{"11-21 02:30", Nightly}, firing{"11-22 02:30", Nightly}, firing{"11-23 02:30", Nightly})
	if got := l.states(t, "nightly"); !slices.Equal(got, []string{"11-21 02:30 failed", "11-22 02:30 failed", "11-23 02:30 done"}) {
		t.Errorf("the ledger says %v", got)
	}
}

func TestASourceWaitsItsOwnPartOfTheJitter(t *testing.T) {
	l, c := startLedger(t), clockAt("2026-11-20 12:00")
	n := &nights{clock: c}
	s := l.newScheduler(t, c, func(config *Config) { config.Jitter = time.Hour }, n.job("nightly", "30 2 * * *"))
	wait := jitter("nightly", time.Hour).Truncate(time.Minute) + time.Minute
	s.passTime(t, c, "2026-11-21 12:00", time.Minute)
	n.want(t, firing{at("2026-11-21 02:30").Add(wait).Format("01-02 15:04"), Nightly})
}

func TestMissedNightsAreCaughtUpByOneRun(t *testing.T) {
	for _, c := range []struct {
		name, back string
		window     time.Duration
		want       []firing
		ledger     []string
	}{
		{"three nights", "2026-11-23 09:00", 0, []firing{{"11-23 09:00", CatchUp}},
			[]string{"11-21 02:30 covered", "11-22 02:30 covered", "11-23 02:30 done"}},
		{"one night", "2026-11-21 09:00", 0, []firing{{"11-21 09:00", CatchUp}}, []string{"11-21 02:30 done"}},
		{"none", "2026-11-21 02:00", 0, nil, nil},
		{"a night that is minutes late", "2026-11-21 02:35", 0, []firing{{"11-21 02:35", Nightly}}, []string{"11-21 02:30 done"}},
		{"those within the window", "2026-11-30 09:00", 36 * time.Hour, []firing{{"11-30 09:00", CatchUp}},
			[]string{"11-29 02:30 covered", "11-30 02:30 done"}},
		{"none within the window", "2026-11-30 09:00", time.Hour, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, now := startLedger(t), clockAt("2026-11-20 12:00")
			n := &nights{clock: now}
			change := func(config *Config) { config.CatchUp = c.window }
			l.newScheduler(t, now, change, n.job("s", "30 2 * * *")).lookAndWait(t.Context()) // known from now on
			now.set(c.back)
			for range 3 { // looking again changes nothing
				l.newScheduler(t, now, change, n.job("s", "30 2 * * *")).lookAndWait(t.Context())
			}
			n.want(t, c.want...)
			if got := l.states(t, "s"); !slices.Equal(got, c.ledger) {
				t.Errorf("the ledger says %v, want %v", got, c.ledger)
			}
		})
	}
}

// RELIABILITY 27: one run per slot whatever the clock does.
func TestAClockThatJumpsNeitherMissesNorDoublesANight(t *testing.T) {
	type jump struct{ at, to string }
	for _, c := range []struct {
		name, expression, start, end string
		jumps                        []jump
		want                         []firing
	}{
		{"an hour back after the night", "30 2 * * *", "2026-11-20 12:00", "2026-11-22 12:00",
			[]jump{{"2026-11-21 02:40", "2026-11-21 01:40"}},
			[]firing{{"11-21 02:30", Nightly}, {"11-22 02:30", Nightly}}},
		{"an hour back before the night", "30 2 * * *", "2026-11-20 12:00", "2026-11-22 12:00",
			[]jump{{"2026-11-21 02:20", "2026-11-21 01:20"}},
			[]firing{{"11-21 02:30", Nightly}, {"11-22 02:30", Nightly}}},
		{"a day ahead over a night", "30 2 * * *", "2026-11-20 12:00", "2026-11-23 12:00",
			[]jump{{"2026-11-20 18:00", "2026-11-21 18:00"}},
			[]firing{{"11-21 18:00", CatchUp}, {"11-22 02:30", Nightly}, {"11-23 02:30", Nightly}}},
		{"a day ahead and back", "30 2 * * *", "2026-11-20 12:00", "2026-11-23 12:00",
			[]jump{{"2026-11-20 18:00", "2026-11-21 18:00"}, {"2026-11-21 18:10", "2026-11-20 18:10"}},
			[]firing{{"11-21 18:00", CatchUp}, {"11-22 02:30", Nightly}, {"11-23 02:30", Nightly}}},
		{"years ahead and back", "30 2 * * *", "2026-11-20 12:00", "2026-11-22 12:00",
			[]jump{{"2026-11-20 18:00", "2030-01-01 18:00"}, {"2030-01-01 18:10", "2026-11-20 18:10"}},
			[]firing{{"01-01 18:00", CatchUp}, {"11-21 02:30", Nightly}, {"11-22 02:30", Nightly}}},
		{"the leap day", "30 2 * * *", "2028-02-28 12:00", "2028-03-01 12:00", nil,
			[]firing{{"02-29 02:30", Nightly}, {"03-01 02:30", Nightly}}},
		{"a schedule of leap days", "30 2 29 2 *", "2028-02-27 12:00", "2028-03-02 12:00", nil,
			[]firing{{"02-29 02:30", Nightly}}},
		{"the year's end", "30 2 * * *", "2026-12-30 12:00", "2027-01-01 12:00", nil,
			[]firing{{"12-31 02:30", Nightly}, {"01-01 02:30", Nightly}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, now := startLedger(t), clockAt(c.start)
			n := &nights{clock: now}
			s := l.newScheduler(t, now, nil, n.job("s", c.expression))
			for _, j := range c.jumps {
				s.passTime(t, now, j.at, 10*time.Minute)
				now.set(j.to)
			}
			s.passTime(t, now, c.end, 10*time.Minute)
			n.want(t, c.want...)
		})
	}
}

// A run that takes longer than a night is not overlapped; what came due meanwhile
// is caught up once, after it.
func TestRunsOfASourceDoNotOverlapAndNoNightIsLost(t *testing.T) {
	l, c := startLedger(t), clockAt("2026-11-20 12:00")
	started, finish := make(chan int), make(chan struct{})
	n := &nights{clock: c, does: func(_ context.Context, count int) error {
		started <- count
		<-finish
		return nil
	}}
	s := l.newScheduler(t, c, nil, n.job("slow", "0 * * * *"))
	s.look(t.Context())
	s.running.Wait()
	c.set("2026-11-20 13:00")
	s.look(t.Context())
	<-started
	for range 3 {
		c.move(time.Hour)
		s.look(t.Context()) // would start a second run
	}
	finish <- struct{}{}
	s.running.Wait()
	s.look(t.Context())
	<-started
	finish <- struct{}{}
	s.running.Wait()
	s.lookAndWait(t.Context())
	n.want(t, firing{"11-20 13:00", Nightly}, firing{"11-20 16:00", CatchUp})
}

// promise 7: a run that was stopped or killed is taken up again.
func TestAnInterruptedNightIsTakenUpAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		stop  bool // in order; otherwise the process is killed
		alone bool
		want  int // runs
	}{
		{"stopped in order", true, false, 2},
		{"killed, with a broker of its own", false, true, 2},
		{"killed, with a broker that others use", false, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, now := startLedger(t), clockAt("2026-11-20 12:00")
			n := &nights{clock: now}
			change := func(config *Config) { config.Alone = c.alone }
			first := l.newScheduler(t, now, change, n.job("s", "30 2 * * *"))
			first.lookAndWait(t.Context())
			now.set("2026-11-21 02:30")
			if c.stop {
				ctx, cancel := context.WithCancel(t.Context())
				n.does = func(ctx context.Context, _ int) error {
					cancel()
					<-ctx.Done()
					return ctx.Err()
				}
				first.lookAndWait(ctx)
			} else { // all that a killed process leaves is its claim
				n.runs = append(n.runs, firing{"11-21 02:30", Nightly})
				if _, err := first.claim(t.Context(), first.turns[0], due{slot: at("2026-11-21 02:30")}); err != nil {
					t.Fatal(err)
				}
			}
			n.does = nil
			now.set("2026-11-21 03:00")
			for range 2 {
				l.newScheduler(t, now, change, n.job("s", "30 2 * * *")).lookAndWait(t.Context())
			}
			if got := n.seen(); len(got) != c.want {
				t.Errorf("runs %v, want %d", got, c.want)
			}
		})
	}
}

func TestASlotThatKillsItsProcessIsNotTakenUpForEver(t *testing.T) {
	l, c := startLedger(t), clockAt("2026-11-20 12:00")
	n := &nights{clock: c}
	l.newScheduler(t, c, nil, n.job("s", "30 2 * * *")).lookAndWait(t.Context())
	c.set("2026-11-21 02:30")
	claims := 0
	for range 10 {
		s := l.newScheduler(t, c, nil, n.job("s", "30 2 * * *"))
		what, err := s.turns[0].begin(t.Context(), s, c.now())
		if err != nil {
			t.Fatal(err)
		}
		if what.nothing() {
			break
		}
		if _, err := s.claim(t.Context(), s.turns[0], what); err != nil {
			t.Fatal(err)
		}
		claims++ // and the process dies
	}
	if claims != mostAttempts {
		t.Errorf("the slot was claimed %d times, want %d", claims, mostAttempts)
	}
}

// Two schedulers that both believe in their lease, as after a pause, fire each slot
// once.
func TestTwoSchedulersNeverFireASlotTwice(t *testing.T) {
	l, c := startLedger(t), clockAt("2026-11-20 12:00")
	n := &nights{clock: c}
	var both []*Scheduler
	for range 2 {
		both = append(both, l.newScheduler(t, c, func(config *Config) { config.Alone = false }, n.job("a", "*/30 * * * *"), n.job("b", "*/30 * * * *")))
	}
	for range 20 {
		var together sync.WaitGroup
		for _, s := range both {
			together.Go(func() { s.lookAndWait(t.Context()) })
		}
		together.Wait()
		c.move(30 * time.Minute)
	}
	if got := len(n.seen()); got != 2*19 {
		t.Errorf("%d runs of 2 sources in 19 slots", got)
	}
}

// A scheduler that was paused between looking and claiming finds nothing free.
func TestAPausedSchedulerClaimsNothingThatWasCaughtUp(t *testing.T) {
	l, c := startLedger(t), clockAt("2026-11-20 12:00")
	n := &nights{clock: c}
	paused := l.newScheduler(t, c, nil, n.job("s", "30 2 * * *"))
	paused.lookAndWait(t.Context())
	c.set("2026-11-21 02:30")
	what, err := paused.turns[0].begin(t.Context(), paused, c.now())
	if err != nil || what.nothing() {
		t.Fatalf("nothing is due: %v", err)
	}
	c.set("2026-11-23 09:00")
	l.newScheduler(t, c, nil, n.job("s", "30 2 * * *")).lookAndWait(t.Context())
	if err := paused.fire(t.Context(), paused.turns[0], what); err != nil {
		t.Error(err)
	}
	n.want(t, firing{"11-23 09:00", CatchUp})
}

func TestOnlyTheHolderOfTheLeaseFiresAndAnotherTakesOver(t *testing.T) {
	l, c := startLedger(t), clockAt("2026-11-20 12:00")
	l.slots.Since(t.Context(), "s", c.now())
	c.set("2026-11-21 02:30")
	fired := make(chan string, 10)
	run := func(ctx context.Context, name string) (ended chan error) {
		job := Job{Name: "s", Expression: "30 2 * * *", Run: func(context.Context, string) (pipeline.Run, error) {
			fired <- name
			return pipeline.Run{}, nil
		}}
		s := l.newScheduler(t, c, func(config *Config) {
			config.Leases, config.Tick, config.Alone = l.leases(t, time.Minute), time.Millisecond, false
		}, job)
		ended = make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		return ended
	}
	firstLives, stopFirst := context.WithCancel(t.Context())
	first := run(firstLives, "first")
	if by := <-fired; by != "first" {
		t.Fatalf("fired by %s", by)
	}
	secondLives, stopSecond := context.WithCancel(t.Context())
	second := run(secondLives, "second")
	c.set("2026-11-22 02:30")
	if by := <-fired; by != "first" {
		t.Errorf("fired by %s, which has no lease", by)
	}
	stopFirst()
	if err := <-first; err != nil {
		t.Error(err)
	}
	c.set("2026-11-23 02:30")
	if by := <-fired; by != "second" {
		t.Errorf("fired by %s, which was stopped", by)
	}
	stopSecond()
	if err := <-second; err != nil {
		t.Error(err)
	}
	if len(fired) > 0 {
		t.Errorf("a slot fired twice, by %s", <-fired)
	}
}
