package pipeline

import (
	"fmt"
	"time"
)

// Date is a calendar day, counted in days since 1970-01-01 (negative before
// it). It has no time zone: a reference period is the same everywhere.
type Date int32

const secondsPerDay = 24 * 60 * 60

// DateOf returns the date of a year, a month (1–12) and a day; as in time.Date,
// values outside their range are carried over, so day 0 is the last day of the
// month before.
func DateOf(year, month, day int) Date {
	return Date(floorDiv(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix(), secondsPerDay))
}

// DateIn returns the day on which t falls in the location.
func DateIn(t time.Time, location *time.Location) Date {
	year, month, day := t.In(location).Date()
	return DateOf(year, int(month), day)
}

// ParseDate reads a date in the form 2006-01-02.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("reading date %q: want the form 2006-01-02", text)
	}
	return DateOf(t.Year(), int(t.Month()), t.Day()), nil
}

// Time returns midnight UTC of the date.
func (d Date) Time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// Year returns the calendar year of the date.
func (d Date) Year() int { return d.Time().Year() }

// String returns the date in the form 2006-01-02.
func (d Date) String() string { return d.Time().Format(time.DateOnly) }

// MarshalText writes the date in the form 2006-01-02.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a date in the form 2006-01-02.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

func floorDiv(a, b int64) int64 {
	quotient := a / b
	if a%b < 0 {
		quotient--
	}
	return quotient
}

// Precision says how exactly a time is known.
type Precision string

// The precisions of a publication time.
const (
	PrecisionUnknown Precision = ""
	PrecisionDay     Precision = "day"
	PrecisionMinute  Precision = "minute"
)

// Stamp is the time from which the public could know a document, with its
// precision. The zero Stamp means unknown. A day's stamp is midnight UTC of
// that day.
type Stamp struct {
	At        time.Time `json:"at,omitzero"`
	Precision Precision `json:"precision,omitempty"`
}

// DayStamp returns the stamp of a date.
func DayStamp(d Date) Stamp { return Stamp{At: d.Time(), Precision: PrecisionDay} }

// Known reports whether the stamp says anything.
func (s Stamp) Known() bool { return s.Precision != PrecisionUnknown }
