package warehouse

import (
	"context"
	"fmt"
	"time"

	"zhibiao/pipeline"
)

// Absent is a number that is missing on a day.
type Absent struct {
	Region, Indicator string
	Period            pipeline.Period
	Supplier          string // public, province, county or report
	Sources           []string
	Unit              string // coordinating unit, "" unless provincial
	DueOn             pipeline.Date
	Move              string // wait, mend, province, county or nobody
	Reason            string // not_due, overdue, due, never_verified, no_source, report or waived_…
	Note              string // reason of a waiver
}

// Missing lists what is absent on a day of the periods that end from one day to
// another, by the codes of region and indicator; region "" is all.
func (w *Warehouse) Missing(ctx context.Context, on pipeline.Date, region string, from, to pipeline.Date) ([]Absent, error) {
	rows, err := w.conn.Query(ctx, named("missing").SQL, Parameters{
		"on": on.String(), "region": region, "from": from.String(), "to": to.String()}.named()...)
	if err != nil {
		return nil, fmt.Errorf("asking what is missing on %s: %w", on, err)
	}
	defer rows.Close()
	var all []Absent
	for rows.Next() {
		var a Absent
		var kind, freq, basis string
		var start, end, due time.Time
		if err := rows.Scan(&a.Region, &a.Indicator, &kind, &freq, &basis, &start, &end, &a.Supplier, &a.Sources, &a.Unit, &due, &a.Move, &a.Reason, &a.Note); err != nil {
			return nil, fmt.Errorf("asking what is missing on %s: %w", on, err)
		}
		a.Period = pipeline.Period{Freq: pipeline.Freq(freq), Basis: pipeline.Basis(basis), Start: day(start), End: day(end)}
		a.DueOn = day(due)
		all = append(all, a)
	}
	return all, rows.Err()
}
