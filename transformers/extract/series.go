package extract

import (
	"fmt"
	"regexp"
	"strings"

	"zhibiao/pipeline"
)

// series is what the numbers under one id of an interface are about.
type series struct {
	label     string // for refusals
	indicator *pipeline.Indicator
	basis     pipeline.Basis // "" where the name leaves it open
	unit      pipeline.Unit
	rawUnit   string
	dims      string

	ignored string          // the name by which the source's file ignores it
	reason  pipeline.Reason // why its numbers are refused, "" if they are not
	detail  string
}

// resolve finds what a series means: by the publisher's id as the source's file
// maps it, else by its printed name.
func (s *sink) resolve(id seriesID, name, unit string) series {
	key := seriesKey{id, name, unit}
	known, ok := s.settled.series[key]
	if !ok {
		known = s.newSeries(id, name, unit)
		remember(&s.settled.series, key, known)
	}
	return known
}

func (s *sink) newSeries(id seriesID, name, unit string) series {
	out := series{label: shorten(name), rawUnit: strings.TrimSpace(unit)}
	if out.label == "" {
		out.label = id.id
	}
	for _, n := range []string{id.id, id.database + ":" + id.id, name} {
		if n != "" && s.ignored[compact(n)] {
			out.ignored = n
			return out
		}
	}
	if mapped, ok := s.mapped[id]; ok {
		out.indicator, out.basis, out.dims = s.indicators[mapped.Indicator], mapped.Basis, mapped.Dims
		if out.rawUnit == "" {
			out.rawUnit = mapped.Unit
		}
	} else if out.indicator, out.basis, out.ignored = s.seriesByName(name, unit); out.ignored != "" {
		return out
	}
	if out.indicator == nil {
		out.reason = pipeline.UnknownIndicator
		out.detail = fmt.Sprintf("series %s (%s) is not in the catalogue; map it or ignore it by name in the source's file", id.id, out.label)
		return out
	}
	return s.withUnit(out)
}

func (s *sink) withUnit(out series) series {
	if out.rawUnit == "" {
		if !dimensionless(out.indicator.Unit) {
			out.reason, out.detail = pipeline.MissingUnit, "the answer gives no unit for the series; map it with its unit in the source's file"
			return out
		}
		out.rawUnit = ""
		out.unit, _ = s.recognise.Unit(out.indicator.Unit)
		return out
	}
	unit, ok := s.recognise.Unit(out.rawUnit)
	if !ok {
		out.reason, out.detail = pipeline.UnknownUnit, fmt.Sprintf("unit %q is not in the list of units", out.rawUnit)
	}
	out.unit = unit
	return out
}

// dimensionless reports whether numbers of the unit are printed bare.
func dimensionless(unit string) bool { return unit == "比值" || unit == "指数" }

// measures are what the interfaces append to a name, the longest first.
var measures = []struct {
	text   string
	growth bool
	basis  pipeline.Basis
}{
	{"累计同比增长", true, pipeline.YearToDate}, {"累计增长", true, pipeline.YearToDate}, {"累计增速", true, pipeline.YearToDate},
	{"同比增长", true, pipeline.Flow}, {"当期增长", true, pipeline.Flow}, {"同比增速", true, pipeline.Flow},
	{"累计值", false, pipeline.YearToDate}, {"当期值", false, pipeline.Flow}, {"当月值", false, pipeline.Flow},
	{"当季值", false, pipeline.Flow}, {"本期值", false, pipeline.Flow}, {"期末值", false, pipeline.End},
}

var (
	priceNote   = regexp.MustCompile(`[（(](?:按)?(?:当年价格|当年价|现价|现行价格)[）)]`)
	fixedBase   = regexp.MustCompile(`=\s*100|＝\s*100`)
	lastBracket = regexp.MustCompile(`[（(]([^（）()]*)[）)]$`)
)

// seriesByName recognises names such as 规上工业增加值_累计增长 and
// 地区生产总值(当年价格) (亿元). An index with a base of 100 is not a growth rate.
func (s *sink) seriesByName(name, unit string) (*pipeline.Indicator, pipeline.Basis, string) {
	name = compact(name)
	if m := lastBracket.FindStringSubmatch(name); m != nil && m[1] == compact(unit) {
		name = strings.TrimSuffix(name, m[0])
	}
	name = priceNote.ReplaceAllString(name, "")
	if fixedBase.MatchString(name) {
		return nil, "", ""
	}
	growth, basis := false, pipeline.Basis("")
	for _, m := range measures {
		if base, ok := strings.CutSuffix(name, m.text); ok {
			name, growth, basis = strings.TrimSuffix(base, "_"), m.growth, m.basis
			break
		}
	}
	match := s.recognise.Label(name)
	if match.Ignored {
		return nil, "", name
	}
	indicator := s.indicators[match.Indicator]
	if indicator == nil || match.Contextual || match.Decoy {
		return nil, "", ""
	}
	if growth {
		indicator = s.growthOf(indicator)
	} else if isGrowth(indicator) && unit != "%" {
		return nil, "", ""
	}
	if basis == "" {
		basis = match.Basis
	}
	return indicator, basis, ""
}

// basisFor settles what the name of a series leaves open: the only basis that
// the catalogue lists for the frequency.
func basisFor(indicator *pipeline.Indicator, freq pipeline.Freq, basis pipeline.Basis) (pipeline.Basis, bool) {
	if basis != "" {
		return basis, true
	}
	count := 0
	for _, allowed := range indicator.Series {
		if allowed.Freq == freq {
			basis = allowed.Basis
			count++
		}
	}
	return basis, count == 1
}
