package morning

import (
	"context"

	"zhibiao/portal/number"
	"zhibiao/warehouse"
)

// came is what one source brought.
type came struct {
	Source, Path                string
	Runs                        uint64
	Fetched, Fresh, Confirmed   uint64 // documents
	New, Revised, Gone, Retract uint64 // numbers
	Failures                    []string
}

// Any reports whether any number is new or different.
func (c came) Any() bool { return c.New+c.Revised+c.Gone+c.Retract > 0 }

const runsSince = `SELECT toString(source), toUInt64(count()), toUInt64(sum(fetched)), toUInt64(sum(new)), toUInt64(sum(confirmed)),
	arraySlice(arrayDistinct(arraySort(arrayFlatten(groupArray(failures)))), 1, 5)
	FROM run FINAL WHERE started_at >= {since:DateTime64(3, 'UTC')} AND finished_at > toDateTime64(0, 3, 'UTC') GROUP BY source ORDER BY source`

// numbersSince counts by source the numbers of which something new is known: those
// that were never known before, and those that changed.
const numbersSince = `SELECT toString(source), toUInt64(countIf(op = 'assert' AND first >= {since:DateTime64(3, 'UTC')})), toUInt64(countIf(op = 'assert' AND first < {since:DateTime64(3, 'UTC')})),
	toUInt64(countIf(op = 'withdraw')), toUInt64(countIf(op = 'retract'))
	FROM
	(
		SELECT source, min(known_at) AS first, toString(argMax(op, (known_at, fetched_at, derivation_no, document, byte_start))) AS op
		FROM observation
		WHERE (indicator, region, freq, basis, dims, period_start, period_end, source) IN
			(SELECT indicator, region, freq, basis, dims, period_start, period_end, source FROM observation WHERE known_at >= {since:DateTime64(3, 'UTC')})
		GROUP BY indicator, region, freq, basis, dims, period_start, period_end, source
	)
	GROUP BY source ORDER BY source`

// readCame reads what the sources brought, by their names.
func (p *pages) readCame(ctx context.Context, s span, v *view) error {
	w, err := p.Warehouse(ctx)
	if err != nil {
		return err
	}
	byName := map[string]*came{}
	var names []string
	of := func(name string) *came {
		if byName[name] == nil {
			byName[name] = &came{Source: p.Names.Source(name), Path: s.sourcePath(name)}
			names = append(names, name)
		}
		return byName[name]
	}
	err = each(ctx, w, runsSince, warehouse.Parameters{"since": s.text()}, func(scan func(...any) error) error {
		var name string
		var c came
		if err := scan(&name, &c.Runs, &c.Fetched, &c.Fresh, &c.Confirmed, &c.Failures); err != nil {
			return err
		}
		c.Source, c.Path = p.Names.Source(name), s.sourcePath(name)
		*of(name) = c
		return nil
	})
	if err != nil {
		return err
	}
	err = each(ctx, w, numbersSince, warehouse.Parameters{"since": s.text()}, func(scan func(...any) error) error {
		var name string
		var c came
		if err := scan(&name, &c.New, &c.Revised, &c.Gone, &c.Retract); err != nil {
			return err
		}
		into := of(name)
		into.New, into.Revised, into.Gone, into.Retract = c.New, c.Revised, c.Gone, c.Retract
		return nil
	})
	for _, name := range names {
		v.Came = append(v.Came, *byName[name])
		if len(byName[name].Failures) > 0 {
			v.Failed = append(v.Failed, *byName[name])
		}
	}
	return err
}

// refused is what could not be read of one source for one reason.
type refused struct {
	Source, Path string
	Reason       number.Words
	Count        uint64 // labels or places
	Numbers      uint64
	Label        string // of the first of them
}

const refusedSince = `SELECT toString(source), toString(reason), toUInt64(count()), toUInt64(sum(numbers)), argMin(label, (lineage, byte_start, label))
	FROM open_refusals WHERE known_at >= {since:DateTime64(3, 'UTC')} GROUP BY source, reason ORDER BY source, reason`

const refusedBefore = `SELECT toUInt64(count()) FROM open_refusals WHERE known_at < {since:DateTime64(3, 'UTC')}`

func (p *pages) readRefused(ctx context.Context, s span, v *view) error {
	w, err := p.Warehouse(ctx)
	if err != nil {
		return err
	}
	err = each(ctx, w, refusedSince, warehouse.Parameters{"since": s.text()}, func(scan func(...any) error) error {
		var name, reason string
		var one refused
		if err := scan(&name, &reason, &one.Count, &one.Numbers, &one.Label); err != nil {
			return err
		}
		one.Source, one.Path, one.Reason, one.Label = p.Names.Source(name), s.sourcePath(name), refusalReason(reason), clip(one.Label)
		v.Refused = append(v.Refused, one)
		return nil
	})
	if err != nil {
		return err
	}
	return each(ctx, w, refusedBefore, warehouse.Parameters{"since": s.text()}, func(scan func(...any) error) error { return scan(&v.Older) })
}

// each calls read for each row of a query.
func each(ctx context.Context, w *warehouse.Warehouse, sql string, parameters warehouse.Parameters, read func(scan func(...any) error) error) error {
	rows, err := w.Ask(ctx, sql, parameters)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

const maxShown = 80 // characters of a label or a printed text

func clip(text string) string {
	if letters := []rune(text); len(letters) > maxShown {
		return string(letters[:maxShown]) + "…"
	}
	return text
}
