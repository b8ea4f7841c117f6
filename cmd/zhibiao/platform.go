package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

func platformCommand(c *cli) *cobra.Command {
	command := &cobra.Command{
		Use:   "platform",
		Short: "Bring in what counties entered on the national platform, and make the sheets for it",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(platformImportCommand(c), platformSheetCommand(c))
	return command
}

func platformImportCommand(c *cli) *cobra.Command {
	var by, marked string
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "Bring in an export of the national platform (CSV or XLSX): it is never asked for again",
		Long: `Bring in an export of the national platform, CSV (UTF-8 or GBK) or XLSX. What is on
it becomes numbers of the source national-platform and is never asked for again. How
its columns, indicators and units are read is in platform.yaml.`,
		Args:    cobra.ExactArgs(1),
		Example: "  zhibiao platform import 导出.csv --by 数据专员",
	}
	command.Flags().StringVar(&by, "by", "", "who brings it in, for the register of filings (required)")
	command.Flags().StringVar(&marked, "marked", "", "where the marked copy of a workbook goes (default: beside the file)")
	run := c.makingFolder(func(ctx context.Context, _ *cobra.Command, args []string, a *app) error {
		return c.fileUpload(ctx, a, filing.Platform, args[0], by, marked)
	})
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if strings.TrimSpace(by) == "" {
			return pipeline.WithExit(pipeline.ExitYourInput, errors.New("--by is missing: write who brings it in"))
		}
		if err := fullPaths(c, &args[0], &marked); err != nil {
			return err
		}
		c.args = []string{"platform", "import", args[0], "--by", by, "--marked", marked}
		return run(cmd, args)
	}
	return command
}

func platformSheetCommand(c *cli) *cobra.Command {
	var region, period, on, out string
	command := &cobra.Command{
		Use:   "sheet --region CODE",
		Short: "Make a county's sheet for the national platform, with a receipt of what was supplied where",
		Long: `Make a workbook of two sheets: what the national platform asks a county for, in its
order and units, filled with what is known; and a receipt that says what was supplied
where.`,
		Example: "  zhibiao platform sheet --region 140121 --period 2024 --out 清徐县.xlsx",
	}
	command.Flags().StringVar(&region, "region", "", "the county's code of GB/T 2260 (required)")
	command.Flags().StringVar(&period, "period", "", "year, such as 2024 (default: the last that is over)")
	command.Flags().StringVar(&on, "on", "", "day to ask for, 2006-01-02 (default: today in Shanghai)")
	command.Flags().StringVar(&out, "out", "", "file to write (default: NAME-国家平台填报参考-DAY.xlsx in this folder)")
	run := c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		request, err := a.sheetRequest(ctx, region, period, on)
		if err != nil {
			return err
		}
		book, err := filing.MakeSheet(ctx, request)
		if err != nil {
			return err
		}
		name := out
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			name = filepath.Join(name, book.Name)
		}
		if err := replaceFile(name, book.Body); err != nil {
			return environment("writing the sheet", err)
		}
		c.printf("%s  %d 格可照填 · %d cells can be entered\n", name, book.Cells, book.Cells)
		return nil
	})
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if out == "" {
			out = "."
		}
		if err := fullPaths(c, &out); err != nil {
			return err
		}
		c.args = []string{"platform", "sheet", "--region", region, "--period", period, "--on", on, "--out", out}
		return run(cmd, args)
	}
	return command
}

// sheetRequest gathers what is known of a county in a year, from whom, and whose move
// it is where nothing is.
func (a *app) sheetRequest(ctx context.Context, region, period, on string) (filing.SheetRequest, error) {
	q, err := a.missingQuestion([]string{region}, period, on)
	if err != nil {
		return filing.SheetRequest{}, err
	}
	if period == "" {
		year := pipeline.YearPeriod(q.on.Year()-1, pipeline.Flow)
		q.from, q.to = year.Start, year.End
	}
	mapping := a.set.Platform()
	if mapping == nil {
		return filing.SheetRequest{}, pipeline.WithExit(pipeline.ExitYourInput, errors.New("there is no platform.yaml: write the mapping of the national platform"))
	}
	request := filing.SheetRequest{Region: region, Name: a.regionName(region, q.to.Year()), On: q.on, Order: mapping.Indicators,
		Indicators: a.set.Indicators(), Units: a.set.Units()}
	for year := q.from.Year(); year <= q.to.Year(); year++ {
		request.Periods = append(request.Periods, pipeline.YearPeriod(year, pipeline.Flow))
	}
	reader, err := a.warehouse(ctx) // filings are not public
	if err != nil {
		return request, err
	}
	absent, err := reader.Missing(ctx, q.on, region, q.from, q.to)
	if err != nil {
		return request, environment("asking the warehouse", err)
	}
	for _, m := range absent {
		request.Moves = append(request.Moves, filing.Move{Cell: filing.Cell{Indicator: m.Indicator, Period: wholePeriod(m.Period)}, Move: m.Move, Unit: m.Unit, DueOn: m.DueOn})
	}
	request.Supplied, err = a.supplied(ctx, reader, region, q.from, q.to)
	return request, err
}

// supplied returns every source's value of a county's cells, and which of them is the
// one that is shown.
func (a *app) supplied(ctx context.Context, reader *warehouse.Warehouse, region string, from, to pipeline.Date) ([]filing.Supplied, error) {
	const query = `SELECT toString(said.indicator), toString(said.region), toString(said.freq), toString(said.basis), toString(said.period_start), toString(said.period_end),
		toString(assumeNotNull(said.value)), toString(said.unit), toString(said.source), toString(said.supplier),
		toString(toUnixTimestamp64Milli(said.known_at)), said.document, if(said.id = best.id, 'best', '')
		FROM (SELECT *, id FROM latest_by_source WHERE region = {region:String} AND isNotNull(value) AND dims = '' AND boundary = 'original'
			AND access != 'suppressed' AND freq = 'A' AND period_end BETWEEN {from:Date32} AND {to:Date32}) AS said
		LEFT JOIN (SELECT indicator, id FROM resolved WHERE region = {region:String} AND period_end BETWEEN {from:Date32} AND {to:Date32}) AS best
			ON best.indicator = said.indicator AND best.id = said.id
		ORDER BY said.indicator, said.period_end, said.basis, said.source`
	order := map[string]int{}
	for i, indicator := range a.set.Indicators() {
		order[indicator.Code] = i
	}
	lines := make([][]filing.Supplied, len(order))
	parameters := warehouse.Parameters{"region": region, "from": from.String(), "to": to.String()}
	err := eachCell(ctx, reader, query, parameters, 7, func(cell filing.Cell, rest []string) {
		i, ok := order[cell.Indicator]
		if !ok {
			return // a county's own indicator is none of the platform's
		}
		var millis int64
		if _, err := fmt.Sscan(rest[4], &millis); err != nil {
			millis = 0
		}
		lines[i] = append(lines[i], filing.Supplied{Known: filing.Known{Cell: cell, Value: rest[0], Unit: rest[1], Source: a.sourceTitle(rest[2])},
			Name: rest[2], Supplier: pipeline.Supplier(rest[3]), KnownAt: time.UnixMilli(millis), Document: rest[5], Best: rest[6] != ""})
	})
	var all []filing.Supplied
	for _, of := range lines {
		all = append(all, of...)
	}
	return all, err
}
