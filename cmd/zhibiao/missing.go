package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/expect"
)

// shanghai is where a day of the statistics begins and ends.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

func missingCommand(c *cli) *cobra.Command {
	var period, language, on string
	var regions []string
	command := &cobra.Command{
		Use:   "missing",
		Short: "List what is due and absent, and whose move it is",
		Long: `List what is due and absent, by the codes of regions and the order of the
catalogue, and whose move it is: wait, mend (the collector is ours), the
coordinating unit of the province, the county (only what nobody else supplies), or
nobody.`,
		Example: `  zhibiao missing --region 140121
  zhibiao missing --period 2024 --lang en`,
	}
	command.Flags().StringArrayVar(&regions, "region", nil, "GB/T 2260 code, repeatable (default: all)")
	command.Flags().StringVar(&period, "period", "", "only periods that end within it: 2024, 2024-Q2 or 2024-08 (default: all)")
	command.Flags().StringVar(&language, "lang", "zh", "language: zh or en")
	command.Flags().StringVar(&on, "on", "", "day to ask for, 2006-01-02 (default: today in Shanghai)")
	command.RunE = c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		question, err := a.missingQuestion(regions, period, on)
		if err != nil {
			return err
		}
		words, ok := missingWords[language]
		if !ok {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--lang %s: choose zh or en", language))
		}
		return c.missing(ctx, a, question, words)
	})
	return command
}

// missingQuestion is what the flags ask for.
type missingQuestion struct {
	on       pipeline.Date
	regions  []string // codes in order; "" is all
	from, to pipeline.Date
}

func (a *app) missingQuestion(regions []string, period, on string) (missingQuestion, error) {
	q := missingQuestion{on: pipeline.DateIn(now(), shanghai), regions: []string{""},
		from: pipeline.DateOf(1949, 1, 1), to: pipeline.DateOf(2199, 12, 31)}
	if len(regions) > 0 {
		q.regions = slices.Compact(slices.Sorted(slices.Values(regions)))
	}
	window, err := a.window(regions, period)
	if err != nil {
		return q, err
	}
	if period != "" {
		q.from, q.to = window.From, window.To
	}
	if on != "" {
		if q.on, err = pipeline.ParseDate(on); err != nil {
			return q, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--on: %w", err))
		}
	}
	return q, nil
}

func (c *cli) missing(ctx context.Context, a *app, q missingQuestion, words wording) error {
	for _, region := range q.regions {
		if region != "" && !a.isExpected(region) {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf(
				"--region %s: nothing is expected of it: it is in no programme of programmes.yaml that has a from_year", region))
		}
	}
	reader, err := a.warehouse(ctx) // what is there but not public is not missing
	if err != nil {
		return err
	}
	var absent []warehouse.Absent
	for _, region := range q.regions {
		some, err := reader.Missing(ctx, q.on, region, q.from, q.to)
		if err != nil {
			return environment("asking the warehouse", err)
		}
		absent = append(absent, some...)
	}
	c.printf("%s\n", strings.ReplaceAll(words.title, "{on}", q.on.String()))
	if len(absent) == 0 {
		c.printf("%s\n", words.nothing)
	}
	last := ""
	for _, line := range a.missingLines(absent, words) {
		if line.region != last {
			c.printf("%s %s\n", line.region, a.regionName(line.region, q.on.Year()))
			last = line.region
		}
		c.printf("  %s\n", line.text)
	}
	return nil
}

// isExpected reports whether the base-line survey of a programme covers a region,
// today or under an earlier code.
func (a *app) isExpected(region string) bool {
	all := expect.Generate(a.expected().Plan, expectedUntil(now()))
	return slices.ContainsFunc(all, func(e expect.Expectation) bool { return e.Region == region })
}

// expected is what the warehouse is told to expect.
func (a *app) expected() warehouse.Expected {
	return warehouse.Expected{
		Plan: expect.Plan{Indicators: a.set.Indicators(), Regions: a.set.Regions(), Sources: a.set.Sources(),
			Programmes: a.set.Programmes(), Gaps: a.set.Gaps()},
		Formulas: a.set.Formulas(), Identities: a.set.Identities(), Locals: a.set.LocalIndicators(),
	}
}

// expectedUntil is the end of the year: expectations change once a year with it.
func expectedUntil(at time.Time) pipeline.Date {
	return pipeline.DateOf(pipeline.DateIn(at, shanghai).Year(), 12, 31)
}

