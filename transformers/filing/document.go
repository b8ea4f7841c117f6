package filing

import (
	"fmt"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/extract"
)

// Document reads one document for the line: what Judge accepts are its observations,
// and each error is a refusal (promise 2).
func (f *Form) Document(doc *pipeline.Document) extract.Result {
	judgement := f.Judge(doc)
	result := extract.Result{Complete: !judgement.Whole && hasEnd(doc.Body), Observations: judgement.Accepted}
	seen := map[string]int{}
	for i := range judgement.Findings {
		finding := &judgement.Findings[i]
		if finding.Severity != pipeline.SeverityError {
			result.Ignored = ignored(result.Ignored, finding)
			continue
		}
		r := refusal(finding)
		if at, twice := seen[r.Key()]; twice {
			result.Refusals[at].Count++
			continue
		}
		seen[r.Key()] = len(result.Refusals)
		result.Refusals = append(result.Refusals, r)
	}
	slices.SortStableFunc(result.Refusals, pipeline.CompareRefusals)
	slices.SortStableFunc(result.Ignored, func(a, b pipeline.Ignored) int { return strings.Compare(a.Name, b.Name) })
	if len(result.Observations)+len(result.Refusals) == 0 {
		result.Complete = false
		result.Refusals = append(result.Refusals, pipeline.Refusal{Reason: pipeline.NoObservationFound, Count: 1,
			Detail: "no cell of the form is filled in"})
	}
	return result
}

// hasEnd reports whether a body shows by its form where it ends: a table of lines that
// is cut behind a line looks whole, and must never take a number away (promise 6).
func hasEnd(body []byte) bool { return decode.FormOf(body) != decode.FormText }

// ignored counts what is left out by name; warnings are flags of their values.
func ignored(list []pipeline.Ignored, f *pipeline.Finding) []pipeline.Ignored {
	if f.Severity != pipeline.SeverityNotice {
		return list
	}
	name := strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Problem, placeName(f.Sheet, f.Place), f.Text))
	for i := range list {
		if list[i].Name == name {
			list[i].Count++
			return list
		}
	}
	return append(list, pipeline.Ignored{Name: name, Count: 1})
}

func refusal(f *pipeline.Finding) pipeline.Refusal {
	r := pipeline.Refusal{Reason: reasons[f.Problem], Count: 1, Indicator: f.Indicator, Detail: detail(f),
		Quote: f.Quote, Locator: f.Locator, ByteStart: f.ByteStart, ByteEnd: f.ByteEnd}
	if r.Reason == "" {
		r.Reason = pipeline.BadNumber
	}
	if f.Place != "" {
		r.Table = f.Sheet
		r.Label = strings.Join(strings.Fields(f.Region+" "+f.Indicator+" "+f.Period+" "+f.Place), " ")
		if f.Problem == pipeline.ProblemUnknownIndicator { // one for a name, however often it stands there
			r.Label = f.Text
		}
	}
	return r
}

var reasons = map[pipeline.Problem]pipeline.Reason{
	pipeline.ProblemNoWorkbook:       pipeline.UnexpectedKind,
	pipeline.ProblemOldWorkbook:      pipeline.UnexpectedKind,
	pipeline.ProblemEncrypted:        pipeline.UnexpectedKind,
	pipeline.ProblemMacros:           pipeline.UnexpectedKind,
	pipeline.ProblemExternal:         pipeline.UnexpectedKind,
	pipeline.ProblemEmbedded:         pipeline.UnexpectedKind,
	pipeline.ProblemZipBomb:          pipeline.UnexpectedField,
	pipeline.ProblemOversized:        pipeline.UnexpectedField,
	pipeline.ProblemDamaged:          pipeline.Truncated,
	pipeline.ProblemNoForm:           pipeline.NotADocument,
	pipeline.ProblemHiddenSheet:      pipeline.NotADocument,
	pipeline.ProblemMissingColumn:    pipeline.NotADocument,
	pipeline.ProblemWrongUnit:        pipeline.IncompatibleUnit,
	pipeline.ProblemPercent:          pipeline.IncompatibleUnit,
	pipeline.ProblemTooPrecise:       pipeline.InexactConversion,
	pipeline.ProblemUnknownRegion:    pipeline.UnknownRegion,
	pipeline.ProblemRegionNotInForce: pipeline.UnknownRegion,
	pipeline.ProblemUnknownPeriod:    pipeline.UnexpectedSeries,
	pipeline.ProblemPeriodNotOver:    pipeline.UnexpectedSeries,
	pipeline.ProblemUnknownIndicator: pipeline.UnknownIndicator,
	pipeline.ProblemNotTheirs:        pipeline.UnknownIndicator,
	pipeline.ProblemLabelsDiffer:     pipeline.UnexpectedField,
	pipeline.ProblemDuplicate:        pipeline.CountsDiffer,
	pipeline.ProblemMerged:           pipeline.UnexpectedField,
	pipeline.ProblemUnknownWord:      pipeline.UnknownAbsentMark,
}

