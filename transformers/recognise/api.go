package recognise

import "zhibiao/pipeline"

// LabelMatch is what a whole label (header cell, row label, API name) says.
type LabelMatch struct {
	Indicator  string         // code of the catalogue, "" if none is named
	Ignored    bool           // the source's file ignores the label by name
	Decoy      bool           // a known name of something that is not in the catalogue
	Growth     bool           // the label says only 增长, 增速 or 同比
	Contextual bool           // the indicator holds only where the context agrees: 第一产业 under 地区生产总值
	Basis      pipeline.Basis // what the label says of it: 累计 or 当月, "" if nothing
	UnitText   string         // the unit in brackets or after a comma, as printed
	Name       string         // the rest, normalised, without footnote marks
}

// Hit is one name found in running text.
type Hit struct {
	Indicator  string // "" for a decoy: a known name of something else
	Contextual bool   // the name alone does not decide: 第一产业 without 增加值
	Start, End int
}

// RegionMatch is a region as it is known on a day.
type RegionMatch struct {
	Code string
	// Restated says that the name is younger than the period and that its
	// boundaries are not those of one older region.
	Restated bool
}

// RegionHit is one region name found in running text, with its parents where
// they stand right before it. Codes are all that ever had the name, sorted.
type RegionHit struct {
	Codes      []string
	Start, End int
}

// Number is a printed number.
type Number struct {
	Text     string // as printed
	Decimal  string // canonical and exact, with the printed sign, without the words' sign
	Decimals uint8  // as printed
	Negative bool   // a minus is printed
}

// NumberAt is a number found in running text. Malformed is set for a run of
// digits, points and separators that is no number: 1.2.3, 1,23, 2024.4.18; of
// Number only Text is set then.
type NumberAt struct {
	Start, End int
	Number     Number
	Malformed  bool
}

// Converted is a number in the indicator's unit. Factor is "" for 1.
type Converted struct {
	Value, Factor, HalfWidth string
}

// PeriodContext is what a period expression may leave open.
type PeriodContext struct {
	Year     int           // inherited from the row above, the caption or the title; 0 for none
	Stock    bool          // the indicator is a stock: 2024年 is its end
	Document pipeline.Date // publication, 0 for unknown
}

// PeriodHit is one expression of time found in running text.
type PeriodHit struct {
	Period     pipeline.Period
	Start, End int
	// Comparison is set where the words before make it the base of a comparison:
	// 比上年, 较1-7月, 上年同期.
	Comparison bool
	// Other is set for a stretch of time that is none of our periods, or whose
	// year is not known: 下半年, 十四五, 2020-2024年, 4月18日. Period is zero.
	Other bool
}
