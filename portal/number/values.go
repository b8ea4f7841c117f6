package number

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/warehouse"
)

// question is what the explorer asks of the warehouse.
type question struct {
	region, indicator string // indicator "" is all
	from, to          pipeline.Date
	any               bool // period: of all indicators at once the newest of each series
}

// value is one number with where it is from.
type value struct {
	Code      string
	Indicator Words
	Period    Words
	Dims      string
	Value     string // "" where there is none: a flag says why
	Unit      string
	Status    Words
	Flags     []Words
	Source    string
	Supplier  Words
	Inside    bool   // not public
	ID        string // "" in the overview, where Path leads to the series
	Path      string
	Others    int  // sources that say something else of it
	Disjoint  bool // and cannot all be right
	position  int
}

// shown keeps out what nobody sees here: suppressed cells, and those that would give
// one away.
const shown = ` access != 'suppressed' AND (indicator, region, dims, kind, period_start, period_end, boundary)
	NOT IN (SELECT indicator, region, dims, kind, period_start, period_end, boundary FROM suppression) `

const columns = `toString(indicator) AS indicator_, toString(dims) AS dims_, toString(freq) AS freq_, toString(basis) AS basis_, period_end, value, toString(unit), toString(status),
	arrayMap(f -> toString(f), flags), toString(source), toString(supplier), toString(access)`

const within = ` region = {region:String} AND period_end BETWEEN {from:Date32} AND {to:Date32} AND ` + shown

// The overview of a region: of each series the newest number, or all of a period. To a
// reader latest has it ready; who sees more asks resolved.
const (
	newestOfReaders  = `SELECT ` + columns + ` FROM latest WHERE boundary = 'original' AND ` + within + ` ORDER BY indicator, dims, freq, basis, period_end DESC LIMIT 1 BY indicator, dims, freq, basis LIMIT 1001`
	newestOfInsiders = `SELECT ` + columns + ` FROM resolved WHERE boundary = 'original' AND ` + within + ` ORDER BY indicator, dims, freq, basis, period_end DESC LIMIT 1 BY indicator, dims, freq, basis LIMIT 1001`
	allOfReaders     = `SELECT ` + columns + ` FROM latest WHERE boundary = 'original' AND ` + within + ` ORDER BY indicator, dims, freq, basis, period_end DESC LIMIT 1001`
	allOfInsiders    = `SELECT ` + columns + ` FROM resolved WHERE boundary = 'original' AND ` + within + ` ORDER BY indicator, dims, freq, basis, period_end DESC LIMIT 1001`
)

// The series of one indicator of one region, newest first, each with its id.
const series = `SELECT ` + columns + `, id, length(losers), disjoint FROM resolved
	WHERE indicator = {indicator:String} AND ` + within + ` ORDER BY dims, boundary, period_end DESC, freq, basis LIMIT 1001`

const maxValues = 1000

// values asks for what may be shown of a region.
func (p *pages) values(ctx context.Context, a *account.Account, q question, v *listView) error {
	w, inside, err := p.warehouseFor(ctx, a, q.region)
	if err != nil {
		return err
	}
	v.Inside, v.Series = inside, q.indicator != ""
	parameters := warehouse.Parameters{"region": q.region, "from": q.from.String(), "to": q.to.String()}
	sql := map[[2]bool]string{{false, true}: newestOfReaders, {true, true}: newestOfInsiders, {false, false}: allOfReaders, {true, false}: allOfInsiders}[[2]bool{inside, q.any}]
	if v.Series {
		sql, parameters["indicator"] = series, q.indicator
	}
	rows, err := w.Ask(ctx, sql, parameters)
	if err != nil {
		return unavailable("asking for the numbers of "+q.region, err)
	}
	defer rows.Close()
	for rows.Next() {
		one, err := p.scanValue(rows.Scan, q.region, v.Series)
		if err != nil {
			return unavailable("asking for the numbers of "+q.region, err)
		}
		v.Values = append(v.Values, one)
	}
	if err := rows.Err(); err != nil {
		return unavailable("asking for the numbers of "+q.region, err)
	}
	if len(v.Values) > maxValues {
		v.Values, v.Cut = v.Values[:maxValues], maxValues
	}
	slices.SortStableFunc(v.Values, func(a, b value) int { return a.position - b.position })
	return nil
}

// warehouseFor opens the warehouse in whose name a region's numbers are shown to an
// account: who may read its sheet sees also what is not public.
func (p *pages) warehouseFor(ctx context.Context, a *account.Account, region string) (w *warehouse.Warehouse, inside bool, err error) {
	open := p.Reader
	if inside = p.Insider != nil && a.May(account.ReadSheet, account.Object{Region: region}); inside {
		open = p.Insider
	}
	w, err = open(ctx)
	if err != nil {
		return nil, false, unavailable("opening the warehouse", err)
	}
	return w, inside, nil
}

func (p *pages) scanValue(scan func(...any) error, region string, series bool) (value, error) {
	var (
		v                                           value
		freq, basis, status, source, supplier, open string
		end                                         time.Time
		number                                      *decimal.Decimal
		flags                                       []string
		losers                                      uint64
		disjoint                                    bool
	)
	into := []any{&v.Code, &v.Dims, &freq, &basis, &end, &number, &v.Unit, &status, &flags, &source, &supplier, &open}
	if series {
		into = append(into, &v.ID, &losers, &disjoint)
	}
	if err := scan(into...); err != nil {
		return v, err
	}
	v.Indicator = p.names.Indicator(v.Code)
	v.Period = Period(PeriodEnding(freq, basis, end))
	v.Value, v.Dims = decimalText(number), dimsWords(v.Dims)
	v.Status, v.Source, v.Supplier = Status(pipeline.Status(status)), p.names.Source(source), Supplier(pipeline.Supplier(supplier))
	for _, f := range flags {
		v.Flags = append(v.Flags, Flag(pipeline.Flag(f)))
	}
	v.Inside = open != string(pipeline.AccessPublic)
	v.Others, v.Disjoint = int(losers), disjoint
	v.Path = listPath + "?" + url.Values{"region": {region}, "indicator": {v.Code}}.Encode()
	if v.ID != "" {
		v.Path = Path(v.ID)
	}
	if !series {
		v.position = p.names.Order(v.Code)
	}
	return v, nil
}

// PeriodEnding is the period of a frequency and basis that ends on a day.
func PeriodEnding(freq, basis string, end time.Time) pipeline.Period {
	day := pipeline.DateIn(end, end.Location())
	p := pipeline.Period{Freq: pipeline.Freq(freq), Basis: pipeline.Basis(basis), Start: day, End: day}
	if whole, err := pipeline.ParsePeriod(p.Freq, p.Basis, p.Label()); err == nil {
		return whole
	}
	return p
}

func decimalText(d *decimal.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}

// dimsWords writes a break-down so that a line may break in it.
func dimsWords(dims string) string { return strings.ReplaceAll(dims, ";", "; ") }

// unavailable marks an error of the warehouse as the environment's.
func unavailable(doing string, err error) error {
	return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("%s: %w", doing, err))
}
