package pipeline

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDatesCountDaysAlsoBefore1970(t *testing.T) {
	for text, days := range map[string]Date{
		"1970-01-01": 0,
		"1969-12-31": -1,
		"1949-10-01": -7397,
		"2024-02-29": 19782,
	} {
		got, err := ParseDate(text)
		if err != nil || got != days || got.String() != text {
			t.Errorf("ParseDate(%q) = %d, %v, printed %q; want %d", text, got, err, got, days)
		}
	}
	for _, text := range []string{"", "2024-2-1", "2023-02-29", "20240101", "2024-01-01T00:00:00Z"} {
		if d, err := ParseDate(text); err == nil {
			t.Errorf("ParseDate(%q) = %s, want an error", text, d)
		}
	}
}

func TestDateInTakesTheDayOfTheLocation(t *testing.T) {
	shanghai := time.FixedZone("UTC+8", 8*60*60)
	at := time.Date(2024, 12, 31, 17, 0, 0, 0, time.UTC)
	if got := DateIn(at, shanghai).String(); got != "2025-01-01" {
		t.Errorf("DateIn = %s, want 2025-01-01", got)
	}
}

func TestPeriodsCoverTheDaysTheyArePrintedFor(t *testing.T) {
	for _, c := range []struct {
		name              string
		period            Period
		label, start, end string
	}{
		{"a year", YearPeriod(2024, Flow), "2024", "2024-01-01", "2024-12-31"},
		{"上半年", QuarterPeriod(2024, 2, YearToDate), "2024-Q2", "2024-01-01", "2024-06-30"},
		{"三季度", QuarterPeriod(2024, 3, Flow), "2024-Q3", "2024-07-01", "2024-09-30"},
		{"1—8月", MonthPeriod(2024, 8, YearToDate), "2024-08", "2024-01-01", "2024-08-31"},
		{"2月 of a leap year", MonthPeriod(2024, 2, Flow), "2024-02", "2024-02-01", "2024-02-29"},
		{"12月末", MonthPeriod(1949, 12, End), "1949-12", "1949-12-01", "1949-12-31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := fmt.Sprintf("%s %s %s", c.period.Label(), c.period.Start, c.period.End); got != c.label+" "+c.start+" "+c.end {
				t.Errorf("got %s, want %s %s %s", got, c.label, c.start, c.end)
			}
			if err := c.period.Valid(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPeriodLabelsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(1900, 2299).Draw(t, "year")
		basis := rapid.SampledFrom([]Basis{Flow, YearToDate, End}).Draw(t, "basis")
		period := rapid.SampledFrom([]Period{
			YearPeriod(year, basis),
			QuarterPeriod(year, rapid.IntRange(1, 4).Draw(t, "quarter"), basis),
			MonthPeriod(year, rapid.IntRange(1, 12).Draw(t, "month"), basis),
		}).Draw(t, "period")
		got, err := ParsePeriod(period.Freq, period.Basis, period.Label())
		if err != nil || got != period {
			t.Fatalf("ParsePeriod(%s) = %v, %v; want %v", period.Label(), got, err, period)
		}
	})
}

func TestPeriodsThatDoNotFitTheirFrequencyAreRefused(t *testing.T) {
	for _, c := range []struct {
		freq  Freq
		basis Basis
		label string
	}{
		{Annual, Flow, "2024Q1"}, {Quarterly, Flow, "2024"}, {Monthly, Flow, "2024-13"}, {Monthly, "month", "2024-08"},
		{"W", Flow, "2024"}, {Daily, End, "2024-02-30"}, {Annual, Flow, "24"},
	} {
		if p, err := ParsePeriod(c.freq, c.basis, c.label); err == nil {
			t.Errorf("ParsePeriod(%s, %s, %s) = %v, want an error", c.freq, c.basis, c.label, p)
		}
	}
	moved := YearPeriod(2024, Flow)
	moved.Start++
	if moved.Valid() == nil {
		t.Error("a year that starts on 2 January passed")
	}
}

func TestOnlyCanonicalDecimalsPass(t *testing.T) {
	for _, text := range []string{"", "0", "-3.2", "361.42", "0.0000000001", strings.Repeat("9", 28)} {
		if err := CheckDecimal(text); err != nil {
			t.Error(err)
		}
	}
	for _, text := range []string{"-0", "+1", "01", "1.0", ".5", "1.", "1e3", "1,000", "NaN", "0.00000000001", strings.Repeat("9", 29), "１"} {
		if CheckDecimal(text) == nil {
			t.Errorf("%q passed", text)
		}
	}
}

