package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

func workbookCommand(c *cli) *cobra.Command {
	command := &cobra.Command{
		Use:   "workbook",
		Short: "Make and file the workbooks of the province's coordinating units",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(workbookMakeCommand(c), workbookFileCommand(c))
	return command
}

func workbookMakeCommand(c *cli) *cobra.Command {
	var unit, period, on, out, contact string
	command := &cobra.Command{
		Use:   "make --unit UNIT",
		Short: "Make a workbook of the cells that a coordinating unit should supply and that are missing",
		Long: `Make a workbook (XLSX) of the cells that a coordinating unit should supply and
that are not there yet. Units are those of indicators.csv.`,
		Example: `  zhibiao workbook make --unit 省局质量发展处
  zhibiao workbook make --unit 计量处 --period 2024 --out 计量处.xlsx`,
	}
	command.Flags().StringVar(&unit, "unit", "", "coordinating unit (required)")
	command.Flags().StringVar(&period, "period", "", "only periods that end within it: 2024, 2024-Q2 or 2024-08 (default: all that are due)")
	command.Flags().StringVar(&on, "on", "", "day to ask for, 2006-01-02 (default: today in Shanghai)")
	command.Flags().StringVar(&out, "out", "", "file to write (default: UNIT-填报表-DAY.xlsx in this folder)")
	command.Flags().StringVar(&contact, "contact", "", "whom to ask, for the instructions")
	run := c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		q, err := a.missingQuestion(nil, period, on)
		if err != nil {
			return err
		}
		request, err := a.workbookRequest(ctx, unit, q)
		if err != nil {
			return err
		}
		request.Contact = contact
		book, err := filing.Make(ctx, request)
		if errors.Is(err, filing.ErrNothingAsked) {
			c.printf("%s：没有需要填报的数据 · nothing is missing that %s should supply\n", unit, unit)
			return nil
		}
		if err != nil {
			return err
		}
		name := out
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			name = filepath.Join(name, book.Name)
		}
		if err := replaceFile(name, book.Body); err != nil {
			return environment("writing the workbook", err)
		}
		c.printf("%s  %d 格待填 · %d cells to fill in\n", name, book.Cells, book.Cells)
		return nil
	})
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if out == "" {
			out = "."
		}
		if err := fullPaths(c, &out); err != nil {
			return err
		}
		c.args = []string{"workbook", "make", "--unit", unit, "--period", period, "--on", on, "--out", out, "--contact", contact}
		return run(cmd, args)
	}
	return command
}

// fullPaths makes the names of files full: a serve that runs the command for us is in
// another folder.
func fullPaths(c *cli, names ...*string) error {
	for _, name := range names {
		if *name == "" || c.serving != nil {
			continue
		}
		full, err := filepath.Abs(*name)
		if err != nil {
			return environment("finding the file "+*name, err)
		}
		*name = full
	}
	return nil
}

// units returns the coordinating units of the catalogue, in its order.
func (a *app) units() []string {
	var units []string
	for _, i := range a.set.Indicators() {
		if i.CoordinatingUnit != "" && i.Supplier == string(pipeline.Province) && !slices.Contains(units, i.CoordinatingUnit) {
			units = append(units, i.CoordinatingUnit)
		}
	}
	return units
}

// workbookRequest asks the warehouse which cells a unit should supply. What it has
// answered with a word (not applicable, not known) is not asked again.
func (a *app) workbookRequest(ctx context.Context, unit string, q missingQuestion) (filing.Request, error) {
	request := filing.Request{Unit: unit, On: q.on, Indicators: a.set.Indicators(), Regions: a.set.Regions()}
	if !slices.Contains(a.units(), unit) {
		return request, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf(
			"--unit %q: the catalogue has no such coordinating unit; units: %s", unit, strings.Join(a.units(), ", ")))
	}
	reader, err := a.warehouse(ctx) // filings are not public
	if err != nil {
		return request, err
	}
	absent, err := reader.Missing(ctx, q.on, "", q.from, q.to)
	if err != nil {
		return request, environment("asking the warehouse", err)
	}
	answered, err := a.answered(ctx, reader, filing.Workbooks)
	if err != nil {
		return request, err
	}
	for _, m := range absent {
		cell := filing.Cell{Indicator: m.Indicator, Region: m.Region, Period: wholePeriod(m.Period)}
		if m.Move == string(pipeline.Province) && m.Unit == unit && !answered[cell] {
			request.Asked = append(request.Asked, cell)
		}
	}
	public, err := a.publicReader(ctx)
	if err != nil {
		return request, err
	}
	request.Known, err = a.knownValues(ctx, public, request.Asked)
	return request, err
}

