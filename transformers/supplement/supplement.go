// Package supplement reads what counties have entered and the province has accepted:
// one JSON document for each acceptance, written by collectors/supplement. It is pure.
package supplement

import (
	"fmt"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/extract"
)

// Schema is the number of the form that is read.
const Schema = "1"

// Kind is the kind that a document names itself as.
const Kind = "county-supplement"

// absent are the words that stand for no number, and what they mean.
var absent = map[string]pipeline.Flag{"不适用": pipeline.FlagNotApplicable, "未掌握": pipeline.FlagNotAvailable}

// Form reads the documents under one set of rules. It is immutable and safe for use by
// several goroutines.
type Form struct {
	indicators map[string]*pipeline.Indicator
	units      map[string]bool
	regions    map[string][]pipeline.Region
}

// Compile prepares the rules.
func Compile(rules *pipeline.Rules) *Form {
	f := &Form{indicators: map[string]*pipeline.Indicator{}, units: map[string]bool{}, regions: map[string][]pipeline.Region{}}
	for i := range rules.Indicators {
		if code := rules.Indicators[i].Code; code != "" {
			f.indicators[code] = &rules.Indicators[i]
		}
	}
	for _, u := range rules.Units {
		f.units[u.Symbol] = true
	}
	for _, r := range rules.Regions {
		f.regions[r.Code] = append(f.regions[r.Code], r)
	}
	return f
}

// Document reads one document. Each entry is an observation of its value's place, such
// as /entries/3/value, or a refusal that says what is wrong with it (promises 2 and 8).
func (f *Form) Document(doc *pipeline.Document) extract.Result {
	r := &reading{Form: f, doc: doc, result: extract.Result{Complete: true}, refused: map[string]int{}}
	root, fault := decode.JSON(doc.Body, doc.MediaType)
	if fault != nil {
		r.refuseWhole(fault.Reason, fault.Detail)
		return r.result
	}
	r.document(root)
	if len(r.result.Observations)+len(r.result.Refusals) == 0 {
		r.refuseWhole(pipeline.NoObservationFound, "the document holds no entry")
	}
	slices.SortStableFunc(r.result.Refusals, pipeline.CompareRefusals)
	return r.result
}

type reading struct {
	*Form
	doc     *pipeline.Document
	result  extract.Result
	refused map[string]int // place of a refusal by its key
	region  string
	locals  map[string]string // units of own indicators by code
}

func (r *reading) document(root *decode.Node) {
	switch {
	case !root.Is(decode.Object) || root.Str("kind") != Kind:
		r.refuseWhole(pipeline.NotADocument, "the document does not name itself "+Kind)
		return
	case !root.Get("schema").Is(decode.Number) || root.Get("schema").Text != Schema:
		r.refuseWhole(pipeline.UnexpectedField, "the document is in another schema than "+Schema+": is the program older than the document?")
		return
	}
	if name := unknownName(root, "schema", "kind", "region", "acceptance", "accepted_at", "indicators", "entries"); name != "" {
		r.refuseWhole(pipeline.UnexpectedField, fmt.Sprintf("the member %q is not known", name)) // promise 11
		return
	}
	r.region = root.Str("region")
	if !r.readLocals(root.Get("indicators")) {
		return
	}
	entries := root.Get("entries")
	if !entries.Is(decode.Array) {
		r.refuseWhole(pipeline.NotADocument, "there is no list of entries")
		return
	}
	for _, entry := range entries.Items {
		r.entry(entry)
	}
}

// readLocals reads the county's own indicators, which the catalogue does not have.
func (r *reading) readLocals(list *decode.Node) bool {
	r.locals = map[string]string{}
	if list == nil {
		return true
	}
	if !list.Is(decode.Array) {
		r.refuseWhole(pipeline.NotADocument, "indicators is no list")
		return false
	}
	for _, item := range list.Items {
		if name := unknownName(item, "code", "name_zh", "owner", "definition", "unit"); name != "" {
			r.refuseWhole(pipeline.UnexpectedField, fmt.Sprintf("the member %q of an own indicator is not known", name))
			return false
		}
		code := item.Str("code")
		if !strings.HasPrefix(code, pipeline.LocalPrefix+r.region+":") || !r.units[item.Str("unit")] {
			r.refuseWhole(pipeline.UnknownIndicator, fmt.Sprintf("%q in %q is no indicator of region %s's own", code, item.Str("unit"), r.region))
			return false
		}
		r.locals[code] = item.Str("unit")
	}
	return true
}

