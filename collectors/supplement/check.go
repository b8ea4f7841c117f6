package supplement

import (
	"errors"
	"math/big"
	"strings"

	"zhibiao/collectors/personal"
	"zhibiao/pipeline"
)

// FindingKind says what an answer lacks.
type FindingKind string

// The kinds of findings. All of them keep an answer from being submitted; none keeps it
// from being saved as a draft.
const (
	BadNumber    FindingKind = "bad_number"    // it cannot be read as a number
	ConfirmZero  FindingKind = "confirm_zero"  // zero was typed and is to be confirmed
	NeedsReason  FindingKind = "needs_reason"  // 不适用 and 未掌握 need a reason
	Unusual      FindingKind = "unusual"       // outside the plausible range: a reason is needed
	NoLast       FindingKind = "no_last"       // there is no last answer to take over
	HasPersonal  FindingKind = "personal"      // the reason holds personal data
	NobodyAsks   FindingKind = "nobody_asks"   // another source has it or will have it
	LostEvidence FindingKind = "lost_evidence" // an attachment is not in the archive
	NotOpenNow   FindingKind = "not_open"      // it waits for review and cannot be changed as it is
)

// Finding is what keeps one answer from being submitted: what and what to do.
type Finding struct {
	Cell  string // form of the cell
	Kind  FindingKind
	Words Words
}

// leastReason is the length of a reason, in letters.
const leastReason = 2

// settle makes an entry of an answer, without state, or says what it lacks.
func (d *Desk) settleAnswer(ask Ask, a Answer) (Entry, *Finding) {
	e := Entry{Cell: ask.Cell, Kind: a.Kind, Unit: ask.Unit, Reason: cleanText(a.Reason), Evidence: a.Evidence, Same: a.Same}
	if e.Kind == "" {
		e.Kind = Value
	}
	lacks := func(kind FindingKind, zh, en string) (Entry, *Finding) {
		return Entry{}, &Finding{ask.Cell.String(), kind, Words{zh, en}}
	}
	if why := personal.InText(e.Reason); why != "" {
		return lacks(HasPersonal, "说明中有身份证号或手机号码，请删去", "the reason holds an identity-card number or a mobile phone: take it out")
	}
	if a.Same {
		if ask.Last == nil {
			return lacks(NoLast, "没有可以沿用的上期数", "there is no last answer to take over")
		}
		e.Kind, e.Value = ask.Last.Kind, ask.Last.Value
		if e.Reason == "" {
			e.Reason = ask.Last.Reason
		}
	}
	if e.Kind != Value {
		e.Value = ""
		if len([]rune(e.Reason)) < leastReason {
			return lacks(NeedsReason, "选“不适用”或“未掌握”时请写明原因", "say why it is not applicable or not available")
		}
		return e, nil
	}
	if !a.Same {
		number, err := ParseNumber(a.Typed, ask.Unit)
		if err != nil {
			words := problemWords(err)
			return lacks(BadNumber, words.ZH, words.EN)
		}
		e.Value = number
	}
	if finding := d.plausible(ask, a, &e); finding != nil {
		return Entry{}, finding
	}
	return e, nil
}

// plausible looks at a number as such.
func (d *Desk) plausible(ask Ask, a Answer, e *Entry) *Finding {
	lacks := func(kind FindingKind, zh, en string) *Finding {
		return &Finding{ask.Cell.String(), kind, Words{zh, en}}
	}
	switch value := rational(e.Value); {
	case ask.Whole && strings.Contains(Canonical(e.Value), "."):
		return lacks(BadNumber, "以“"+ask.Unit+"”计的数不能有小数", "what is counted in "+ask.Unit+" has no decimals")
	case ask.Whole && value.Sign() < 0:
		return lacks(BadNumber, "以“"+ask.Unit+"”计的数不能是负数", "what is counted in "+ask.Unit+" cannot be negative")
	case value.Sign() == 0 && !a.Zero && !a.Same:
		return lacks(ConfirmZero, "填的是 0：确实为零请勾选确认；不知道请留空或选“未掌握”", "zero was typed: confirm that it is meant; leave it blank if it is not known")
	case outside(value, ask.Low, ask.High):
		e.Unusual = true
		if len([]rune(e.Reason)) < leastReason {
			return lacks(Unusual, "超出常见范围（"+rangeWords(ask)+"），如果无误请写明原因",
				"it is outside the plausible range ("+rangeWords(ask)+"): if it is right, say why")
		}
	}
	return nil
}

func rangeWords(ask Ask) string {
	return orDash(ask.Low) + "—" + orDash(ask.High) + " " + ask.Unit
}

func orDash(bound string) string {
	if bound == "" {
		return "…"
	}
	return bound
}

func outside(value *big.Rat, low, high string) bool {
	return low != "" && value.Cmp(rational(low)) < 0 || high != "" && value.Cmp(rational(high)) > 0
}

// rational reads a decimal that was checked before.
func rational(text string) *big.Rat {
	value, ok := new(big.Rat).SetString(text)
	if !ok {
		return new(big.Rat)
	}
	return value
}

func problemWords(err error) Words {
	var p *Problem
	if errors.As(err, &p) {
		return p.Words
	}
	return Words{"不能识别", err.Error()}
}

// askOf returns what a county may answer in a cell: what is asked of it, what it has
// entered before (to correct it), and its own indicators (promise 10).
func (d *Desk) askOf(f *file, known []Known, asked map[string]Ask, cell Cell, on pipeline.Date) (Ask, *Finding) {
	key := cell.String()
	if ask, ok := asked[key]; ok {
		return ask, nil
	}
	refuse := &Finding{key, NobodyAsks, Words{"这一项已有公开、省级或国家平台数据，或将由其提供，无须填报；数据有误请用“有异议”",
		"another source has this or is due to supply it: it need not be entered; dispute a wrong number"}}
	if r := f.at(cell); r.last() != nil {
		if indicator := d.indicators[cell.Indicator]; indicator != nil && indicator.Supplier == string(pipeline.County) {
			return d.ask(f, known, indicator, cell), nil
		}
	}
	for _, local := range f.Locals {
		if local.Code != cell.Indicator || cell.Region != f.Region {
			continue
		}
		basis := pipeline.Flow
		if local.Stock {
			basis = pipeline.End
		}
		if cell.Period.Freq != pipeline.Annual || cell.Period.Basis != basis || cell.Period.End >= on {
			return Ask{}, &Finding{key, NobodyAsks, Words{"特色指标按年填报，且年度须已结束", "own indicators are entered by years that have ended"}}
		}
		return Ask{Cell: cell, Name: Words{local.NameZH, local.NameZH}, Unit: local.Unit, Period: PeriodWords(cell.Period),
			Whole: d.isWhole(local.Unit), Last: d.last(f, known, cell)}, nil
	}
	return Ask{}, refuse
}
