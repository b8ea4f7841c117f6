package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline/stream"
	"zhibiao/warehouse"
)

// houseInterval is how often acknowledged messages are purged.
const houseInterval = 10 * time.Minute

// keepHouse purges what is acknowledged and reconciled, and reconciles once a day,
// until ctx ends.
func (c *cli) keepHouse(ctx context.Context, l *line) error {
	ticker := time.NewTicker(houseInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := errors.Join(l.sweep(ctx), c.reconcileNightly(ctx, l)); err != nil && ctx.Err() == nil {
				l.app.log.Error("keeping house failed", zap.Error(err))
			}
		}
	}
}

// sweep hides what must not be shown of what came in, and purges the streams if the
// warehouse has every row that was published. While something is on its way it does
// not purge.
func (l *line) sweep(ctx context.Context) error {
	w, err := l.app.warehouse(ctx)
	if err != nil {
		return err
	}
	if err := w.RefreshSuppression(ctx); err != nil {
		return err
	}
	broker, err := l.app.broker(ctx)
	if err != nil {
		return err
	}
	if idle, err := broker.Idle(ctx); err != nil || !idle {
		return err
	}
	_, err = broker.Sweep(ctx, l.reconciled)
	return err
}

// reconciled reports document versions whose rows are not all in the warehouse.
// Rows that were set aside as dead letters are missing for a reason that is told
// elsewhere.
func (l *line) reconciled(ctx context.Context) error {
	unexplained, err := l.unexplained(ctx)
	if err != nil || len(unexplained) == 0 {
		return err
	}
	g := unexplained[0]
	return fmt.Errorf("%d document versions differ from the warehouse; the first is %s of %s: %d rows published, %d present",
		len(unexplained), g.Version, g.Source, g.Recorded, g.Present)
}

// unexplained are the versions that differ from the warehouse and were not set aside.
func (l *line) unexplained(ctx context.Context) ([]warehouse.Gap, error) {
	w, err := l.app.warehouse(ctx)
	if err != nil {
		return nil, err
	}
	gaps, err := w.Reconcile(ctx)
	if err != nil || len(gaps) == 0 {
		return nil, err
	}
	dead, err := l.deadRows(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(gaps, func(g warehouse.Gap) bool {
		return dead[g.Version] > 0 && g.Recorded == g.Present+dead[g.Version]
	}), nil
}

// deadRows counts the observations among the dead letters by document version.
func (l *line) deadRows(ctx context.Context) (map[string]uint64, error) {
	const page = 1000
	broker, err := l.app.broker(ctx)
	if err != nil {
		return nil, err
	}
	rows := map[string]uint64{}
	for from := uint64(1); ; {
		letters, err := broker.Letters(ctx, from, page)
		if err != nil {
			return nil, err
		}
		for _, letter := range letters {
			from = letter.Sequence + 1
			// What was replayed is loaded now, or a letter again.
			if letter.Replayed != nil || !strings.HasPrefix(letter.Subject, observationsPrefix) {
				continue
			}
			if batch, err := stream.DecodeObservations(letter.Payload); err == nil && len(batch) > 0 {
				rows[batch[0].Origin.Version] += uint64(len(batch))
			}
		}
		if len(letters) < page {
			return rows, nil
		}
	}
}

// observationsPrefix begins the subjects of observations.
const observationsPrefix = "observations."
