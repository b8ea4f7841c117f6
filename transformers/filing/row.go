package filing

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// subject is what a row is about, or why that is not known.
type subject struct {
	region     string
	freq       pipeline.Freq
	label      string // of the period
	problem    pipeline.Problem
	text, want string // of the problem
	skip       bool   // a row that holds no county: the English heads, a total
	total      string // its label where it is a total
}

// Texts of rows that are no county's.
const headRowCode = "head"

var totals = []string{"合计", "总计", "小计", "平均", "平均值", "全省合计", "全省"}

// block reads the rows of one form. It is none where only heads are there that other
// tables have too.
func (j *judge) block(g *grid, b *block) (isForm bool) {
	if unit, ok := strings.CutPrefix(b.unit, "unit="); ok {
		unit, _, _ = strings.Cut(unit, "|")
		j.unit = unit
	}
	cols := j.columnsOf(g, b)
	if len(cols.values) == 0 {
		if b.codeRow >= 0 {
			j.find(pipeline.SeverityError, pipeline.ProblemMissingColumn, where{sheet: g.sheet.Name}, "", "")
		}
		return b.codeRow >= 0
	}
	j.unreadColumns(g, b, cols)
	for _, row := range g.rowsBetween(b.top, b.bottom) {
		s := j.subjectOf(g, b, cols, row)
		if s.skip {
			if s.total != "" && hasValues(g, cols, row) {
				j.find(pipeline.SeverityNotice, pipeline.ProblemUnreadRow, where{sheet: g.sheet.Name, place: decode.PlaceOf(row, max(cols.name, cols.region, 0))}, s.total, "")
			}
			continue
		}
		for i := range cols.values {
			j.cell(g, row, s, &cols.values[i])
		}
	}
	return true
}

func hasValues(g *grid, cols columns, row int) bool {
	return slices.ContainsFunc(cols.values, func(v valueColumn) bool { return g.at(row, v.col) != nil })
}

// subjectOf settles region and period of a row: by its code, with which the labels
// that are shown must agree, or by the labels where there is no code.
func (j *judge) subjectOf(g *grid, b *block, cols columns, row int) subject {
	shown := shownLabels{}
	if cols.region >= 0 {
		shown.region = g.text(row, cols.region)
	}
	if cols.name >= 0 {
		shown.name = g.text(row, cols.name)
	}
	if cols.period >= 0 {
		shown.period = g.text(row, cols.period)
	}
	code := ""
	if b.codeCol >= 0 {
		code = g.text(row, b.codeCol)
	}
	for _, text := range []string{shown.region, shown.name} {
		if slices.Contains(totals, text) {
			return subject{skip: true, total: text}
		}
	}
	if code == headRowCode || shown.region == "Code" {
		return subject{skip: true}
	}
	if parsed, ok := pipeline.ParseFormRow(code); ok {
		return j.coded(parsed, shown)
	}
	return j.labelled(shown)
}

// shownLabels are the labels of a row as a person sees them, without spaces.
type shownLabels struct{ region, name, period string }

func (j *judge) coded(code pipeline.FormRow, shown shownLabels) subject {
	s := subject{region: code.Region, freq: code.Freq, label: code.Label}
	freq, label, known := parsePeriodWords(shown.period)
	switch {
	case shown.region != "" && shown.region != code.Region:
		s.problem, s.text, s.want = pipeline.ProblemLabelsDiffer, shown.region, code.Region
	case shown.name != "" && !j.isNameOf(shown.name, code.Region):
		s.problem, s.text, s.want = pipeline.ProblemLabelsDiffer, shown.name, j.nameOf(code.Region)
	case shown.period != "" && (!known || freq != code.Freq || label != code.Label):
		s.problem, s.text, s.want = pipeline.ProblemLabelsDiffer, shown.period, code.Label
	}
	return s
}