// entry makes an observation of one entry.
func (r *reading) entry(entry *decode.Node) {
	value := entry.Get("value")
	if !entry.Is(decode.Object) || !value.Is(decode.String) {
		r.refuse(entry, entry, pipeline.UnexpectedField, "an entry without a text as its value")
		return
	}
	if name := unknownName(entry, "indicator", "region", "freq", "basis", "period", "value", "unit", "disputes", "reason", "evidence"); name != "" {
		r.refuse(entry, value, pipeline.UnexpectedField, fmt.Sprintf("the member %q of an entry is not known", name))
		return
	}
	period, err := pipeline.ParsePeriod(pipeline.Freq(entry.Str("freq")), pipeline.Basis(entry.Str("basis")), entry.Str("period"))
	if err != nil {
		r.refuse(entry, value, pipeline.UnknownPeriod, err.Error())
		return
	}
	o := pipeline.Observation{
		Indicator: entry.Str("indicator"), Region: entry.Str("region"), Period: period, Op: pipeline.Assert, Unit: entry.Str("unit"),
		Status: pipeline.First, Access: r.doc.Access, RawText: value.Text, RawUnit: entry.Str("unit"), Sign: pipeline.Plus,
		Locator: value.Pointer(), ByteStart: value.Start, ByteEnd: value.End,
	}
	if reason, detail := r.unfit(&o); reason != "" {
		r.refuse(entry, value, reason, detail)
		return
	}
	if reason, detail := settleValue(&o, value.Text); reason != "" {
		r.refuse(entry, value, reason, detail)
		return
	}
	if entry.Get("disputes") != nil {
		o.Flags = pipeline.WithFlag(o.Flags, pipeline.FlagDisputed)
	}
	r.result.Observations = append(r.result.Observations, o)
}

// unfit says why indicator, region, series and unit do not go together.
func (r *reading) unfit(o *pipeline.Observation) (pipeline.Reason, string) {
	if unit, own := r.locals[o.Indicator]; own {
		if o.Region != r.region {
			return pipeline.UnknownRegion, fmt.Sprintf("%s is not an indicator of region %s", o.Indicator, o.Region)
		}
		if unit != o.Unit {
			return pipeline.IncompatibleUnit, fmt.Sprintf("%s is in %s, the entry in %s", o.Indicator, unit, o.Unit)
		}
		return r.unfitRegion(o)
	}
	indicator := r.indicators[o.Indicator]
	switch {
	case indicator == nil:
		return pipeline.UnknownIndicator, fmt.Sprintf("%q is neither in the catalogue nor an own indicator of the document", o.Indicator)
	case !indicator.Allows(o.Period.Freq, o.Period.Basis):
		return pipeline.UnexpectedSeries, fmt.Sprintf("the catalogue does not list %s:%s for %s", o.Period.Freq, o.Period.Basis, o.Indicator)
	case indicator.Unit != o.Unit:
		return pipeline.IncompatibleUnit, fmt.Sprintf("%s is in %s, the entry in %s", o.Indicator, indicator.Unit, o.Unit)
	}
	return r.unfitRegion(o)
}

// unfitRegion wants a code that was in force on the period's last day.
func (r *reading) unfitRegion(o *pipeline.Observation) (pipeline.Reason, string) {
	year := o.Period.End.Year()
	for _, region := range r.regions[o.Region] {
		if region.From <= year && (region.To == 0 || year <= region.To) {
			return "", ""
		}
	}
	return pipeline.UnknownRegion, fmt.Sprintf("%q is no code in force in %d", o.Region, year)
}

// settleValue takes the text as it stands: a plain decimal, or words for none.
func settleValue(o *pipeline.Observation, text string) (pipeline.Reason, string) {
	if flag, ok := absent[text]; ok {
		o.Flags, o.RawUnit = pipeline.WithFlag(o.Flags, flag), ""
		return "", ""
	}
	_, fraction, hasPoint := strings.Cut(text, ".")
	value := text
	if hasPoint {
		value = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	if value == "" || hasPoint && fraction == "" || pipeline.CheckDecimal(value) != nil {
		return pipeline.BadNumber, fmt.Sprintf("%q is no plain decimal", text)
	}
	o.Value, o.Decimals = value, uint8(len(fraction))
	o.HalfWidth = halfWidth(len(fraction))
	return "", ""
}

// halfWidth is half of the last digit of a number with so many decimals; "" where the
// warehouse cannot hold it.
func halfWidth(decimals int) string {
	const most = 9
	if decimals > most {
		return ""
	}
	return "0." + strings.Repeat("0", decimals) + "5"
}

// unknownName returns a member's name that is none of the known ones, "" for none.
func unknownName(node *decode.Node, known ...string) string {
	for _, m := range node.Members {
		if !slices.Contains(known, m.Name) {
			return m.Name
		}
	}
	return ""
}

func (r *reading) refuse(entry, at *decode.Node, reason pipeline.Reason, detail string) {
	refusal := pipeline.Refusal{Reason: reason, Label: entry.Str("indicator"), Table: "/entries", Detail: detail, Count: 1,
		Quote: shorten(at.Text), Locator: at.Pointer(), ByteStart: at.Start, ByteEnd: at.End}
	if _, known := r.indicators[refusal.Label]; known {
		refusal.Indicator = refusal.Label
	}
	if place, twice := r.refused[refusal.Key()]; twice {
		r.result.Refusals[place].Count++
		return
	}
	r.refused[refusal.Key()] = len(r.result.Refusals)
	r.result.Refusals = append(r.result.Refusals, refusal)
}

// refuseWhole refuses the document as a whole.
func (r *reading) refuseWhole(reason pipeline.Reason, detail string) {
	r.result.Complete = false
	r.result.Refusals = append(r.result.Refusals, pipeline.Refusal{Reason: reason, Detail: detail, Count: 1})
}

func shorten(text string) string {
	const most = 60
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return text
}