// answered returns the cells for which a source last said that there is no number.
func (a *app) answered(ctx context.Context, reader *warehouse.Warehouse, source string) (map[filing.Cell]bool, error) {
	const query = `SELECT toString(indicator), toString(region), toString(freq), toString(basis), toString(period_start), toString(period_end)
		FROM latest_by_source WHERE source = {source:String} AND isNull(value) AND (has(flags, 'not_applicable') OR has(flags, 'not_available'))`
	cells := map[filing.Cell]bool{}
	err := eachCell(ctx, reader, query, warehouse.Parameters{"source": source}, 0, func(cell filing.Cell, _ []string) { cells[cell] = true })
	return cells, err
}

// knownValues returns the public values of the indicators and regions that are asked
// for: what a county entered for the province is not shown to a unit.
func (a *app) knownValues(ctx context.Context, reader *warehouse.Warehouse, asked []filing.Cell) ([]filing.Known, error) {
	var indicators, regions []string
	for _, cell := range asked {
		indicators, regions = append(indicators, cell.Indicator), append(regions, cell.Region)
	}
	indicators, regions = unique(indicators), unique(regions)
	if len(indicators) == 0 {
		return nil, nil
	}
	const query = `SELECT toString(indicator), toString(region), toString(freq), toString(basis), toString(period_start), toString(period_end),
		toString(assumeNotNull(value)), toString(unit), toString(source)
		FROM resolved WHERE isNotNull(value) AND dims = '' AND boundary = 'original' AND access != 'suppressed'
			AND has(splitByChar(',', {indicators:String}), indicator) AND has(splitByChar(',', {regions:String}), region)
		ORDER BY indicator, region, period_end, freq, basis`
	var known []filing.Known
	err := eachCell(ctx, reader, query, warehouse.Parameters{"indicators": strings.Join(indicators, ","), "regions": strings.Join(regions, ",")}, 3,
		func(cell filing.Cell, rest []string) {
			known = append(known, filing.Known{Cell: cell, Value: rest[0], Unit: rest[1], Source: a.sourceTitle(rest[2])})
		})
	return known, err
}

func unique(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }

func (a *app) sourceTitle(name string) string {
	if source, err := a.set.Source(name); err == nil {
		return source.Title
	}
	return name
}

// eachCell runs a query whose first six columns are a cell, with some more behind, all
// of them text.
func eachCell(ctx context.Context, reader *warehouse.Warehouse, query string, parameters warehouse.Parameters, more int, visit func(filing.Cell, []string)) error {
	rows, err := reader.Ask(ctx, query, parameters)
	if err != nil {
		return environment("asking the warehouse", err)
	}
	defer rows.Close()
	for rows.Next() {
		texts := make([]string, 6+more)
		into := make([]any, len(texts))
		for i := range texts {
			into[i] = &texts[i]
		}
		if err := rows.Scan(into...); err != nil {
			return environment("asking the warehouse", err)
		}
		period := pipeline.Period{Freq: pipeline.Freq(texts[2]), Basis: pipeline.Basis(texts[3])}
		if err := errors.Join(period.Start.UnmarshalText([]byte(texts[4])), period.End.UnmarshalText([]byte(texts[5]))); err != nil {
			return err
		}
		visit(filing.Cell{Indicator: texts[0], Region: texts[1], Period: wholePeriod(period)}, texts[6:])
	}
	return rows.Err()
}

// wholePeriod gives a stock the first day of its period again: where spans are
// compared, the warehouse keeps the last day only.
func wholePeriod(p pipeline.Period) pipeline.Period {
	if whole, err := pipeline.ParsePeriod(p.Freq, p.Basis, p.Label()); err == nil {
		return whole
	}
	return p
}