func (j *judge) labelled(shown shownLabels) subject {
	s := subject{}
	var known bool
	if s.freq, s.label, known = parsePeriodWords(shown.period); !known {
		s.problem, s.text, s.want = pipeline.ProblemUnknownPeriod, shown.period, "2024年"
	}
	switch {
	case shown.region != "":
		s.region = shown.region
		if shown.name != "" && j.regions[shown.region] != nil && !j.isNameOf(shown.name, shown.region) {
			s.problem, s.text, s.want = pipeline.ProblemLabelsDiffer, shown.name, j.nameOf(shown.region)
		}
	case shown.name == "":
		s.problem, s.text = pipeline.ProblemUnknownRegion, ""
	case known:
		s.region = j.regionByName(shown.name, s.freq, s.label)
		if s.region == "" {
			s.problem, s.text = pipeline.ProblemUnknownRegion, shown.name
		}
	}
	return s
}

// regionByName finds the code of a name on the last day of a period, "" where the
// name does not settle it.
func (j *judge) regionByName(name string, freq pipeline.Freq, label string) string {
	period, err := pipeline.ParsePeriod(freq, pipeline.End, label)
	if err != nil {
		return ""
	}
	match, reason := j.recognise.Region(name, "", period.End)
	if reason != "" || match.Restated {
		return ""
	}
	return match.Code
}

// isNameOf reports whether a text is a name that a code has had, perhaps behind the
// name of its prefecture or province.
func (j *judge) isNameOf(text, code string) bool {
	return slices.ContainsFunc(j.regions[code], func(r pipeline.Region) bool {
		name := compact(r.Name)
		above := strings.TrimSuffix(text, name)
		return above != text && (above == "" || above == compact(r.City) || above == compact(r.Province) || above == compact(r.Province+r.City))
	})
}

func (j *judge) nameOf(code string) string {
	if all := j.regions[code]; len(all) > 0 {
		return all[len(all)-1].Name
	}
	return ""
}

// regionProblem says why a code is none of a region on a day, "" where it is one.
func (j *judge) regionProblem(code string, on pipeline.Date) (problem pipeline.Problem, want string) {
	history := j.regions[code]
	if len(history) == 0 {
		return pipeline.ProblemUnknownRegion, ""
	}
	year := on.Year()
	first, last := history[0].From, history[0].To
	for _, r := range history {
		first = min(first, r.From)
		if last != 0 && (r.To == 0 || r.To > last) {
			last = r.To
		}
		if r.From <= year && (r.To == 0 || year <= r.To) {
			return "", ""
		}
	}
	if year < first && first <= firstRecordedYear {
		return "", "" // older than the records: the nearest is taken
	}
	if match, reason := j.recognise.RegionByCode(code, on); reason == "" && match.Code != code {
		want = match.Code
	}
	return pipeline.ProblemRegionNotInForce, want
}

// firstRecordedYear is that of the first list of codes.
const firstRecordedYear = 1981

var periodWords = regexp.MustCompile(`^(\d{4})(?:年度?)?(?:(?:第)?([1-4一二三四])季度|-?Q([1-4])|(?:1[—\-－–])?(\d{1,2})月份?|-(\d{2}))?末?$`)

// parsePeriodWords reads 2024年, 2024年第2季度, 2024年8月, 2024年1—8月 and labels: the
// frequency and the label of a period.
func parsePeriodWords(text string) (pipeline.Freq, string, bool) {
	m := periodWords.FindStringSubmatch(text)
	if m == nil {
		return "", "", false
	}
	quarter := m[2] + m[3]
	if i := strings.Index("一二三四", quarter); quarter != "" && i >= 0 {
		quarter = strconv.Itoa(i/len("一") + 1)
	}
	month := m[4] + m[5]
	switch {
	case quarter != "":
		return pipeline.Quarterly, m[1] + "-Q" + quarter, true
	case month != "":
		n, err := strconv.Atoi(month)
		if err != nil || n < 1 || n > 12 {
			return "", "", false
		}
		return pipeline.Monthly, m[1] + "-" + string([]byte{'0' + byte(n/10), '0' + byte(n%10)}), true
	}
	return pipeline.Annual, m[1], true
}
