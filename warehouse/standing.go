package warehouse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"zhibiao/warehouse/resolution"
)

// dueStanding lists the regions of which something was loaded after the newest
// refresh began to read, or for which a rule of precedence came into effect since.
// A region that was never refreshed has the epoch.
const dueStanding = `SELECT toString(touched.region), touched.at
FROM (SELECT region, max(at) AS at FROM touched GROUP BY region) AS touched
LEFT JOIN (SELECT region, max(as_of) AS as_of FROM standing_as_of GROUP BY region) AS refreshed ON refreshed.region = touched.region
WHERE refreshed.as_of <= touched.at
	OR refreshed.as_of < (SELECT max(toDateTime64(effective_from, 3, 'UTC')) FROM precedence WHERE toDateTime64(effective_from, 3, 'UTC') <= now64(3, 'UTC'))
ORDER BY touched.region`

// regionsPerRefresh bounds what one statement sorts: the dense years of so many
// counties are some 300,000 rows. Neighbours by code share their prefecture and so
// what is read.
const regionsPerRefresh = 8

// Behind is what the view latest does not know yet.
type Behind struct {
	Regions int
	Since   time.Time // when the oldest of it was loaded
}

// StandingBehind tells of how many regions something newer was loaded than the view
// latest shows.
func (w *Warehouse) StandingBehind(ctx context.Context) (Behind, error) {
	regions, since, err := w.dueStanding(ctx)
	return Behind{len(regions), since}, err
}

func (w *Warehouse) dueStanding(ctx context.Context) (regions []string, since time.Time, err error) {
	rows, err := w.conn.Query(ctx, dueStanding)
	if err != nil {
		return nil, since, fmt.Errorf("asking which regions have news: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var region string
		var at time.Time
		if err := rows.Scan(&region, &at); err != nil {
			return nil, since, fmt.Errorf("asking which regions have news: %w", err)
		}
		regions = append(regions, region)
		if since.IsZero() || at.Before(since) {
			since = at
		}
	}
	if err := rows.Err(); err != nil {
		return nil, since, fmt.Errorf("asking which regions have news: %w", err)
	}
	return regions, since, nil
}

// RefreshStanding brings the view latest up to date with what was loaded before the
// call, and returns for how many regions it had to. It may run several times at once
// and be killed at any moment: a region shows what its newest complete refresh read.
// It needs the account that sees all rows.
func (w *Warehouse) RefreshStanding(ctx context.Context) (int, error) {
	regions, _, err := w.dueStanding(ctx)
	if err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(regions, regionsPerRefresh) {
		if err := w.refreshRegions(ctx, chunk); err != nil {
			return 0, fmt.Errorf("bringing the latest values of %d regions from %s on up to date: %w", len(chunk), chunk[0], err)
		}
	}
	return len(regions), nil
}

func (w *Warehouse) refreshRegions(ctx context.Context, regions []string) error {
	var asOf string
	// Later than any before, also by a clock that was set back.
	if err := w.conn.QueryRow(ctx, "SELECT toString(greatest(now64(3, 'UTC'), max(as_of) + INTERVAL 1 MILLISECOND)) FROM standing_as_of").Scan(&asOf); err != nil {
		return err
	}
	about := []any{clickhouse.Named("regions", regions), clickhouse.Named("as_of", asOf)}
	if err := w.conn.Exec(ctx, "INSERT INTO standing (indicator, region, dims, kind, period_start, period_end, boundary, freq, basis, value, unit, decimals, "+
		"status, revision_round, flags, access, source, supplier, as_of)\n"+resolution.Standing(), about...); err != nil {
		return err
	}
	return w.conn.Exec(ctx, "INSERT INTO standing_as_of (region, as_of) SELECT arrayJoin({regions:Array(String)}), {as_of:DateTime64(3, 'UTC')}", about...)
}

// touchAll has every region brought up to date again: what decides between the
// sources, or the rows themselves, were replaced.
func (w *Warehouse) touchAll(ctx context.Context) error {
	if err := w.conn.Exec(ctx, `INSERT INTO touched (region, at)
		SELECT DISTINCT region, greatest(now64(3, 'UTC'), (SELECT max(as_of) FROM standing_as_of)) FROM (SELECT DISTINCT region FROM observation UNION ALL SELECT DISTINCT region FROM standing_as_of)`); err != nil {
		return fmt.Errorf("noting that all regions have news: %w", err)
	}
	return nil
}
