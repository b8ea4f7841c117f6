// Package schedule decides when sources run: nightly, after nights that were
// missed, by hand, and for a backfill of past periods. No two runs of a source's
// present pages overlap, and no slot of a schedule runs twice, also with several
// schedulers, clocks that jump and processes that are paused.
package schedule

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"zhibiao/pipeline"
)

// Shanghai is the time zone of all schedules. It has had no daylight saving time
// since 1991, so no slot falls into a gap.
var Shanghai = mustLoad("Asia/Shanghai")

func mustLoad(name string) *time.Location {
	location, err := time.LoadLocation(name)
	if err != nil {
		// The zone is compiled in; see the import of time/tzdata in the command.
		return time.FixedZone("UTC+8", 8*60*60)
	}
	return location
}

// Triggers of runs, as the record of a run tells them.
const (
	Nightly    = "nightly"
	CatchUp    = "catch-up"
	Manual     = "manual"
	Backfilled = "backfill"
)

// Job is one source's run.
type Job struct {
	Name       string // of the source
	Expression string // five fields in Asia/Shanghai
	// Run visits the source. What is wrong with the source is in the run's
	// failures; an error means that our side could not do its work.
	Run func(ctx context.Context, trigger string) (pipeline.Run, error)
}

// Parse reads a cron expression of five fields. It refuses what package cron
// lets pass or panics on: a time zone inside, and a day that never comes.
func Parse(expression string) (cron.Schedule, error) {
	if strings.Contains(expression, "TZ=") {
		return nil, fmt.Errorf("reading schedule %q: schedules are in Asia/Shanghai; leave the time zone out", expression)
	}
	if strings.HasPrefix(strings.TrimSpace(expression), "@every") {
		return nil, fmt.Errorf("reading schedule %q: it has no fixed times, so a missed one cannot be told; write five fields", expression)
	}
	parsed, err := cron.ParseStandard(expression)
	if err != nil {
		return nil, fmt.Errorf("reading schedule %q: %w", expression, err)
	}
	if parsed.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, Shanghai)).IsZero() {
		return nil, fmt.Errorf("reading schedule %q: it never fires", expression)
	}
	return parsed, nil
}
