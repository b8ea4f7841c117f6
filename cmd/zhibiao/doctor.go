package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/pipeline/observe"
	"zhibiao/warehouse/libchdb"
)

func doctorCommand(c *cli) *cobra.Command {
	var alert bool
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Check this machine and the data folder, and say what to mend",
		Long: `Check this machine and the data folder, and say what to mend. One thing that is
BAD makes the exit code 3; a "warn" does not.`,
	}
	command.Flags().BoolVar(&alert, "alert", false, "also send a test alert through every channel of the settings")
	command.RunE = c.makingFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		all := slices.Clone(examinations)
		if alert {
			all = append(all, examination{"alerts", tryAlerts})
		}
		return c.doctor(ctx, a, all)
	})
	return command
}

// examination is one thing that doctor looks at. It answers with what it found; an
// error says what is wrong and how to mend it.
type examination struct {
	name string
	look func(ctx context.Context, a *app) (string, error)
}

// warning is an error that slows the pipeline down or will stop it, but not now.
type warning struct{ error }

var examinations = []examination{
	{"sources", examineSources},
	{"disk space", examineDisk},
	{"syncing", examineSync},
	{"clock", examineClock},
	{"engine library", examineLibrary},
	{"broker", examineBroker},
	{"dead letters", examineLetters},
	{"warehouse", examineWarehouse},
	{"last runs", examineRuns},
	{"reconciliation", examineReconciliation},
}

func (c *cli) doctor(ctx context.Context, a *app, all []examination) error {
	bad := 0
	for _, e := range all {
		found, err := e.look(ctx, a)
		mark := "ok  "
		var mild warning
		switch {
		case errors.As(err, &mild):
			mark, found = "warn", err.Error()
		case err != nil:
			mark, found = "BAD ", err.Error()
			bad++
		}
		c.printf("%s %-15s %s\n", mark, e.name, found)
	}
	if bad > 0 {
		return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("%d of %d checks failed; what to do stands above", bad, len(all)))
	}
	return nil
}

func examineSources(_ context.Context, a *app) (string, error) {
	never := 0
	for _, s := range a.set.Sources() {
		if s.Verified == "never" {
			never++
		}
	}
	return fmt.Sprintf("%d sources, %d of them never seen to work live", len(a.set.Sources()), never), nil
}

func examineLibrary(_ context.Context, a *app) (string, error) {
	if a.settings.Warehouse.URL != "" {
		return "not needed: the warehouse is a server", nil
	}
	return libchdb.Path()
}

// examineBroker looks whether the broker can store, and reads its whole profile back.
func examineBroker(ctx context.Context, a *app) (string, error) {
	if err := a.lookAtBroker(ctx); err != nil {
		return "", err
	}
	broker, err := a.broker(ctx)
	if err != nil {
		return "", err
	}
	if err := broker.Check(ctx); err != nil {
		return "", err
	}
	if err := a.roomCheck().Look(ctx); err != nil {
		return "", warning{err}
	}
	if a.embedded == nil {
		return "streams, consumers and buckets are as they should be; that it syncs before it confirms (sync_interval: always) only its own configuration tells", nil
	}
	return "streams, consumers and buckets are as they should be; it syncs before it confirms", nil
}

func examineLetters(ctx context.Context, a *app) (string, error) {
	if err := a.deadCheck().Look(ctx); err != nil {
		return "", err
	}
	return "none", nil
}

func examineWarehouse(ctx context.Context, a *app) (string, error) {
	w, err := a.warehouse(ctx)
	if err != nil {
		return "", err
	}
	if err := w.Ping(ctx); err != nil {
		return "", err
	}
	if a.engineRun != nil && a.engineRun.Restarts() > 0 {
		return "", warning{fmt.Errorf("ClickHouse %s was restarted %s since this process began: the log says why; too little memory?", w.Version(), many(a.engineRun.Restarts(), "time"))}
	}
	return "ClickHouse " + w.Version() + ", tables up to date", nil
}

// examineRuns says which sources are late. A command sees only what was ever due, so
// a source that never ran is not late for it.
func examineRuns(ctx context.Context, a *app) (string, error) {
	if _, err := a.warehouse(ctx); err != nil {
		return "", err
	}
	expected, err := a.expectations(ctx, now())
	if err != nil {
		return "", err
	}
	if err := observe.Late(expected, now(), a.settings.Operation.grace()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d sources run by themselves, none is late", len(expected)), nil
}

func examineReconciliation(ctx context.Context, a *app) (string, error) {
	broker, err := a.broker(ctx)
	if err != nil {
		return "", err
	}
	if idle, err := broker.Idle(ctx); err != nil || !idle {
		return "not done: something is on its way", err
	}
	l := &line{app: a}
	if err := l.reconciled(ctx); err != nil {
		return "", err
	}
	return "every published row is in the warehouse", nil
}

// tryAlerts sends a test alert through every channel.
func tryAlerts(ctx context.Context, a *app) (string, error) {
	channels := a.settings.Operation.channels()
	if len(channels) == 0 {
		return "", errors.New("no channel is set: set alerts.webhook or alerts.mail in the settings")
	}
	alert := observe.Alert{Host: hostName(), At: now(), Since: now(), Check: "test", State: observe.StateProblem, Duration: "0s",
		Problem: "This is a test, asked for by zhibiao doctor --alert. Nothing is wrong."}
	var problems []error
	for _, channel := range channels {
		if err := channel.Send(ctx, alert); err != nil {
			problems = append(problems, err)
		}
	}
	return fmt.Sprintf("sent through %s", many(len(channels), "channel")), errors.Join(problems...)
}
