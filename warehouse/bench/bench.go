// Package bench measures what the warehouse's views cost: the same questions are put
// to a plain table that keeps the latest values only, without vintages and without
// provenance, in the same run, and the figures that count are the ratios.
package bench

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"zhibiao/warehouse"
)

//go:embed generate.sql
var generate string

// Shape of the generated observations: rows of a region on average, indicators, and
// how many regions are made by one INSERT.
const (
	rowsPerRegion   = 34_830
	indicators      = 170
	regionsPerBlock = 20
)

// Config says what to measure.
type Config struct {
	Rows      int    // observations to make, about
	Seed      uint64 // decides the observations and the questions
	Questions int    // of each kind
	// Again asks what an earlier run with the same rows and seed has made.
	Again bool
	// Progress is told how far the work has come.
	Progress func(format string, args ...any)
}

func (c Config) regions() int { return max(1, (c.Rows+rowsPerRegion-1)/rowsPerRegion) }

// Report is what was measured.
type Report struct {
	Rows, PlainRows uint64
	// Bytes are those of all parts on disk that hold or serve the observations.
	Bytes   uint64
	Results []Result
}

// BytesPerRow is the storage of an observation with its provenance.
func (r Report) BytesPerRow() float64 { return float64(r.Bytes) / float64(max(r.Rows, 1)) }

// Result compares one kind of question.
type Result struct {
	Name       string
	Ours       Times
	Plain      Times
	Target     float64 // greatest ratio of the p95; 0 for none
	AnswerRows int     // of ours, all questions together
}

// Ratio is that of the p95.
func (r Result) Ratio() float64 { return float64(r.Ours.P95) / float64(max(r.Plain.P95, 1)) }

// Times are the middle and the 95th percentile of the answers' times.
type Times struct{ P50, P95 time.Duration }

// Run fills an empty, migrated warehouse and asks it.
func Run(ctx context.Context, w *warehouse.Warehouse, c Config) (Report, error) {
	if err := c.fill(ctx, w); err != nil {
		return Report{}, err
	}
	report := Report{}
	err := w.Conn().QueryRow(ctx, `SELECT sumIf(rows, table = 'observation'), sumIf(rows, table = 'bench_plain'), sumIf(bytes_on_disk, table IN ('observation', 'standing', 'standing_as_of', 'touched'))
		FROM system.parts WHERE active AND database = currentDatabase()`).Scan(&report.Rows, &report.PlainRows, &report.Bytes)
	if err != nil {
		return report, fmt.Errorf("measuring the storage: %w", err)
	}
	for _, q := range questions {
		c.Progress("asking: %s", q.name)
		result, err := c.ask(ctx, w, q)
		if err != nil {
			return report, fmt.Errorf("asking %s: %w", q.name, err)
		}
		report.Results = append(report.Results, result)
	}
	return report, nil
}

// fill makes the observations, some regions a statement, and the plain table beside
// them, and merges both so that the figures do not depend on how far merges got.
func (c Config) fill(ctx context.Context, w *warehouse.Warehouse) error {
	for _, step := range []struct {
		name      string
		table     string
		statement string
	}{
		{"observations", "observation", statement(generate)},
		{"plain rows", "bench_plain", plainRows},
	} {
		if err := w.Conn().Exec(ctx, plainTable); err != nil {
			return fmt.Errorf("making the plain table: %w", err)
		}
		if err := c.fillTable(ctx, w, step.name, step.table, step.statement); err != nil {
			return err
		}
	}
	for _, s := range []string{
		"OPTIMIZE TABLE bench_plain FINAL",
		"OPTIMIZE TABLE observation FINAL",
		"INSERT INTO touched SELECT DISTINCT region, now64(3, 'UTC') FROM bench_plain WHERE region NOT IN (SELECT region FROM touched)",
	} {
		c.Progress("%s", strings.Join(strings.Fields(s)[:3], " "))
		if err := w.Conn().Exec(ctx, s); err != nil {
			return fmt.Errorf("preparing the tables: %w", err)
		}
	}
	c.Progress("deciding what stands")
	if _, err := w.RefreshStanding(ctx); err != nil {
		return err
	}
	if err := w.Conn().Exec(ctx, "OPTIMIZE TABLE standing FINAL"); err != nil {
		return fmt.Errorf("preparing the tables: %w", err)
	}
	return nil
}