// regionName is the name of a code in a year, or its last one.
func (a *app) regionName(code string, year int) string {
	name := ""
	for _, r := range a.set.Regions() {
		if r.Code == code && (name == "" || r.From <= year) {
			name = r.Name
		}
	}
	return name
}

type missingLine struct{ region, text string }

// missingLines puts the periods of one indicator that are missing for one reason into
// one line, by the codes of regions and the order of the catalogue (promise 9).
func (a *app) missingLines(absent []warehouse.Absent, words wording) []missingLine {
	order := map[string]int{}
	for i, indicator := range a.set.Indicators() {
		order[indicator.Code] = i
	}
	slices.SortStableFunc(absent, func(x, y warehouse.Absent) int {
		return cmp.Or(cmp.Compare(x.Region, y.Region), cmp.Compare(order[x.Indicator], order[y.Indicator]))
	})
	var lines []missingLine
	for i := 0; i < len(absent); {
		first := absent[i]
		why := words.why(first)
		var periods []string
		for ; i < len(absent) && absent[i].Region == first.Region && absent[i].Indicator == first.Indicator && words.why(absent[i]) == why; i++ {
			periods = append(periods, words.period(absent[i].Period))
		}
		indicator, _ := a.set.Indicator(first.Indicator)
		name := indicator.NameZH
		if words.english {
			name = indicator.NameEN
		}
		lines = append(lines, missingLine{first.Region, fmt.Sprintf("%s %s  %s  %s", first.Indicator, name, strings.Join(periods, words.comma), why)})
	}
	return lines
}

// wording is the list in one language.
type wording struct {
	english        bool
	title, nothing string // {on} is the day
	comma          string
	bases          map[pipeline.Basis]string
	reasons        map[string]string // by move and reason, or by move alone
}

func (w wording) period(p pipeline.Period) string {
	if p.Freq == pipeline.Annual {
		return p.Label()
	}
	return p.Label() + w.bases[p.Basis]
}

func (w wording) why(a warehouse.Absent) string {
	format, ok := w.reasons[a.Move+" "+a.Reason]
	if !ok {
		format = w.reasons[a.Move]
	}
	return strings.NewReplacer("{due}", a.DueOn.String(), "{sources}", strings.Join(a.Sources, w.comma), "{unit}", a.Unit, "{note}", a.Note).Replace(format)
}

var missingWords = map[string]wording{
	"zh": {
		title:   "{on} 尚缺的数据，按区划代码和指标目录排列",
		nothing: "没有",
		comma:   "、",
		bases:   map[pipeline.Basis]string{pipeline.Flow: "当期", pipeline.YearToDate: "累计", pipeline.End: "期末"},
		reasons: map[string]string{
			"wait":                "等待：{due} 起应到",
			"mend no_source":      "我方处理：尚无已知来源",
			"mend never_verified": "我方处理：来源 {sources} 从未有人核实",
			"mend":                "我方处理：来源 {sources} 自 {due} 逾期",
			"province":            "请{unit}提供",
			"county":              "县（市、区）可自愿补充：公开渠道、省级单位和进展报告都没有",
			"nobody report":       "无需处理：取自进展报告，不另行要求",
			"nobody":              "无需处理：{note}",
		},
	},
	"en": {
		english: true,
		title:   "Missing on {on}, by the codes of regions and the order of the catalogue",
		nothing: "nothing",
		comma:   ", ",
		bases:   map[pipeline.Basis]string{pipeline.Flow: " alone", pipeline.YearToDate: " cumulative", pipeline.End: " end"},
		reasons: map[string]string{
			"wait":                "wait: due from {due}",
			"mend no_source":      "ours: no source is known",
			"mend never_verified": "ours: nobody has seen {sources} work",
			"mend":                "ours: {sources} overdue since {due}",
			"province":            "coordinating unit: {unit}",
			"county":              "the county may add it: no public channel, provincial unit or report has it",
			"nobody report":       "nobody: taken from progress reports",
			"nobody":              "nobody: {note}",
		},
	},
}

// loadExpectations tells the warehouse what is expected until the end of the year,
// and hides what must not be shown.
func (a *app) loadExpectations(ctx context.Context, w *warehouse.Warehouse) error {
	if err := w.LoadExpectations(ctx, a.expected(), expectedUntil(now())); err != nil {
		return fmt.Errorf("loading the expectations: %w", err)
	}
	if err := w.RefreshSuppression(ctx); err != nil {
		return fmt.Errorf("hiding cells of too few respondents: %w", err)
	}
	return nil
}
