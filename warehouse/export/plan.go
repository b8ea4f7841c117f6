package export

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/dictionary"
)

// orderColumns are the columns that exports are ordered by, as far as a relation has
// them: keys only, regions by code (promise 9).
var orderColumns = []string{
	"region", "from_code", "to_code", "code", "province_code", "programme", "indicator", "input",
	"period_start", "period_end", "year", "from_year", "freq", "basis", "kind", "dims", "boundary", "check", "rule",
	"source", "supplier", "name", "part", "lineage", "vintage", "version", "no", "started_at", "confirmed_at", "known_at", "fetched_at",
	"document", "derivation_no", "reason", "place", "label", "byte_start", "locator", "derivation", "op",
	"valid_from", "effective_from", "number", "series", "id",
}

// Order gives the columns by which the exports of a relation are ordered.
func Order(relation dictionary.Relation) []string {
	var order []string
	for _, column := range orderColumns {
		if relation.Has(column) {
			order = append(order, column)
		}
	}
	return order
}

// plan is a request that the dictionary allows.
type plan struct {
	relation   dictionary.Relation // with the chosen columns only
	from       string              // FROM, with the arguments of a view
	conditions []string
	order      []string
	values     warehouse.Parameters
	regions    []string
	indicators []string
}

func newPlan(request Request) (*plan, error) {
	selected, err := chosen(request)
	if err != nil {
		return nil, err
	}
	relation, _ := dictionary.Find(request.View)
	p := &plan{relation: selected, values: warehouse.Parameters{}, regions: request.Regions, indicators: request.Indicators}
	p.order = Order(relation)
	for _, step := range []func(dictionary.Relation, Request) error{p.arguments, p.codes, p.periods} {
		if err := step(relation, request); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Describe gives the relation of a request with the chosen columns only, without
// asking the warehouse.
func Describe(request Request) (dictionary.Relation, error) {
	relation, err := chosen(request)
	if err != nil {
		return relation, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	return relation, nil
}

// Views are the names of all tables and views that can be exported.
func Views() []string {
	var names []string
	for _, r := range dictionary.Relations() {
		if canExport(r) {
			names = append(names, r.Name)
		}
	}
	return names
}

// canExport leaves out views whose parameters are not those of a request.
func canExport(r dictionary.Relation) bool {
	return !slices.ContainsFunc(r.Parameters, func(p dictionary.Column) bool { return p.Name != "at" && p.Name != "on" && p.Name != "county" })
}

// arguments puts the parameters of a view into FROM: a time (at), a day (on) or a
// county.
func (p *plan) arguments(relation dictionary.Relation, request Request) error {
	takesAt := false
	var arguments []string
	for _, parameter := range relation.Parameters {
		value := ""
		switch parameter.Name {
		case "county":
			if len(request.Regions) != 1 {
				return fmt.Errorf("%s is about one county: it needs region, once", relation.Name)
			}
			value = request.Regions[0]
			if !code.MatchString(value) {
				return fmt.Errorf("unknown region %q: want a code of GB/T 2260 since 1981, such as 140121", value)
			}
		default:
			takesAt = true
			at, err := parseAt(relation.Name, parameter.Name, request.At)
			if err != nil {
				return err
			}
			value = at
		}
		arguments = append(arguments, parameter.Name+" = '"+value+"'")
	}
	if request.At != "" && !takesAt {
		return fmt.Errorf("%s shows the present and takes no at: ask as_known or as_published", relation.Name)
	}
	p.from = relation.Name
	if len(arguments) > 0 {
		p.from += "(" + strings.Join(arguments, ", ") + ")"
	}
	return nil
}

var code = regexp.MustCompile(`^[0-9A-Za-z]{2,12}$`)

// parseAt reads the parameter at as the view wants it: on is a day, at a time, of a
// day its end.
func parseAt(view, parameter, text string) (string, error) {
	if text == "" {
		return "", fmt.Errorf("%s needs at: a day, such as 2025-03-01", view)
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		if parameter == "on" {
			return text, nil
		}
		return day.Add(24*time.Hour - time.Millisecond).Format(atLayout), nil
	}
	for _, layout := range []string{time.DateTime, time.RFC3339Nano} {
		if at, err := time.Parse(layout, text); err == nil && parameter == "at" {
			return at.UTC().Format(atLayout), nil
		}
	}
	if parameter == "on" {
		return "", fmt.Errorf("at %q: %s wants a day, such as 2025-03-01", text, view)
	}
	return "", fmt.Errorf("at %q: want a day or a time in UTC: 2025-03-01 or 2025-03-01 12:00:00", text)
}

const atLayout = "2006-01-02 15:04:05.000"

func (p *plan) codes(relation dictionary.Relation, request Request) error {
	for _, filter := range []struct {
		parameter, table string
		codes            []string
	}{{"region", "region", request.Regions}, {"indicator", "indicator", request.Indicators}} {
		if len(filter.codes) == 0 || filter.parameter == "region" && takes(relation, "county") {
			continue
		}
		column := filter.parameter
		if relation.Name == filter.table {
			column = "code"
		}
		if !relation.Has(column) {
			return cannot(relation, filter.parameter)
		}
		p.conditions = append(p.conditions, fmt.Sprintf("%s IN {%ss:Array(String)}", column, filter.parameter))
		p.values[filter.parameter+"s"] = filter.codes
	}
	return nil
}

// cannot names the parameter that a relation does not take, and those that it does.
func cannot(relation dictionary.Relation, parameter string) error {
	names := []string{"column"}
	if relation.Has("region") || relation.Name == "region" || takes(relation, "county") {
		names = append(names, "region")
	}
	if relation.Has("indicator") || relation.Name == "indicator" {
		names = append(names, "indicator")
	}
	if relation.Has("period_start") || relation.Has("year") {
		names = append(names, "from", "to")
	}
	if takes(relation, "at") || takes(relation, "on") {
		names = append(names, "at")
	}
	return fmt.Errorf("%s cannot be narrowed by %s: it takes %s", relation.Name, parameter, strings.Join(names, ", "))
}

// takes reports whether a view has a parameter.
func takes(relation dictionary.Relation, parameter string) bool {
	return slices.ContainsFunc(relation.Parameters, func(p dictionary.Column) bool { return p.Name == parameter })
}

// periods keeps the rows whose whole period lies between the two.
func (p *plan) periods(relation dictionary.Relation, request Request) error {
	var first pipeline.Period
	for _, bound := range []struct{ parameter, label, operator string }{{"from", request.From, ">="}, {"to", request.To, "<="}} {
		if bound.label == "" {
			continue
		}
		period, err := parsePeriod(bound.label)
		if err != nil {
			return fmt.Errorf("%s %q: want a year, quarter, month or day: 2024, 2024-Q2, 2024-08 or 2024-08-31", bound.parameter, bound.label)
		}
		column, day := "period_start", period.Start
		if bound.parameter == "from" {
			first = period
		} else {
			column, day = "period_end", period.End
			if request.From != "" && period.End.Time().Before(first.Start.Time()) {
				return fmt.Errorf("from %q is after to %q", request.From, request.To)
			}
		}
		switch {
		case relation.Has(column):
			p.conditions = append(p.conditions, fmt.Sprintf("%s %s toDate32({%s:String})", column, bound.operator, bound.parameter))
			p.values[bound.parameter] = day.String()
		case relation.Has("year") && period.Freq == pipeline.Annual:
			p.conditions = append(p.conditions, fmt.Sprintf("year %s {%s:Int32}", bound.operator, bound.parameter))
			p.values[bound.parameter] = int32(day.Year())
		case relation.Has("year"):
			return fmt.Errorf("%s %q: %s has years only", bound.parameter, bound.label, relation.Name)
		default:
			return cannot(relation, bound.parameter)
		}
	}
	return nil
}

func parsePeriod(label string) (pipeline.Period, error) {
	var period pipeline.Period
	var err error
	for _, freq := range []pipeline.Freq{pipeline.Annual, pipeline.Quarterly, pipeline.Monthly, pipeline.Daily} {
		if period, err = pipeline.ParsePeriod(freq, pipeline.Flow, label); err == nil {
			return period, nil
		}
	}
	return period, err
}

// chosen finds the relation of a request and keeps the columns that it asks for, in
// its order.
func chosen(request Request) (dictionary.Relation, error) {
	relation, found := dictionary.Find(request.View)
	if !found || !canExport(relation) {
		return relation, fmt.Errorf("unknown table or view %q: choose one of %s", request.View, strings.Join(Views(), ", "))
	}
	if len(request.Columns) == 0 {
		return relation, nil
	}
	selected := relation
	selected.Columns = nil
	for _, name := range request.Columns {
		i := slices.IndexFunc(relation.Columns, func(c dictionary.Column) bool { return c.Name == name })
		switch {
		case i < 0:
			return relation, fmt.Errorf("%s has no column %q: it has %s", relation.Name, name, strings.Join(columnNames(relation), ", "))
		case selected.Has(name):
			return relation, fmt.Errorf("column %s is asked for twice", name)
		}
		selected.Columns = append(selected.Columns, relation.Columns[i])
	}
	return selected, nil
}

func columnNames(relation dictionary.Relation) []string {
	names := make([]string, len(relation.Columns))
	for i, c := range relation.Columns {
		names[i] = c.Name
	}
	return names
}

// sql writes the query. The names in it come from the dictionary and orderColumns.
//
//ordering:checked by TestEveryExportIsOrderedByKey
func (p *plan) sql(replacing bool) string {
	list := "`" + strings.Join(columnNames(p.relation), "`, `") + "`"
	query := "SELECT " + list + " FROM " + p.from
	if replacing {
		query += " FINAL"
	}
	if len(p.conditions) > 0 {
		query += " WHERE " + strings.Join(p.conditions, " AND ")
	}
	return query + " ORDER BY `" + strings.Join(p.order, "`, `") + "`" //ordering:checked by TestEveryExportIsOrderedByKey
}

// checkCodes names the regions and indicators that the warehouse does not know.
func (p *plan) checkCodes(ctx context.Context, w *warehouse.Warehouse) error {
	for _, list := range []struct {
		what, hint, sql string
		codes           []string
	}{
		{"region", "a code of GB/T 2260 since 1981, such as 140121", "SELECT DISTINCT code FROM region WHERE code IN {codes:Array(String)}", p.regions},
		{"indicator", "a code of the catalogue, such as gdp", "SELECT DISTINCT code FROM indicator WHERE code IN {codes:Array(String)}", p.indicators},
	} {
		if len(list.codes) == 0 {
			continue
		}
		known, err := texts(ctx, w, list.sql, list.codes)
		if err != nil {
			return problem(p.relation.Name, err)
		}
		for _, code := range list.codes {
			if !slices.Contains(known, code) {
				return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("unknown %s %q: want %s", list.what, code, list.hint))
			}
		}
	}
	return nil
}

func texts(ctx context.Context, w *warehouse.Warehouse, sql string, codes []string) ([]string, error) {
	rows, err := w.Ask(ctx, sql, warehouse.Parameters{"codes": codes})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
