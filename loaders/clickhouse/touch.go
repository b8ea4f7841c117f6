package clickhouse

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"zhibiao/pipeline"
)

// Tables by which the warehouse knows which regions have news.
const (
	touched      = "touched"
	standingAsOf = "standing_as_of"
)

// touch notes, after the rows are durable and before they are acknowledged, that
// their regions have news, which a refresh of the latest values then looks for. The
// time is the server's, and not before that of any refresh, also if its clock was
// set back.
func (l *Loader) touch(ctx context.Context, rows []*pipeline.Observation, failed map[int]error) error {
	regions := map[string]bool{}
	for i, o := range rows {
		if failed[i] == nil {
			regions[o.Region] = true
		}
	}
	if len(regions) == 0 {
		return nil
	}
	var at time.Time
	if err := l.conn.QueryRow(ctx, "SELECT greatest(now64(3, 'UTC'), max(as_of)) FROM "+standingAsOf).Scan(&at); err != nil {
		return fmt.Errorf("asking the warehouse for the time: %w", asVerdict(err))
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0, "insert_deduplicate": 0}))
	batch, err := l.conn.PrepareBatch(ctx, "INSERT INTO "+touched+" (region, at)")
	if err != nil {
		return fmt.Errorf("noting which regions have news: %w", asVerdict(err))
	}
	for _, region := range slices.Sorted(maps.Keys(regions)) {
		if err := batch.Append(region, at); err != nil {
			_ = batch.Abort()
			return fmt.Errorf("noting which regions have news: %w", err)
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("noting which regions have news: %w", asVerdict(err))
	}
	return nil
}
