package warehouse

import (
	"context"
	"fmt"

	"zhibiao/pipeline"
)

// LoadPrecedence makes the table precedence equal to the rules: one row a rule and
// indicator. An unchanged table is left alone; a changed one is replaced at once
// for readers. No rules leave the table empty.
func (w *Warehouse) LoadPrecedence(ctx context.Context, rules []pipeline.PrecedenceRule) error {
	d := dimension{table: "precedence", columns: "rule, indicator, period_from, period_to, effective_from, sources, reason"}
	for _, r := range rules {
		for _, indicator := range r.Indicators {
			d.rows = append(d.rows, []any{r.Name, indicator, r.From.Time(), r.To.Time(), r.Effective.Time(), r.Sources, r.Reason})
		}
	}
	changed, err := w.replaceChanged(ctx, d)
	if err != nil {
		return fmt.Errorf("loading table %s: %w", d.table, err)
	}
	if changed {
		return w.touchAll(ctx)
	}
	return nil
}
