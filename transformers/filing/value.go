package filing

import (
	"math/big"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
)

// cell reads one cell of numbers with what stands beside it.
func (j *judge) cell(g *grid, row int, s subject, v *valueColumn) {
	cell, word := g.at(row, v.col), ""
	var state *decode.FormCell
	if v.state >= 0 {
		if state = g.at(row, v.state); state != nil {
			word = compact(state.Text.String())
		}
	}
	text := ""
	if cell != nil {
		text = compact(cell.Text.String())
	}
	if isWord(text) && cell.Held == decode.HeldText { // the word was typed where the number goes
		if word == "" || word == text {
			state, word, cell, text = cell, text, nil, ""
		}
	}
	switch {
	case text == pipeline.FormNotAsked && word == "":
		return
	case text == "" && word == "":
		j.blank++
		return
	}
	stands := cell
	if text == "" {
		stands = state
	}
	at := j.whereOf(g.sheet.Name, stands)
	at.region, at.indicator, at.period = s.region, v.code.Indicator, s.label
	period, ok := j.subjectFits(s, v, at, stands.Text.String())
	switch {
	case !ok:
	case len(g.merged) > 0 && isMerged(g, stands):
		j.find(pipeline.SeverityError, pipeline.ProblemMerged, at, stands.Text.String(), "")
	case text != "" && word != "":
		j.find(pipeline.SeverityError, pipeline.ProblemBoth, at, text, word)
	case word != "":
		j.word(state, word, at, period)
	default:
		reason := v.reason >= 0 && g.text(row, v.reason) != ""
		j.value(cell, v, at, period, reason)
	}
}

func isMerged(g *grid, c *decode.FormCell) bool {
	_, merged := g.merged[place{c.Row, c.Col}]
	return merged
}

func isWord(text string) bool {
	return text == pipeline.FormNotApplicable || text == pipeline.FormNotAvailable
}

// subjectFits settles the period of a cell, and tells what is wrong with what the
// cell is about.
func (j *judge) subjectFits(s subject, v *valueColumn, at where, text string) (pipeline.Period, bool) {
	fail := func(problem pipeline.Problem, text, want string) (pipeline.Period, bool) {
		j.find(pipeline.SeverityError, problem, at, text, want)
		return pipeline.Period{}, false
	}
	indicator := j.indicators[v.code.Indicator]
	switch {
	case indicator == nil:
		return fail(pipeline.ProblemUnknownIndicator, v.code.Indicator, "")
	case v.problem != "":
		return fail(v.problem, v.text, v.want)
	case s.problem != "":
		return fail(s.problem, s.text, s.want)
	case j.platform == nil && (indicator.Supplier != string(pipeline.Province) || j.unit != "" && indicator.CoordinatingUnit != j.unit):
		return fail(pipeline.ProblemNotTheirs, indicator.NameZH, indicator.CoordinatingUnit)
	}
	basis := v.code.Basis
	if basis == "" {
		basis = onlyBasis(indicator, s.freq)
	}
	period, err := pipeline.ParsePeriod(s.freq, basis, s.label)
	if err != nil || !indicator.Allows(period.Freq, period.Basis) {
		return fail(pipeline.ProblemUnknownPeriod, s.label, seriesWords(indicator))
	}
	if period.End > j.today {
		return fail(pipeline.ProblemPeriodNotOver, text, s.label)
	}
	if problem, want := j.regionProblem(s.region, period.End); problem != "" {
		return fail(problem, s.region, want)
	}
	return period, true
}

// onlyBasis is the basis of an indicator at a frequency, "" where there are several.
func onlyBasis(indicator *pipeline.Indicator, freq pipeline.Freq) pipeline.Basis {
	var basis pipeline.Basis
	for _, s := range indicator.Series {
		if s.Freq == freq {
			if basis != "" {
				return ""
			}
			basis = s.Basis
		}
	}
	return basis
}

func seriesWords(indicator *pipeline.Indicator) string {
	words := make([]string, len(indicator.Series))
	for i, s := range indicator.Series {
		words[i] = string(s.Freq) + ":" + string(s.Basis)
	}
	return strings.Join(words, " ")
}

