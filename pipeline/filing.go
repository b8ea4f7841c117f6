package pipeline

import "strings"

// The kinds of documents that are filed and not fetched.
const (
	KindFiling   DocumentKind = "filing"   // a provincial workbook, as zhibiao makes it and a person fills it
	KindPlatform DocumentKind = "platform" // CSV or XLSX as exported from the national platform
)

// FormMark begins the text of the cell where the row and the column of a form's hidden
// codes cross. A form is a worksheet whose cells are found by those codes and not by
// where they stand: whoever makes it and whoever reads it agree on what is here.
const FormMark = "zhibiao-filing/1"

// Words that stand in a form.
const (
	FormNotApplicable = "不适用"  // there is no such thing
	FormNotAvailable  = "未掌握"  // there is such a thing, its number is not known
	FormNotAsked      = "无需填报" // the cell is not asked for
	FormRegionHead    = "区划代码"
	FormNameHead      = "县（市、区）"
	FormPeriodHead    = "时期"
	FormStateSuffix   = "·情况" // behind an indicator's name: the column of its words
	FormReasonSuffix  = "·说明" // the column of its reasons
	FormKnownSuffix   = "·参考" // the column of what is known already
)

// FormRole is what a column of a form holds.
type FormRole string

// The roles.
const (
	FormRegion FormRole = "region" // GB/T 2260 code, shown
	FormName   FormRole = "name"   // the region's name
	FormPeriod FormRole = "period" // the period in words
	FormValue  FormRole = "value"  // numbers of one indicator
	FormState  FormRole = "state"  // FormNotApplicable or FormNotAvailable
	FormReason FormRole = "reason" // why a number is unusual
	FormKnown  FormRole = "known"  // what is known already, to compare with
)

// FormColumn is the code of a column.
type FormColumn struct {
	Role      FormRole
	Indicator string // of the last four roles
	Basis     Basis
	Unit      string // that the numbers are asked for in
}

const formSeparator = "|"

// Code writes the column's code: value|complaints|period|件.
func (c FormColumn) Code() string {
	if c.Indicator == "" {
		return string(c.Role)
	}
	return strings.Join([]string{string(c.Role), c.Indicator, string(c.Basis), c.Unit}, formSeparator)
}

// ParseFormColumn reads what Code writes.
func ParseFormColumn(code string) (FormColumn, bool) {
	parts := strings.Split(strings.TrimSpace(code), formSeparator)
	switch role := FormRole(parts[0]); role {
	case FormRegion, FormName, FormPeriod:
		return FormColumn{Role: role}, len(parts) == 1
	case FormValue, FormState, FormReason, FormKnown:
		if len(parts) == 4 && parts[1] != "" {
			return FormColumn{role, parts[1], Basis(parts[2]), parts[3]}, true
		}
	}
	return FormColumn{}, false
}

// FormRow is the code of a row: a region, and a period without its basis, which is
// the column's.
type FormRow struct {
	Region string
	Freq   Freq
	Label  string // as Period.Label writes it
}

// Code writes the row's code: 140121|A|2024.
func (r FormRow) Code() string {
	return strings.Join([]string{r.Region, string(r.Freq), r.Label}, formSeparator)
}

// ParseFormRow reads what Code writes.
func ParseFormRow(code string) (FormRow, bool) {
	parts := strings.Split(strings.TrimSpace(code), formSeparator)
	if len(parts) != 3 || parts[0] == "" || parts[2] == "" {
		return FormRow{}, false
	}
	return FormRow{parts[0], Freq(parts[1]), parts[2]}, true
}

// PlatformRules say how exports of the national platform are read.
type PlatformRules struct {
	// Columns are the heads under which the parts of a row stand, by part: region,
	// name, period, indicator, value, unit.
	Columns map[string][]string
	// Indicators are those on the platform, in its order.
	Indicators []PlatformIndicator
	Ignore     []string // names that are on the platform and not in the catalogue
	Empty      []string // texts that stand where nothing was entered
}

// PlatformIndicator is one indicator of the platform.
type PlatformIndicator struct {
	Code  string // of the catalogue
	Names []string
	Unit  string // in which the platform asks for it
	Basis Basis  // "" where the catalogue leaves no choice
}

