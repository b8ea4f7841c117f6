package number

import (
	"context"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

// vintage is one thing that one source has said of a number.
type vintage struct {
	No       uint64
	Source   string
	Known    string
	Op       pipeline.Op
	Value    string
	Change   string // from the one before, exact; "" for none
	Rounding bool   // the change is within rounding
	Status   Words
	Flags    []Words
	Inside   bool
	ID, Path string
	Here     bool
}

const vintagesOf = `SELECT toUInt64(vintage), toString(source), toString(supplier), known_at, toString(op), value, change, ifNull(beyond_rounding, true), toString(status),
	arrayMap(f -> toString(f), flags), toString(access), id
	FROM revisions WHERE indicator = {indicator:String} AND region = {region:String} AND freq = {freq:String} AND basis = {basis:String} AND dims = {dims:String}
		AND period_start = {start:Date32} AND period_end = {end:Date32}
	ORDER BY source, boundary, vintage LIMIT 200`

// vintages lists what each source has said of a number, oldest first.
func (p *pages) vintages(ctx context.Context, w *warehouse.Warehouse, o *pipeline.Observation, id string, sees func(supplier, open string) bool) ([]vintage, error) {
	rows, err := w.Ask(ctx, vintagesOf, warehouse.Parameters{"indicator": o.Indicator, "region": o.Region, "freq": string(o.Period.Freq),
		"basis": string(o.Period.Basis), "dims": o.Dims, "start": o.Period.Start.String(), "end": o.Period.End.String()})
	if err != nil {
		return nil, unavailable("asking for the vintages", err)
	}
	defer rows.Close()
	var all []vintage
	for rows.Next() {
		var (
			v                                    vintage
			source, supplier, op, status, access string
			known                                time.Time
			number, change                       *decimal.Decimal
			beyond                               bool
			flags                                []string
		)
		if err := rows.Scan(&v.No, &source, &supplier, &known, &op, &number, &change, &beyond, &status, &flags, &access, &v.ID); err != nil {
			return nil, unavailable("asking for the vintages", err)
		}
		if !sees(supplier, access) {
			continue
		}
		v.Source, v.Known, v.Op, v.Value, v.Change, v.Rounding = p.names.Source(source), Moment(known), pipeline.Op(op), decimalText(number), decimalText(change), !beyond
		v.Status, v.Inside, v.Path, v.Here = Status(pipeline.Status(status)), access != string(pipeline.AccessPublic), Path(v.ID), v.ID == id
		for _, f := range flags {
			v.Flags = append(v.Flags, Flag(pipeline.Flag(f)))
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable("asking for the vintages", err)
	}
	return all, nil
}

// chosen is how the sources of a number stand to each other.
type chosen struct {
	Sources  []said // the one that is believed first
	Spread   string // greatest less smallest, "" for none
	Unit     string
	Disjoint bool // they cannot all be right, rounding allowed for
	Rule     Words
	Reason   string // of a rule of precedence, in its own words
}

type said struct {
	Source   string
	Supplier Words
	Value    string
	Status   Words
	Known    string
	Path     string
	Believed bool
	Here     bool
	Inside   bool
}

const choiceOf = `SELECT toString(source), toString(supplier), value, toString(status), known_at, id, toString(unit), spread, disjoint, toString(rule), reason, toString(access),
	arrayMap(l -> l.source, losers), arrayMap(l -> l.supplier, losers), arrayMap(l -> ifNull(toString(l.value), ''), losers),
	arrayMap(l -> l.status, losers), arrayMap(l -> l.known_at, losers), arrayMap(l -> l.id, losers), arrayMap(l -> l.access, losers)
	FROM resolved WHERE indicator = {indicator:String} AND region = {region:String} AND dims = {dims:String} AND kind = {kind:String}
		AND period_start = {start:Date32} AND period_end = {end:Date32} AND boundary = {boundary:String} AND ` + shown

// choice says which source is believed, against which others, and why.
func (p *pages) choice(ctx context.Context, w *warehouse.Warehouse, o *pipeline.Observation, id string, known []vintage, sees func(supplier, open string) bool) (*chosen, error) {
	start, boundary := o.Period.Start, "original"
	if o.Period.Basis == pipeline.End {
		start = o.Period.End
	}
	if slices.Contains(o.Flags, pipeline.FlagRestatedBoundary) {
		boundary = "restated"
	}
	rows, err := w.Ask(ctx, choiceOf, warehouse.Parameters{"indicator": o.Indicator, "region": o.Region, "dims": o.Dims, "kind": kindOf(o),
		"start": start.String(), "end": o.Period.End.String(), "boundary": boundary})
	if err != nil {
		return nil, unavailable("asking which source is believed", err)
	}
	defer rows.Close()
	var choice *chosen
	for rows.Next() {
		if choice, err = p.scanChoice(rows.Scan, id, known, sees); err != nil {
			return nil, unavailable("asking which source is believed", err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, unavailable("asking which source is believed", err)
	}
	return choice, nil
}

func (p *pages) scanChoice(scan func(...any) error, id string, vintages []vintage, sees func(supplier, open string) bool) (*chosen, error) {
	var (
		c                                                chosen
		source, supplier, status, winner, rule, access   string
		known                                            time.Time
		number, spread                                   *decimal.Decimal
		sources, suppliers, numbers, statuses, ids, open []string
		knowns                                           []time.Time
	)
	if err := scan(&source, &supplier, &number, &status, &known, &winner, &c.Unit, &spread, &c.Disjoint, &rule, &c.Reason, &access,
		&sources, &suppliers, &numbers, &statuses, &knowns, &ids, &open); err != nil {
		return nil, err
	}
	sources, suppliers, numbers = append([]string{source}, sources...), append([]string{supplier}, suppliers...), append([]string{decimalText(number)}, numbers...)
	statuses, knowns, ids = append([]string{status}, statuses...), append([]time.Time{known}, knowns...), append([]string{winner}, ids...)
	// The row tells the access of the most closed value in it; its own the winner tells
	// as a vintage.
	if slices.ContainsFunc(vintages, func(v vintage) bool { return v.ID == winner && !v.Inside }) {
		access = string(pipeline.AccessPublic)
	}
	open = append([]string{access}, open...)
	whole := true
	for i := range sources {
		if !sees(suppliers[i], open[i]) {
			whole = false
			continue
		}
		c.Sources = append(c.Sources, said{Source: p.names.Source(sources[i]), Supplier: Supplier(pipeline.Supplier(suppliers[i])), Value: numbers[i],
			Status: Status(pipeline.Status(statuses[i])), Known: Moment(knowns[i]), Path: Path(ids[i]), Believed: i == 0, Here: ids[i] == id,
			Inside: open[i] != string(pipeline.AccessPublic)})
	}
	if len(c.Sources) == 0 {
		return nil, nil
	}
	c.Rule = Rule(rule)
	if rule != "precedence" {
		c.Reason = ""
	}
	if whole { // the spread would tell of a value that is not shown
		c.Spread = decimalText(spread)
	} else {
		c.Disjoint = false
	}
	return &c, nil
}