// word takes a word that says why there is no number.
func (j *judge) word(cell *decode.FormCell, word string, at where, period pipeline.Period) {
	flag, ok := map[string]pipeline.Flag{pipeline.FormNotApplicable: pipeline.FlagNotApplicable, pipeline.FormNotAvailable: pipeline.FlagNotAvailable}[word]
	if !ok || cell.Held != decode.HeldText {
		j.find(pipeline.SeverityError, pipeline.ProblemUnknownWord, at, word, pipeline.FormNotApplicable+"、"+pipeline.FormNotAvailable)
		return
	}
	indicator := j.indicators[at.indicator]
	text := cell.Text.TrimSpace()
	start, end := text.Raw(0, len(text.String()))
	j.accept(pipeline.Observation{
		Indicator: indicator.Code, Region: at.region, Period: period, Op: pipeline.Assert, Unit: indicator.Unit,
		Status: pipeline.First, Flags: []pipeline.Flag{flag}, Access: j.doc.Access, RawText: text.String(), Sign: pipeline.Plus,
		Locator: cell.Locator, ByteStart: start, ByteEnd: end,
	}, at)
}

// value takes a number, or tells why not.
func (j *judge) value(cell *decode.FormCell, v *valueColumn, at where, period pipeline.Period, reason bool) {
	indicator := j.indicators[v.code.Indicator]
	unit, ok := j.recognise.Unit(v.code.Unit)
	if !ok || !j.recognise.Fits(unit, indicator.Unit) {
		j.find(pipeline.SeverityError, pipeline.ProblemWrongUnit, at, v.code.Unit, indicator.Unit)
		return
	}
	a, problem, want := j.amount(cell, unit, indicator, j.platform != nil)
	if problem != "" {
		j.find(pipeline.SeverityError, problem, at, cell.Text.String(), want)
		return
	}
	converted, refused := j.recognise.Convert(a.number, a.unit, pipeline.Plus, indicator.Unit)
	if refused != "" {
		j.find(pipeline.SeverityError, pipeline.ProblemTooPrecise, at, cell.Text.String(), indicator.Unit)
		return
	}
	severity, problem, want := j.plausible(indicator, unit, converted.Value, period, at.region)
	if problem != "" && (severity == pipeline.SeverityError || !reason) {
		j.find(severity, problem, at, cell.Text.String(), want)
		if severity == pipeline.SeverityError {
			return
		}
	}
	start, end := a.text.Raw(0, len(a.text.String()))
	j.accept(pipeline.Observation{
		Indicator: indicator.Code, Region: at.region, Period: period, Op: pipeline.Assert,
		Value: converted.Value, Unit: indicator.Unit, Decimals: a.number.Decimals - a.shift, HalfWidth: converted.HalfWidth,
		Status: pipeline.First, Access: j.doc.Access,
		RawText: a.number.Text, RawUnit: a.rawUnit, Factor: converted.Factor, Sign: pipeline.Plus,
		Locator: cell.Locator, ByteStart: start, ByteEnd: end,
	}, at)
}

// amount is a number as it is written, with its unit.
type amount struct {
	text    decode.Text
	number  recognise.Number
	unit    pipeline.Unit
	rawUnit string
	shift   uint8 // decimals of number that are not printed: a percentage stored as a fraction
}

// percentDigits is by how many digits a percentage is longer where it is stored as a
// fraction.
const percentDigits = 2

