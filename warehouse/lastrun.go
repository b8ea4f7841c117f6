package warehouse

import (
	"context"
	"fmt"
	"time"
)

// LastRun is how a source's runs ended.
type LastRun struct {
	FirstAt     time.Time // end of the first run
	SucceededAt time.Time // end of the last run without failures, zero for none
	Failure     string    // first failure of the newest run, "" where it had none
}

// LastRuns returns how the last runs of each source that ever ran ended.
func (w *Warehouse) LastRuns(ctx context.Context) (map[string]LastRun, error) {
	rows, err := w.conn.Query(ctx, `SELECT source, min(finished_at) AS first, maxIf(finished_at, empty(failures)) AS succeeded, argMax(failures[1], finished_at) AS failure
		FROM run WHERE finished_at > toDateTime64(0, 3, 'UTC') GROUP BY source`)
	if err != nil {
		return nil, fmt.Errorf("asking for the last runs: %w", err)
	}
	defer rows.Close()
	runs := map[string]LastRun{}
	for rows.Next() {
		var source string
		var last LastRun
		if err := rows.Scan(&source, &last.FirstAt, &last.SucceededAt, &last.Failure); err != nil {
			return nil, fmt.Errorf("asking for the last runs: %w", err)
		}
		if last.SucceededAt.Unix() <= 0 {
			last.SucceededAt = time.Time{} // none
		}
		runs[source] = last
	}
	return runs, rows.Err()
}

// Clock returns the server's time, and the end of the newest run, zero for none.
func (w *Warehouse) Clock(ctx context.Context) (now, newest time.Time, err error) {
	if err := w.conn.QueryRow(ctx, "SELECT now64(3, 'UTC'), max(finished_at) FROM run").Scan(&now, &newest); err != nil {
		return time.Time{}, time.Time{}, fmt.Errorf("asking for the warehouse's time: %w", err)
	}
	if newest.Unix() <= 0 {
		newest = time.Time{}
	}
	return now, newest, nil
}