func TestIdsTellWhereTheyCameFrom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		document := HashBody(rapid.SliceOf(rapid.Byte()).Draw(t, "body"))
		start := rapid.Uint32().Draw(t, "start")
		derivation := rapid.Uint16().Draw(t, "derivation")
		id := ObservationID(document, start, derivation, rapid.String().Draw(t, "key"))
		parts, err := ParseObservationID(strings.ToUpper(id))
		if err != nil || len(id) != 24 {
			t.Fatalf("ParseObservationID(%q): %v", id, err)
		}
		want := IDParts{document[:10], start, derivation}
		if parts != want {
			t.Fatalf("ParseObservationID(%q) = %v, want %v", id, parts, want)
		}
	})
	for _, id := range []string{"", "abc", strings.Repeat("1", 24), strings.Repeat("a", 25)} {
		if _, err := ParseObservationID(id); err == nil {
			t.Errorf("ParseObservationID(%q) passed", id)
		}
	}
}

func TestContentIdsDoNotMeetWherePartsAreCutDifferently(t *testing.T) {
	if ContentID("ab", "c") == ContentID("a", "bc") || ContentID("a") == ContentID("a", "") {
		t.Error("two lists of parts have one id")
	}
}

func TestAPageThatReturnsToWhatItSaidIsANewVersion(t *testing.T) {
	page := func(body string) RawDocument {
		return RawDocument{Source: "s", Method: "GET", URL: "http://a.example/", Body: []byte(body)}
	}
	derivation := Derivation{ID: "d", No: 1}
	a := NewDocument(page("A"), "", derivation)
	b := NewDocument(page("B"), a.Version, derivation)
	again := NewDocument(page("A"), b.Version, derivation)
	if again.Version == a.Version {
		t.Error("the third version has the id of the first")
	}
	if again.Hash != a.Hash || again.Lineage != a.Lineage {
		t.Error("the same page has another document or lineage")
	}
	if repeated := NewDocument(page("A"), b.Version, derivation); repeated.Version != again.Version {
		t.Error("a repetition after a crash has another id")
	}
}

func TestKnownAtIsTheLaterOfFetchAndRules(t *testing.T) {
	fetched := time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC)
	doc := NewDocument(RawDocument{FetchedAt: fetched}, "", Derivation{EffectiveAt: fetched.Add(-time.Hour)})
	if got := doc.Origin().KnownAt; !got.Equal(fetched.Truncate(time.Millisecond)) {
		t.Errorf("with older rules known at %s", got)
	}
	doc.Derivation.EffectiveAt = fetched.Add(time.Hour)
	if got := doc.Origin().KnownAt; !got.Equal(fetched.Add(time.Hour).Truncate(time.Millisecond)) {
		t.Errorf("with newer rules known at %s", got)
	}
}

func TestVerdictsSurviveWrapping(t *testing.T) {
	cause := errors.New("cause")
	wrapped := fmt.Errorf("loading: %w", Permanent(cause))
	if !IsPermanent(wrapped) || !errors.Is(wrapped, cause) || IsPermanent(cause) || Permanent(nil) != nil {
		t.Error("a permanent error is not told from another")
	}
	if d, ok := RetryDelay(fmt.Errorf("x: %w", RetryAfter(cause, time.Minute))); !ok || d != time.Minute {
		t.Errorf("RetryDelay = %s, %v", d, ok)
	}
	if ExitCode(nil) != ExitDone || ExitCode(cause) != ExitOurFault || ExitCode(fmt.Errorf("x: %w", WithExit(ExitYourInput, cause))) != ExitYourInput {
		t.Error("exit codes are lost")
	}
	rows := &RowsError{Failed: map[int]error{7: cause, 3: errors.New("first")}}
	if got := rows.Error(); got != "2 rows refused by the warehouse, first row 3: first" {
		t.Error(got)
	}
}

func TestSameValueLooksAtWhatTheNumberSays(t *testing.T) {
	base := Observation{Value: "361.42", Unit: "亿元", Decimals: 2, Status: First, RawText: "361.42", ByteStart: 10}
	moved := base
	moved.RawText, moved.ByteStart, moved.Locator = "３６１.42", 99, "p[9]"
	if !base.SameValue(&moved) {
		t.Error("a number that only moved is another value")
	}
	for name, change := range map[string]func(*Observation){
		"value":     func(o *Observation) { o.Value = "361.43" },
		"precision": func(o *Observation) { o.Decimals = 3 },
		"status":    func(o *Observation) { o.Status = Final },
		"flags":     func(o *Observation) { o.Flags = WithFlag(o.Flags, FlagSuspect) },
		"round":     func(o *Observation) { o.Round = "2023" },
	} {
		changed := base
		change(&changed)
		if base.SameValue(&changed) {
			t.Errorf("a change of %s is not seen", name)
		}
	}
}
