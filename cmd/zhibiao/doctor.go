package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/warehouse/libchdb"
)

func doctorCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check this machine and the data folder, and say what to mend",
		RunE: c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
			return c.doctor(ctx, a)
		}),
	}
}

// check is one thing that doctor looks at. It answers with what it found; an
// error says what is wrong and how to mend it.
type check struct {
	name string
	look func(ctx context.Context, a *app) (string, error)
}

var checks = []check{
	{"sources", checkSources},
	{"disk space", checkDisk},
	{"syncing", checkSync},
	{"engine library", checkLibrary},
	{"broker", checkBroker},
	{"warehouse", checkWarehouse},
	{"reconciliation", checkReconciliation},
}

func (c *cli) doctor(ctx context.Context, a *app) error {
	bad := 0
	for _, k := range checks {
		found, err := k.look(ctx, a)
		mark := "ok  "
		if err != nil {
			mark, found = "BAD ", err.Error()
			bad++
		}
		c.printf("%s %-15s %s\n", mark, k.name, found)
	}
	if bad > 0 {
		return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("%d of %d checks failed; what to do stands above", bad, len(checks)))
	}
	return nil
}

func checkSources(_ context.Context, a *app) (string, error) {
	never := 0
	for _, s := range a.set.Sources() {
		if s.Verified == "never" {
			never++
		}
	}
	return fmt.Sprintf("%d sources, %d of them never seen to work live", len(a.set.Sources()), never), nil
}

const leastFree = 5 << 30

func checkDisk(_ context.Context, a *app) (string, error) {
	free, total, err := diskSpace(a.dir)
	if err != nil {
		return "", err
	}
	if free < leastFree {
		return "", fmt.Errorf("%d MiB free in %s: make room, at least %d MiB", free>>20, a.dir, leastFree>>20)
	}
	return fmt.Sprintf("%d of %d GiB free", free>>30, total>>30), nil
}

// A disk that syncs slower than this holds the line up.
const leastSyncs = 100

// checkSync counts how many small writes a second the disk makes durable: the
// broker needs one for each message.
func checkSync(ctx context.Context, a *app) (string, error) {
	file, err := os.CreateTemp(a.dir, "doctor-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	start, count := now(), 0
	for ; now().Sub(start) < time.Second && ctx.Err() == nil; count++ {
		if _, err := file.Write(make([]byte, 1024)); err != nil {
			return "", err
		}
		if err := file.Sync(); err != nil {
			return "", err
		}
	}
	rate := int(float64(count) / now().Sub(start).Seconds())
	if rate < leastSyncs {
		return "", fmt.Errorf("%d syncs a second in %s, fewer than %d: use a faster disk", rate, a.dir, leastSyncs)
	}
	return fmt.Sprintf("%d syncs a second", rate), nil
}

func checkLibrary(_ context.Context, a *app) (string, error) {
	if a.settings.Warehouse.URL != "" {
		return "not needed: the warehouse is a server", nil
	}
	path, err := libchdb.Path()
	return path, err
}

func checkBroker(ctx context.Context, a *app) (string, error) {
	broker, err := a.broker(ctx)
	if err != nil {
		return "", err
	}
	if a.embedded != nil {
		if err := a.embedded.Health(); err != nil {
			return "", err
		}
	}
	dead, err := broker.DeadLetters(ctx)
	if err != nil {
		return "", err
	}
	if dead > 0 {
		return "", fmt.Errorf("%d messages were set aside as unreadable: look at the log for the reasons", dead)
	}
	return "streams and consumers are as they should be, no dead letters", nil
}

func checkWarehouse(ctx context.Context, a *app) (string, error) {
	w, err := a.warehouse(ctx)
	if err != nil {
		return "", err
	}
	if err := w.Ping(ctx); err != nil {
		return "", err
	}
	return "ClickHouse " + w.Version() + ", tables up to date", nil
}

func checkReconciliation(ctx context.Context, a *app) (string, error) {
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