const plainTable = `CREATE TABLE IF NOT EXISTS bench_plain (indicator LowCardinality(String), region LowCardinality(String), freq LowCardinality(String), basis LowCardinality(String),
	dims LowCardinality(String), period_end Date32, value Nullable(Decimal(38, 10)) CODEC(ZSTD(1)), INDEX region_range region TYPE minmax GRANULARITY 1)
	ENGINE = MergeTree ORDER BY (substring(region, 1, 4), indicator, region, freq, basis, dims, period_end)`

// plainRows are those of some regions: numbered as in generate.sql.
const plainRows = `INSERT INTO bench_plain SELECT indicator, region, freq, basis, dims, period_end, value FROM observation
	WHERE region IN (SELECT toString(110101 + intDiv(number, 100) * 10000 + intDiv(number % 100, 10) * 100 + number % 10) FROM numbers({from:UInt64}, {to:UInt64} - {from:UInt64}))
	ORDER BY substring(region, 1, 4), indicator, region, freq, basis, dims, period_start, period_end
	LIMIT 1 BY indicator, region, freq, basis, dims, period_end`

// fillTable fills one table, unless an earlier run has, with all regions.
func (c Config) fillTable(ctx context.Context, w *warehouse.Warehouse, name, table, statement string) error {
	var there uint64
	if err := w.Conn().QueryRow(ctx, "SELECT uniqExact(region) FROM "+table).Scan(&there); err != nil {
		return fmt.Errorf("looking at table %s: %w", table, err)
	}
	switch {
	case c.Again && there == uint64(c.regions()):
		return nil
	case there > 0:
		return fmt.Errorf("table %s has %d of %d regions from an earlier run: begin in an empty folder", table, there, c.regions())
	}
	for from := 0; from < c.regions(); from += regionsPerBlock {
		to := min(from+regionsPerBlock, c.regions())
		err := w.Conn().Exec(ctx, statement, clickhouse.Named("seed", c.Seed), clickhouse.Named("from", from), clickhouse.Named("to", to))
		if err != nil {
			return fmt.Errorf("making the %s of regions %d to %d: %w", name, from, to, err)
		}
		c.Progress("made the %s of %d of %d regions", name, to, c.regions())
	}
	return nil
}

// statement leaves the comment lines at the head out.
func statement(text string) string {
	for strings.HasPrefix(text, "--") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

func (c Config) ask(ctx context.Context, w *warehouse.Warehouse, q question) (Result, error) {
	result := Result{Name: q.name, Target: q.target}
	var ours, plain []time.Duration
	for _, d := range c.draw(q.name) {
		took, rows, err := answer(ctx, w, q.ours+d.where(q.about))
		if err != nil {
			return result, err
		}
		ours, result.AnswerRows = append(ours, took), result.AnswerRows+rows
		if took, _, err = answer(ctx, w, "SELECT "+key+", value FROM bench_plain"+d.where(q.about)); err != nil {
			return result, err
		}
		plain = append(plain, took)
	}
	result.Ours, result.Plain = times(ours), times(plain)
	return result, nil
}

// answer asks once and reads all rows.
func answer(ctx context.Context, w *warehouse.Warehouse, sql string) (time.Duration, int, error) {
	start := time.Now()
	rows, err := w.Conn().Query(ctx, sql)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	return time.Since(start), n, rows.Err()
}

func times(all []time.Duration) Times {
	slices.Sort(all)
	at := func(percent int) time.Duration { return all[min(len(all)*percent/100, len(all)-1)] }
	return Times{P50: at(50), P95: at(95)}
}