// amount reads the number of a cell. A unit that was typed behind it has to be the
// one that is asked for; where units are printed beside numbers, one that converts.
func (j *judge) amount(cell *decode.FormCell, unit pipeline.Unit, indicator *pipeline.Indicator, anyUnit bool) (amount, pipeline.Problem, string) {
	printed := cell.Text.TrimSpace()
	a := amount{text: printed, unit: unit, rawUnit: unit.Symbol}
	switch {
	case cell.Held == decode.HeldFormula:
		return a, pipeline.ProblemFormula, ""
	case cell.Held == decode.HeldError:
		return a, pipeline.ProblemErrorValue, ""
	case cell.Held == decode.HeldTruth || cell.Stored.Problem != decode.NoProblem:
		return a, pipeline.ProblemNotANumber, ""
	case cell.Held == decode.HeldNumber && !cell.Stored.Number:
		return a, pipeline.ProblemDate, ""
	}
	number, err := recognise.ParseNumber(printed.String())
	if err == nil {
		number.Text = printed.String()
		a.number = number
		return stored(a, cell)
	}
	numbers := recognise.FindNumbers(printed.String())
	if len(numbers) != 1 || numbers[0].Malformed || strings.TrimSpace(printed.String()[:numbers[0].Start]) != "" {
		return a, pipeline.ProblemNotANumber, ""
	}
	n := numbers[0]
	typed := strings.TrimSpace(printed.String()[n.End:])
	other, ok := j.recognise.Unit(typed)
	switch {
	case !ok:
		return a, pipeline.ProblemNotANumber, ""
	case !j.recognise.Fits(other, indicator.Unit) || !anyUnit && (other.Dimension != unit.Dimension || other.Factor != unit.Factor):
		return a, pipeline.ProblemWrongUnit, unit.Symbol
	}
	a.number, a.unit, a.rawUnit = n.Number, other, typed
	a.number.Text = printed.String()[n.Start:n.End]
	a.text = printed.Slice(n.Start, n.End)
	return a, "", ""
}

// stored completes a number by what its workbook knows of it: the decimals that are
// shown, and a format of percent.
func stored(a amount, cell *decode.FormCell) (amount, pipeline.Problem, string) {
	if !cell.Stored.Number {
		return a, "", ""
	}
	a.number.Decimals = cell.Stored.Decimals
	if !cell.Stored.Percent {
		return a, "", ""
	}
	if a.unit.Dimension != percent {
		return a, pipeline.ProblemPercent, a.unit.Symbol
	}
	factor, _ := new(big.Rat).SetString(a.unit.Factor) // compiled units have one
	a.unit.Symbol, a.unit.Aliases, a.unit.Factor = "", nil, factor.Mul(factor, big.NewRat(100, 1)).RatString()
	a.rawUnit, a.shift, a.number.Decimals = "", percentDigits, a.number.Decimals+percentDigits
	return a, "", ""
}

// percent is the dimension of percentages.
const percent = "percent"

// wholes are the dimensions of what comes whole only.
var wholes = []string{"count", "events", "persons", "attendances", "batches", "visits", "machines"}

// plausible looks whether a value can be: what cannot is an error, what is unusual a
// warning.
func (j *judge) plausible(indicator *pipeline.Indicator, unit pipeline.Unit, value string, period pipeline.Period, region string) (pipeline.Severity, pipeline.Problem, string) {
	number, ok := new(big.Rat).SetString(value)
	if !ok {
		return pipeline.SeverityError, pipeline.ProblemTooPrecise, indicator.Unit
	}
	low, hasLow := new(big.Rat).SetString(indicator.Low)
	high, hasHigh := new(big.Rat).SetString(indicator.High)
	canonical, _ := j.recognise.Unit(indicator.Unit)
	span := indicator.Low + "～" + indicator.High + " " + indicator.Unit
	switch {
	case number.Sign() < 0 && hasLow && low.Sign() >= 0:
		return pipeline.SeverityError, pipeline.ProblemNegative, span
	case !number.IsInt() && slices.Contains(wholes, canonical.Dimension) && canonical.Factor == "1" && unit.Factor == "1":
		return pipeline.SeverityError, pipeline.ProblemFraction, indicator.Unit
	case canonical.Dimension == percent && indicator.GrowthOf == "" && hasLow && low.Sign() >= 0 && hasHigh && high.Cmp(big.NewRat(100, 1)) == 0 && number.Cmp(high) > 0:
		return pipeline.SeverityError, pipeline.ProblemOverWhole, span
	case period.Freq != pipeline.Annual || strings.HasSuffix(region, "00"):
		return "", "", "" // the range is for a county's year
	case hasLow && number.Cmp(low) < 0, hasHigh && number.Cmp(high) > 0:
		return pipeline.SeverityWarning, pipeline.ProblemOutOfRange, span
	}
	return "", "", ""
}
