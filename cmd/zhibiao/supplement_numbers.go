package main

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

// countyNumbers is what the warehouse knows of a county, for its sheet. It asks in the
// name of the platform: the account of analysts does not see what is not public, and
// would take what a county has entered for missing.
type countyNumbers struct{ app *app }

var firstDay, lastDay = pipeline.DateOf(1949, 1, 1), pipeline.DateOf(2199, 12, 31)

// Gaps asks the view missing.
func (n countyNumbers) Gaps(ctx context.Context, region string, on pipeline.Date) ([]supplement.Gap, error) {
	w, err := n.app.warehouse(ctx)
	if err != nil {
		return nil, err
	}
	absent, err := w.Missing(ctx, on, region, firstDay, lastDay)
	if err != nil {
		return nil, environment("asking the warehouse", err)
	}
	gaps := make([]supplement.Gap, len(absent))
	for i, a := range absent {
		gaps[i] = supplement.Gap{Cell: supplement.Cell{Indicator: a.Indicator, Region: a.Region, Period: wholePeriod(a.Period)}, Move: a.Move, Reason: a.Reason}
	}
	return gaps, nil
}

// knownValues are the newest values of each series of one region, with what others say.
// What is suppressed is not shown, here neither.
const knownValues = `SELECT toString(indicator), toString(region), toString(freq), toString(basis), period_end,
    if(hidden, NULL, value), toString(unit), arrayMap(f -> toString(f), flags), toString(supplier), toString(source),
    if(hidden, '', id), if(hidden, '', raw_text), locator, published_at, reason,
    arrayMap(l -> l.source, others), arrayMap(l -> l.supplier, others), arrayMap(l -> ifNull(toString(l.value), ''), others), arrayMap(l -> l.id, others),
    if(hidden, NULL, spread)
FROM
(
    SELECT *, access = 'suppressed' OR (indicator, region, dims, kind, period_start, period_end, boundary) IN
            (SELECT indicator, region, dims, kind, period_start, period_end, boundary FROM suppression) AS hidden,
        if(hidden, [], losers) AS others
    FROM resolved
    WHERE region = {region:String} AND dims = '' AND boundary = 'original' AND period_end < toDate32({on:String})
)
ORDER BY indicator, freq, basis, period_end DESC
LIMIT 6 BY indicator, freq, basis`

// Known asks the view resolved.
func (n countyNumbers) Known(ctx context.Context, region string, on pipeline.Date) ([]supplement.Known, error) {
	w, err := n.app.warehouse(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := w.Ask(ctx, knownValues, warehouse.Parameters{"region": region, "on": on.String()})
	if err != nil {
		return nil, environment("asking the warehouse", err)
	}
	defer rows.Close()
	var all []supplement.Known
	for rows.Next() {
		k, err := n.scan(rows.Scan)
		if err != nil {
			return nil, environment("asking the warehouse", err)
		}
		all = append(all, k)
	}
	if err := rows.Err(); err != nil {
		return nil, environment("asking the warehouse", err)
	}
	return all, nil
}

func (n countyNumbers) scan(scan func(...any) error) (supplement.Known, error) {
	var (
		k                                   supplement.Known
		freq, basis, supplier               string
		end                                 time.Time
		value, spread                       *decimal.Decimal
		flags                               []string
		published                           *time.Time
		sources, suppliers, values, otherID []string
	)
	err := scan(&k.Cell.Indicator, &k.Cell.Region, &freq, &basis, &end, &value, &k.Unit, &flags, &supplier, &k.Source,
		&k.ID, &k.Printed, &k.Locator, &published, &k.Reason, &sources, &suppliers, &values, &otherID, &spread)
	if err != nil {
		return k, err
	}
	k.Cell.Period = periodEnding(pipeline.Freq(freq), pipeline.Basis(basis), pipeline.DateIn(end, end.Location()))
	k.Supplier = pipeline.Supplier(supplier)
	if value != nil {
		k.Value = value.String()
	}
	if spread != nil {
		k.Spread = spread.String()
	}
	if published != nil {
		k.PublishedAt = published.UTC()
	}
	for _, f := range flags {
		k.Flags = append(k.Flags, pipeline.Flag(f))
	}
	if source, err := n.app.set.Source(k.Source); err == nil {
		k.SourceTitle = source.Title
	}
	for i := range sources {
		k.Others = append(k.Others, supplement.Other{Source: sources[i], Supplier: pipeline.Supplier(suppliers[i]), Value: values[i], ID: otherID[i]})
	}
	return k, nil
}

// periodEnding returns the period of a frequency and basis that ends on a day.
func periodEnding(freq pipeline.Freq, basis pipeline.Basis, end pipeline.Date) pipeline.Period {
	p := pipeline.Period{Freq: freq, Basis: basis, Start: end, End: end}
	if whole, err := pipeline.ParsePeriod(freq, basis, p.Label()); err == nil {
		return whole
	}
	return p
}

// heldCells are those of one region that others than the county have, or are due to
// supply, at a moment: no county may be asked for one (promise 10).
const heldCells = `SELECT DISTINCT toString(indicator), freq, basis, period_end FROM
(
    SELECT indicator, toString(freq) AS freq, toString(basis) AS basis, period_end FROM observation
    WHERE region = {region:String} AND (supplier IN ('public', 'province') OR source = 'national-platform')
        AND dims = '' AND known_at <= parseDateTime64BestEffort({at:String}, 3, 'UTC')
    GROUP BY indicator, freq, basis, period_start, period_end, source, lineage
    HAVING argMax(tuple(op != 'retract' AND isNotNull(value)), (fetched_at, derivation_no, document, byte_start)).1
    UNION ALL
    SELECT indicator, toString(freq) AS freq, toString(basis) AS basis, period_end FROM expectation
    WHERE region = {region:String} AND (supplier != 'county' OR ifNull(waived_on <= toDate32({on:String}), false))
)
ORDER BY 1, 2, 3, 4`

// Held asks the tables themselves, and not the view that the sheet is made from.
func (n countyNumbers) Held(ctx context.Context, region string, at time.Time) ([]supplement.Cell, error) {
	w, err := n.app.warehouse(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := w.Ask(ctx, heldCells, warehouse.Parameters{"region": region,
		"at": at.UTC().Format("2006-01-02 15:04:05.000"), "on": pipeline.DateIn(at, supplement.Shanghai).String()})
	if err != nil {
		return nil, environment("asking the warehouse", err)
	}
	defer rows.Close()
	var cells []supplement.Cell
	for rows.Next() {
		var indicator, freq, basis string
		var end time.Time
		if err := rows.Scan(&indicator, &freq, &basis, &end); err != nil {
			return nil, environment("asking the warehouse", err)
		}
		cells = append(cells, supplement.Cell{Indicator: indicator, Region: region,
			Period: periodEnding(pipeline.Freq(freq), pipeline.Basis(basis), pipeline.DateIn(end, end.Location()))})
	}
	if err := rows.Err(); err != nil {
		return nil, environment("asking the warehouse", err)
	}
	return cells, nil
}