// Problem says in one word what is wrong in a filed document.
type Problem string

// The problems of a document as a whole.
const (
	ProblemNoWorkbook    Problem = "no_workbook"    // another kind of file, whatever it is called
	ProblemOldWorkbook   Problem = "old_workbook"   // XLS
	ProblemEncrypted     Problem = "encrypted"      // opened with a password
	ProblemMacros        Problem = "macros"         // programs inside
	ProblemExternal      Problem = "external_links" // values from other files or databases
	ProblemEmbedded      Problem = "embedded"       // other files inside
	ProblemZipBomb       Problem = "zip_bomb"       // inflates beyond reason
	ProblemDamaged       Problem = "damaged"
	ProblemOversized     Problem = "oversized"
	ProblemNoForm        Problem = "no_form" // neither codes nor heads of a form
	ProblemHiddenSheet   Problem = "hidden_sheet"
	ProblemUnreadColumn  Problem = "unread_column"
	ProblemUnreadRow     Problem = "unread_row"
	ProblemMissingColumn Problem = "missing_column"
)

// The problems of a cell.
const (
	ProblemNotANumber       Problem = "not_a_number"
	ProblemFormula          Problem = "formula" // its cached value is not taken
	ProblemErrorValue       Problem = "error_value"
	ProblemDate             Problem = "date"
	ProblemPercent          Problem = "percent" // a format of percent where the unit is another
	ProblemWrongUnit        Problem = "wrong_unit"
	ProblemNegative         Problem = "negative"
	ProblemFraction         Problem = "fraction"    // a part of what only comes whole
	ProblemOverWhole        Problem = "over_whole"  // more than 100 % of a whole
	ProblemTooPrecise       Problem = "too_precise" // more digits than are kept
	ProblemUnknownRegion    Problem = "unknown_region"
	ProblemRegionNotInForce Problem = "region_not_in_force"
	ProblemUnknownPeriod    Problem = "unknown_period"
	ProblemPeriodNotOver    Problem = "period_not_over"
	ProblemUnknownIndicator Problem = "unknown_indicator"
	ProblemNotTheirs        Problem = "not_theirs"    // another unit's indicator
	ProblemLabelsDiffer     Problem = "labels_differ" // the shown label is not that of the hidden code
	ProblemDuplicate        Problem = "duplicate"
	ProblemMerged           Problem = "merged"
	ProblemBoth             Problem = "both" // a number and a word that says that there is none
	ProblemUnknownWord      Problem = "unknown_word"
	ProblemOutOfRange       Problem = "out_of_range"
)

// Severity is what follows from a finding.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // the cell, or the document, is not taken
	SeverityWarning Severity = "warning" // it is taken, and a reason is asked for
	SeverityNotice  Severity = "notice"  // nothing was lost, but it should be known
)

// Finding is one thing that is wrong in a filed document, and where. Texts for people
// are made of it elsewhere.
type Finding struct {
	Severity  Severity
	Problem   Problem
	Sheet     string // name of the worksheet, "" for the whole document or a CSV file
	Place     string // C7, or line 7 of a CSV file; "" for the whole sheet or document
	Locator   string // as an observation's; "" for the whole
	ByteStart uint32
	ByteEnd   uint32
	Region    string // as far as it is known
	Indicator string
	Period    string // label
	Quote     string // what stands at the locator
	Text      string // what is wrong: mostly that, or a label
	Want      string // what should be there: a unit, a code, a range, the other place
}

// Judgement is what reading a filed document comes to, cell by cell. What it accepts
// are the observations that the line will store.
type Judgement struct {
	Unit     string // coordinating unit that the form names
	Whole    bool   // the document is refused as a whole: the only finding says why
	Accepted []Observation
	Findings []Finding // by sheet and place
	Blank    int       // cells of numbers that nothing stands in
}

// Count returns how many findings have a severity.
func (j *Judgement) Count(s Severity) int {
	n := 0
	for i := range j.Findings {
		if j.Findings[i].Severity == s {
			n++
		}
	}
	return n
}
