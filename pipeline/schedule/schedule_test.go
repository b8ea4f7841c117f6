package schedule

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
)

func TestSchedulesThatWouldNotFireAreRefused(t *testing.T) {
	for expression, want := range map[string]string{
		"TZ=UTC 0 2 * * *":      "leave the time zone out",
		"CRON_TZ=UTC 0 2 * * *": "leave the time zone out",
		"0 0 30 2 *":            "never fires",
		"0 2 * *":               "expected exactly 5 fields",
		"61 2 * * *":            "above maximum",
		"":                      "empty",
	} {
		if _, err := Parse(expression); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %v, want an error that says %q", expression, err, want)
		}
	}
	if _, err := Parse("30 2 * * *"); err != nil {
		t.Error(err)
	}
}

func TestJobsFireInShanghaiAndOutliveFailureAndPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var fired []time.Time
		job := Job{Name: "nightly", Expression: "30 2 * * *", Run: func(context.Context) error {
			fired = append(fired, time.Now())
			switch len(fired) {
			case 1:
				return errors.New("source unreachable")
			case 2:
				panic("bad parser")
			}
			return nil
		}}
		done := make(chan error, 1)
		go func() { done <- Run(ctx, []Job{job}, zap.NewNop()) }()
		time.Sleep(72 * time.Hour) //nolint:forbidigo // the bubble's clock jumps
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if len(fired) != 3 {
			t.Fatalf("fired %d times in three days, want 3", len(fired))
		}
		for _, at := range fired {
			if got := at.In(Shanghai).Format(time.TimeOnly); got != "02:30:00" {
				t.Errorf("fired at %s in Shanghai", got)
			}
		}
	})
}

func TestAJobThatStillRunsSkipsItsTurnAndIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		starts, ended := 0, false
		job := Job{Name: "slow", Expression: "0 * * * *", Run: func(ctx context.Context) error {
			starts++
			<-ctx.Done()
			time.Sleep(time.Minute) //nolint:forbidigo // draining takes the bubble's time
			ended = true
			return ctx.Err()
		}}
		done := make(chan error, 1)
		go func() { done <- Run(ctx, []Job{job}, zap.NewNop()) }()
		time.Sleep(5 * time.Hour) //nolint:forbidigo // the bubble's clock jumps
		cancel()
		<-done
		if starts != 1 || !ended {
			t.Errorf("started %d times, ended %v; want one start, waited for", starts, ended)
		}
	})
}

func TestAllBadSchedulesAreNamedAtOnce(t *testing.T) {
	err := Run(t.Context(), []Job{{Name: "a", Expression: "x"}, {Name: "b", Expression: "0 0 30 2 *"}}, zap.NewNop())
	if err == nil || !strings.Contains(err.Error(), "source a") || !strings.Contains(err.Error(), "source b") {
		t.Errorf("got %v", err)
	}
}
