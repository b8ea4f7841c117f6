package warehouse

import (
	"context"
	"fmt"
	"time"

	"zhibiao/pipeline"
	"zhibiao/warehouse/expect"
)

// Expected is what LoadExpectations loads: what is expected of whom, and what
// derives from what.
type Expected struct {
	expect.Plan
	Formulas   []pipeline.Formula
	Identities []pipeline.Identity
	Locals     []pipeline.LocalIndicator
}

// LoadExpectations makes the tables programme, local_indicator, formula, identity and
// expectation equal to the configuration, with expectations for all periods that end
// by the horizon. A table that differs is replaced as a whole, at once for readers;
// the same input changes nothing. All of them may be empty.
func (w *Warehouse) LoadExpectations(ctx context.Context, e Expected, horizon pipeline.Date) error {
	formulas, err := formulaRows(e.Formulas, e.Indicators)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	identities, err := identityRows(e.Identities)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	return w.replaceAll(ctx, programmeRows(e.Programmes), localRows(e.Locals), formulas, identities,
		expectationRows(expect.Generate(e.Plan, horizon)))
}

func programmeRows(programmes []pipeline.Programme) dimension {
	d := dimension{table: "programme", columns: "programme, name_zh, name_en, from_year, region, valid_from, valid_until, evidence"}
	for _, p := range programmes {
		for _, m := range p.Members {
			d.rows = append(d.rows, []any{p.ID, p.NameZH, p.NameEN, uint16(p.FromYear), m.Region, m.From.Time(), dayOrNull(m.Until), m.Evidence})
		}
	}
	return d
}

func localRows(locals []pipeline.LocalIndicator) dimension {
	d := dimension{table: "local_indicator", columns: "code, region, name_zh, owner, definition, unit"}
	for _, l := range locals {
		d.rows = append(d.rows, []any{l.Code, l.Region, l.NameZH, l.Owner, l.Definition, l.Unit})
	}
	return d
}

func formulaRows(formulas []pipeline.Formula, indicators []pipeline.Indicator) (dimension, error) {
	d := dimension{table: "formula", columns: "indicator, input, below, sign, mean, kind, factor, unit, decimals"}
	known := map[string]*pipeline.Indicator{}
	for i := range indicators {
		known[indicators[i].Code] = &indicators[i]
	}
	for _, f := range formulas {
		indicator := known[f.Indicator]
		if indicator == nil {
			return d, fmt.Errorf("loading the formula of %s: it is not in the catalogue", f.Indicator)
		}
		kind := "flow"
		if !indicator.Allows(pipeline.Annual, pipeline.Flow) {
			kind = "stock"
		}
		factor, err := bound(f.Factor)
		if err != nil {
			return d, fmt.Errorf("reading the factor of the formula of %s: %w", f.Indicator, err)
		}
		for _, input := range f.Inputs {
			d.rows = append(d.rows, []any{f.Indicator, input.Indicator, input.Below, int8(input.Sign), input.Mean, kind, factor, indicator.Unit, uint8(f.Decimals)})
		}
	}
	return d, nil
}

func identityRows(identities []pipeline.Identity) (dimension, error) {
	d := dimension{table: "identity", columns: "name, total, constant, part"}
	for _, i := range identities {
		constant, err := bound(i.Constant)
		if err != nil {
			return d, fmt.Errorf("reading the constant of %s: %w", i.Name, err)
		}
		for _, part := range i.Parts {
			d.rows = append(d.rows, []any{i.Name, i.Total, constant, part})
		}
	}
	return d, nil
}

func expectationRows(expectations []expect.Expectation) dimension {
	d := dimension{table: "expectation", columns: "indicator, region, kind, period_start, period_end, freq, basis, supplier, source, unit, expected_on, verified, waived_on, waived_kind, waived_reason"}
	for _, e := range expectations {
		kind, start, end := e.Span()
		var waivedOn *time.Time
		var waivedKind, reason string
		if e.Waiver != nil {
			waivedOn, waivedKind, reason = dayOrNull(e.Waiver.Decided), string(e.Waiver.Kind), e.Waiver.Reason
		}
		d.rows = append(d.rows, []any{e.Indicator, e.Region, kind, start.Time(), end.Time(), string(e.Period.Freq), string(e.Period.Basis),
			e.Supplier, e.Source, e.Unit, e.ExpectedOn.Time(), e.Verified, waivedOn, waivedKind, reason})
	}
	return d
}

// hiddenCells lists what belongs into table suppression.
const hiddenCells = `SELECT toString(indicator), toString(region), toString(dims), toString(kind), period_start, period_end, toString(boundary), why
FROM suppression_due
ORDER BY indicator, region, dims, kind, period_end, period_start, boundary`

// anySuppressed costs one look at a column where nothing is suppressed.
const anySuppressed = "SELECT toUInt8(count() > 0) FROM (SELECT 1 FROM observation WHERE access = 'suppressed' LIMIT 1)"

// RefreshSuppression brings the table suppression up to date with the values: after
// every load, before readers look. It needs the account that sees all rows.
func (w *Warehouse) RefreshSuppression(ctx context.Context) error {
	d := dimension{table: "suppression", columns: "indicator, region, dims, kind, period_start, period_end, boundary, why"}
	var found uint8
	if err := w.conn.QueryRow(ctx, anySuppressed).Scan(&found); err != nil {
		return fmt.Errorf("looking for suppressed values: %w", err)
	}
	if found == 0 {
		return w.replaceAll(ctx, d)
	}
	rows, err := w.conn.Query(ctx, hiddenCells)
	if err != nil {
		return fmt.Errorf("finding the cells to hide: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var indicator, region, dims, kind, boundary, why string
		var start, end time.Time
		if err := rows.Scan(&indicator, &region, &dims, &kind, &start, &end, &boundary, &why); err != nil {
			return fmt.Errorf("finding the cells to hide: %w", err)
		}
		d.rows = append(d.rows, []any{indicator, region, dims, kind, start, end, boundary, why})
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("finding the cells to hide: %w", err)
	}
	return w.replaceAll(ctx, d)
}
