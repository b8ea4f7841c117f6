package extract

import (
	"regexp"
	"strconv"
	"strings"

	"zhibiao/pipeline"
)

// revision is what a note says of how final a year's numbers are.
type revision struct {
	year       int
	indicators map[string]bool // nil for all
	status     pipeline.Status
	round      string
}

var (
	censusNote      = regexp.MustCompile(`(\d{4})年([^。；;]*?)(?:为|是|系|按)(第[一二三四五六七八九十]+次全国经济普查)[^。；;]*修订`)
	provisionalNote = regexp.MustCompile(`(\d{4})年([^。；;]*?)(?:为|是|系)(?:初步核算|初步统计|初步)数`)
	finalNote       = regexp.MustCompile(`(\d{4})年([^。；;]*?)(?:为|是|系)最终核实数`)
)

// revisionsIn reads the notes of a table.
func (s *sink) revisionsIn(notes []string) []revision {
	var all []revision
	for _, note := range notes {
		note = compact(note)
		for _, m := range censusNote.FindAllStringSubmatch(note, -1) {
			all = append(all, s.revision(m[1], m[2], pipeline.CensusRevised, m[3]))
		}
		for _, m := range provisionalNote.FindAllStringSubmatch(note, -1) {
			all = append(all, s.revision(m[1], m[2], pipeline.Provisional, ""))
		}
		for _, m := range finalNote.FindAllStringSubmatch(note, -1) {
			all = append(all, s.revision(m[1], m[2], pipeline.Final, ""))
		}
	}
	return all
}

func (s *sink) revision(year, about string, status pipeline.Status, round string) revision {
	r := revision{status: status, round: round}
	r.year, _ = strconv.Atoi(year)
	named := map[string]bool{}
	for _, hit := range s.recognise.Scan(about) {
		if hit.Indicator != "" {
			named[hit.Indicator] = true
		}
	}
	if strings.Contains(about, "三次产业") || strings.Contains(about, "各产业") {
		for _, code := range []string{"primary_value_added", "secondary_value_added", "tertiary_value_added"} {
			named[code] = true
		}
	}
	if len(named) > 0 {
		r.indicators = named
	}
	return r
}

func statusIn(revisions []revision, indicator *pipeline.Indicator, period pipeline.Period) (pipeline.Status, string) {
	for _, r := range revisions {
		if r.year == period.End.Year() && (r.indicators == nil || r.indicators[indicator.Code]) {
			return r.status, r.round
		}
	}
	return "", ""
}
