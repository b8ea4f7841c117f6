package warehouse

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
)

// stillInForce is valid_to of a region that has no last year.
const stillInForce = 9999

// LoadDimensions makes the tables indicator, region, source and what follows from
// them (region_link, region_chain, capability) equal to the configuration: a table
// that differs is replaced as a whole, at once for readers, and one that is equal is
// left alone. Empty lists are refused, because they would leave every code without a
// name. The view county_year gets a column for each indicator.
func (w *Warehouse) LoadDimensions(ctx context.Context, indicators []pipeline.Indicator, regions []pipeline.Region, sources []*pipeline.Source) error {
	catalogue, err := indicatorRows(indicators)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	links, chains := historyRows(regions)
	for _, d := range []dimension{catalogue, regionRows(regions), sourceRows(sources)} {
		if len(d.rows) == 0 {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("loading table %s: the configuration has none", d.table))
		}
		if err := w.replace(ctx, d); err != nil {
			return fmt.Errorf("loading table %s: %w", d.table, err)
		}
	}
	if err := w.replaceAll(ctx, links, chains, capabilityRows(sources)); err != nil {
		return err
	}
	return w.widen(ctx, indicators)
}

// replaceAll loads tables that may be empty.
func (w *Warehouse) replaceAll(ctx context.Context, dimensions ...dimension) error {
	for _, d := range dimensions {
		if err := w.replace(ctx, d); err != nil {
			return fmt.Errorf("loading table %s: %w", d.table, err)
		}
	}
	return nil
}

// dimension is a small table's whole content.
type dimension struct {
	table   string
	columns string
	rows    [][]any
}

// replace fills a second table and moves its one partition over the first's, which
// is atomic for readers. The second table is an ordinary one, also where the first is
// replicated: it lives on this server only, and the replicas take over the moved
// partition as one entry of their log. The digest of what was loaded stands in the
// comment of the table, so that an unchanged configuration costs one look.
func (w *Warehouse) replace(ctx context.Context, d dimension) error {
	_, err := w.replaceChanged(ctx, d)
	return err
}

// replaceChanged is replace and reports whether the table was another one before.
func (w *Warehouse) replaceChanged(ctx context.Context, d dimension) (changed bool, err error) {
	digest, err := d.digest()
	if err != nil {
		return false, err
	}
	var comment, order string
	if err := w.conn.QueryRow(ctx, "SELECT comment, sorting_key FROM system.tables WHERE database = currentDatabase() AND name = {table:String}",
		Parameters{"table": d.table}.named()...).Scan(&comment, &order); err != nil {
		return false, fmt.Errorf("reading its comment: %w", err)
	}
	meaning, loaded, _ := strings.Cut(comment, digestMark)
	if loaded == digest {
		return false, nil
	}
	if strings.Contains(order, ",") {
		order = "(" + order + ")"
	}
	next := d.table + "_next"
	for _, statement := range []string{"DROP TABLE IF EXISTS " + next, "CREATE TABLE " + next + " AS " + d.table + " ENGINE = MergeTree ORDER BY " + order} {
		if err := w.conn.Exec(ctx, statement); err != nil {
			return false, err
		}
	}
	if err := w.fill(ctx, next, d); err != nil {
		return false, err
	}
	move := "REPLACE PARTITION tuple() FROM " + next
	if len(d.rows) == 0 { // the engine moves no empty partition
		move = "DROP PARTITION tuple()"
	}
	for _, statement := range []string{
		"ALTER TABLE " + d.table + " " + move,
		"DROP TABLE " + next,
		"ALTER TABLE " + d.table + " MODIFY COMMENT '" + strings.ReplaceAll(meaning, "'", "''") + digestMark + digest + "'",
	} {
		if err := w.conn.Exec(ctx, statement); err != nil {
			return false, err
		}
	}
	return true, nil
}

const digestMark = "; digest "

func (w *Warehouse) fill(ctx context.Context, table string, d dimension) error {
	if len(d.rows) == 0 {
		return nil
	}
	batch, err := w.conn.PrepareBatch(ctx, "INSERT INTO "+table+" ("+d.columns+")")
	if err != nil {
		return err
	}
	defer batch.Close()
	for _, row := range d.rows {
		if err := batch.Append(row...); err != nil {
			return err
		}
	}
	return batch.Send()
}

func (d dimension) digest() (string, error) {
	content, err := json.Marshal([]any{d.columns, d.rows})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:16]), nil
}

func indicatorRows(indicators []pipeline.Indicator) (dimension, error) {
	d := dimension{table: "indicator", columns: "code, task, name_zh, name_en, aliases, unit, series, growth_of, price_basis, aggregation, supplier, coordinating_unit, low, high, formula"}
	for _, i := range slices.SortedFunc(slices.Values(indicators), func(a, b pipeline.Indicator) int { return cmp.Compare(a.Code, b.Code) }) {
		series := make([]string, len(i.Series))
		for n, s := range i.Series {
			series[n] = string(s.Freq) + ":" + string(s.Basis)
		}
		low, err := bound(i.Low)
		if err != nil {
			return d, fmt.Errorf("reading the low end of %s: %w", i.Code, err)
		}
		high, err := bound(i.High)
		if err != nil {
			return d, fmt.Errorf("reading the high end of %s: %w", i.Code, err)
		}
		d.rows = append(d.rows, []any{i.Code, i.Task, i.NameZH, i.NameEN, orEmpty(i.Aliases), i.Unit, series, i.GrowthOf, i.PriceBasis,
			i.Aggregation, i.Supplier, i.CoordinatingUnit, low, high, i.Formula})
	}
	return d, nil
}

func regionRows(regions []pipeline.Region) dimension {
	d := dimension{table: "region", columns: "code, name, level, province, city, valid_from, valid_to, next"}
	order := func(a, b pipeline.Region) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.From, b.From), cmp.Compare(a.Name, b.Name))
	}
	for _, r := range slices.SortedFunc(slices.Values(regions), order) {
		d.rows = append(d.rows, []any{r.Code, r.Name, r.Level, r.Province, r.City, uint16(r.From), uint16(cmp.Or(r.To, stillInForce)), orEmpty(r.Next)})
	}
	return d
}

func sourceRows(sources []*pipeline.Source) dimension {
	d := dimension{table: "source", columns: "name, title, publisher, supplier, access, kind, region, schedule, verified, min_documents"}
	for _, s := range slices.SortedFunc(slices.Values(sources), func(a, b *pipeline.Source) int { return cmp.Compare(a.Name, b.Name) }) {
		d.rows = append(d.rows, []any{s.Name, s.Title, s.Publisher, string(s.Rules.Supplier), string(s.Access), string(s.Rules.Kind), s.Rules.Region,
			s.Schedule, s.Verified, uint32(s.MinDocuments)})
	}
	return d
}

// bound reads an end of the plausible range, "" for none.
func bound(text string) (*decimal.Decimal, error) {
	if text == "" {
		return nil, nil
	}
	if err := pipeline.CheckDecimal(text); err != nil {
		return nil, err
	}
	d, err := decimal.NewFromString(text)
	return &d, err
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
