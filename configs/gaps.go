package configs

import (
	"fmt"

	"zhibiao/pipeline"
)

type gapsData struct {
	LagDays struct {
		Public   int `yaml:"public"`
		Province int `yaml:"province"`
		County   int `yaml:"county"`
		Report   int `yaml:"report"`
	} `yaml:"lag_days"`
	Structural []struct {
		Series string `yaml:"series"`
		Months []int  `yaml:"months"`
	} `yaml:"structural"`
	Waivers []waiverFile `yaml:"waivers"`
}

type waiverFile struct {
	Indicators []string `yaml:"indicators"`
	Regions    []string `yaml:"regions"`
	From       string   `yaml:"from"`
	To         string   `yaml:"to"`
	Kind       string   `yaml:"kind"`
	Reason     string   `yaml:"reason"`
	Decided    string   `yaml:"decided"`
}

func (l *loader) gaps() {
	var f gapsData
	c, ok := l.yamlFile(gapsFile, &f)
	if !ok {
		return
	}
	gaps := &l.set.expected.gaps
	gaps.PublicLag, gaps.ProvinceLag = c.lag("public", f.LagDays.Public), c.lag("province", f.LagDays.Province)
	gaps.CountyLag, gaps.ReportLag = c.lag("county", f.LagDays.County), c.lag("report", f.LagDays.Report)
	for i, s := range f.Structural {
		at := fmt.Sprintf("structural[%d]", i)
		series, ok := parseSeries(s.Series)
		if !ok || series.Freq != pipeline.Monthly {
			c.problem(at+".series", "write M:period or M:ytd", "%s.series: %q is no monthly series", at, s.Series)
		}
		for j, month := range s.Months {
			if month < 1 || month > 12 {
				c.problem(fmt.Sprintf("%s.months[%d]", at, j), "write 1 to 12", "%d is no month", month)
			}
		}
		gaps.Structural = append(gaps.Structural, pipeline.StructuralBlank{Series: series, Months: s.Months})
	}
	for i, w := range f.Waivers {
		gaps.Waivers = append(gaps.Waivers, c.waiver(fmt.Sprintf("waivers[%d]", i), w))
	}
}

func (c *checker) lag(supplier string, days int) int {
	if days == 0 {
		c.problem("lag_days."+supplier, "write the days from the end of a year", "lag_days.%s is missing", supplier)
	}
	return days
}

// waiver wants a reason and the day of the decision: a cell that is no longer
// asked for is somebody's decision.
func (c *checker) waiver(at string, w waiverFile) pipeline.Waiver {
	if len(w.Indicators) == 0 || len(w.Regions) == 0 {
		c.problem(at, "write both", "%s needs indicators and regions", at)
	}
	for i, code := range w.Indicators {
		c.indicator(fmt.Sprintf("%s.indicators[%d]", at, i), code)
	}
	for i, code := range w.Regions {
		c.region(fmt.Sprintf("%s.regions[%d]", at, i), code)
	}
	c.required(at+".kind", w.Kind, "not_applicable, on_platform or discontinued")
	c.oneOf(at+".kind", w.Kind, string(pipeline.WaiverNotApplicable), string(pipeline.WaiverOnPlatform), string(pipeline.WaiverDiscontinued))
	c.required(at+".reason", w.Reason, "why, in Chinese")
	waiver := pipeline.Waiver{Indicators: w.Indicators, Regions: w.Regions, Kind: pipeline.WaiverKind(w.Kind), Reason: w.Reason,
		From: c.date(at+".from", w.From, true), To: c.date(at+".to", w.To, false), Decided: c.date(at+".decided", w.Decided, true)}
	if waiver.To != 0 && waiver.To < waiver.From {
		c.problem(at+".to", "write the last day that a period may end on", "%s: to is before from", at)
	}
	return waiver
}
