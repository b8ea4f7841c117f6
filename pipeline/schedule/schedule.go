// Package schedule fires the nightly runs of the sources.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
	"go.uber.org/zap"
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

// Job is one source's run.
type Job struct {
	Name       string
	Expression string // five fields in Asia/Shanghai
	Run        func(ctx context.Context) error
}

// Parse reads a cron expression of five fields. It refuses what package cron
// lets pass or panics on: a time zone inside, and a day that never comes.
func Parse(expression string) (cron.Schedule, error) {
	if strings.Contains(expression, "TZ=") {
		return nil, fmt.Errorf("reading schedule %q: schedules are in Asia/Shanghai; leave the time zone out", expression)
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

// Run fires the jobs until ctx ends, then waits for those that are running. A
// job that is still running when its next turn comes skips that turn; a job that
// panics or fails is logged and fires again.
func Run(ctx context.Context, jobs []Job, log *zap.Logger) error {
	runner := cron.New(
		cron.WithLocation(Shanghai),
		// Recover goes inside: a panic that passes SkipIfStillRunning (cron 3.0.1)
		// leaves the job marked as running, and it never fires again.
		cron.WithChain(cron.SkipIfStillRunning(cronLog{log}), cron.Recover(cronLog{log})),
	)
	var problems []error
	for _, job := range jobs {
		parsed, err := Parse(job.Expression)
		if err != nil {
			problems = append(problems, fmt.Errorf("source %s: %w", job.Name, err))
			continue
		}
		runner.Schedule(parsed, cron.FuncJob(func() {
			if err := job.Run(ctx); err != nil && ctx.Err() == nil {
				log.Error("scheduled run failed", zap.String("source", job.Name), zap.Error(err))
			}
		}))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	runner.Start()
	<-ctx.Done()
	<-runner.Stop().Done()
	return nil
}

// cronLog passes what package cron says on to zap.
type cronLog struct{ log *zap.Logger }

func (c cronLog) Info(msg string, pairs ...any) { c.log.Sugar().Debugw(msg, pairs...) }
func (c cronLog) Error(err error, msg string, pairs ...any) {
	c.log.Sugar().Errorw(msg, append(pairs, "error", err)...)
}
