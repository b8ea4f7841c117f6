package warehouse

import (
	"context"
	"fmt"
	"slices"

	"zhibiao/pipeline"
	"zhibiao/warehouse/schema"
	"zhibiao/warehouse/wide"
)

// widen gives the view county_year the columns of this catalogue, where it is not the
// one that the view's migration was made from.
func (w *Warehouse) widen(ctx context.Context, indicators []pipeline.Indicator) error {
	var columns []string
	if err := w.conn.QueryRow(ctx, `SELECT arrayMap(c -> c.2, arraySort(groupArray((position, name))))
		FROM system.columns WHERE database = currentDatabase() AND table = {table:String}`,
		Parameters{"table": wide.Relation}.named()...).Scan(&columns); err != nil {
		return fmt.Errorf("reading the columns of %s: %w", wide.Relation, err)
	}
	if slices.Equal(columns, wide.Columns(indicators)) {
		return nil
	}
	statement, err := schema.Parse(wide.View(indicators))
	if err != nil {
		return fmt.Errorf("making the view %s: %w", wide.Relation, err)
	}
	statements, err := schema.NewRenderer(w.cluster, w.database).Render(statement)
	if err != nil {
		return fmt.Errorf("making the view %s: %w", wide.Relation, err)
	}
	if err := w.execAll(ctx, statements); err != nil {
		return w.explain("making the view "+wide.Relation, err)
	}
	return nil
}