// details say what, where and what to do, for the logs; the words for the person who
// filed it are in package collectors/filing.
var details = map[pipeline.Problem]string{
	pipeline.ProblemNoWorkbook:       "the file is no XLSX workbook, whatever it is called; save it as XLSX",
	pipeline.ProblemOldWorkbook:      "the file is an old workbook (XLS); save it as XLSX",
	pipeline.ProblemEncrypted:        "the workbook opens with a password only; save it without one",
	pipeline.ProblemMacros:           "the workbook holds macros; save it as XLSX",
	pipeline.ProblemExternal:         "the workbook takes values from other files or databases; paste values in place of the links",
	pipeline.ProblemEmbedded:         "the workbook holds other files or controls; take them out",
	pipeline.ProblemZipBomb:          "the workbook inflates beyond all reason; copy the form into a new file",
	pipeline.ProblemDamaged:          "the workbook is damaged; save it again",
	pipeline.ProblemOversized:        "the workbook is larger than any form; file it in parts",
	pipeline.ProblemNoForm:           "the workbook holds no form: neither its hidden codes nor its heads; fill in the form as it was made",
	pipeline.ProblemHiddenSheet:      "the form is on a hidden worksheet; show it and file again",
	pipeline.ProblemMissingColumn:    "no column of numbers is recognised; put back the heads of the form",
	pipeline.ProblemNotANumber:       "the text is no number; write digits only",
	pipeline.ProblemFormula:          "the cell is a formula, whose cached value is not taken; paste it as a value",
	pipeline.ProblemErrorValue:       "the cell holds an error value; write the number",
	pipeline.ProblemDate:             "the cell is formatted as a date or time; format it as a number and write the number again",
	pipeline.ProblemPercent:          "the cell is formatted as a percentage where the unit is another; format it as a number",
	pipeline.ProblemWrongUnit:        "the unit is another than the one that is asked for; put back the head and convert the number",
	pipeline.ProblemNegative:         "the number cannot be negative",
	pipeline.ProblemFraction:         "the unit comes whole only",
	pipeline.ProblemOverWhole:        "a part cannot be more than 100 %",
	pipeline.ProblemTooPrecise:       "the number has more digits than are kept; round it to ten decimals or fewer",
	pipeline.ProblemUnknownRegion:    "the region is not known; write its six digits of GB/T 2260",
	pipeline.ProblemRegionNotInForce: "the code was not in force on the last day of the period",
	pipeline.ProblemUnknownPeriod:    "the period is none that the indicator is asked for",
	pipeline.ProblemPeriodNotOver:    "the period is not over yet",
	pipeline.ProblemUnknownIndicator: "the indicator is not in the catalogue; add its name to the mapping, or ignore it there",
	pipeline.ProblemNotTheirs:        "the indicator is not this unit's to supply",
	pipeline.ProblemLabelsDiffer:     "the label that is shown is not that of the hidden code; put the row or column back as it was",
	pipeline.ProblemDuplicate:        "the same cell stands there twice with different values; keep one",
	pipeline.ProblemMerged:           "the cell is merged with others, so it is not clear what it is about; split it",
	pipeline.ProblemBoth:             "a number and a word that says that there is none; keep one",
	pipeline.ProblemUnknownWord:      "the word is none of the list; choose one, or leave it blank",
}

func detail(f *pipeline.Finding) string {
	text := details[f.Problem]
	if f.Want != "" {
		text += " (expected: " + f.Want + ")"
	}
	if f.Place == "" && f.Text != "" {
		text += " [" + f.Text + "]"
	}
	return text
}
