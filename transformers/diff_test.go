package transformers

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

// reading makes a reading of a document whose body is named, with observations
// given as indicator=value, in order.
func reading(body string, complete bool, values ...[2]string) pipeline.Reading {
	hash := pipeline.HashBody([]byte(body))
	r := pipeline.Reading{Schema: pipeline.ReadingSchema, Complete: complete,
		Origin: pipeline.Origin{Source: "s", Supplier: pipeline.Public, Lineage: "l", Version: body, Document: hash, DerivationNo: 1,
			FetchedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), KnownAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		Observations: []pipeline.Observation{}, Refusals: []pipeline.Refusal{},
		Snapshot: []pipeline.Scope{{Indicators: []string{"gdp", "tax"}, From: pipeline.DateOf(2000, 1, 1), To: pipeline.DateOf(2030, 12, 31)}}}
	for i, v := range values {
		start := uint32(100*i + len(body))
		r.Observations = append(r.Observations, pipeline.Observation{Indicator: v[0], Region: "140728", Period: pipeline.YearPeriod(2024, pipeline.Flow),
			Op: pipeline.Assert, Value: v[1], Unit: "亿元", HalfWidth: "0.5", Status: pipeline.First, Access: pipeline.AccessPublic,
			RawText: v[1], Sign: pipeline.Plus, Locator: fmt.Sprintf("p[%d]", i+1), ByteStart: start, ByteEnd: start + uint32(len(v[1]))})
	}
	r.Bind()
	return r
}

// publish makes the rows of next and lets it stand.
func publish(baseline *pipeline.Reading, next pipeline.Reading) (*pipeline.Reading, []string) {
	rows := Diff(baseline, next)
	Stand(baseline, &next, rows)
	var said []string
	for _, row := range rows {
		said = append(said, fmt.Sprintf("%s %s=%s", row.Op, row.Indicator, row.Value))
	}
	return &next, said
}

func TestDifferencesOfReadings(t *testing.T) {
	refused := func(r pipeline.Reading, indicator string) pipeline.Reading {
		r.Refusals = append(r.Refusals, pipeline.Refusal{Reason: pipeline.BadNumber, Indicator: indicator, Label: "x", Count: 1})
		return r
	}
	unknownRegion := func(r pipeline.Reading, indicator string) pipeline.Reading {
		r.Refusals = append(r.Refusals, pipeline.Refusal{Reason: pipeline.UnknownRegion, Indicator: indicator, Label: "x", Count: 1})
		return r
	}
	gdp, tax, cpi := [2]string{"gdp", "10"}, [2]string{"tax", "3"}, [2]string{"cpi", "1"}
	for _, c := range []struct {
		name string
		next []pipeline.Reading
		want []string // of the last
	}{
		{"a first reading publishes all", []pipeline.Reading{reading("a", true, gdp, tax)}, []string{"assert gdp=10", "assert tax=3"}},
		{"the same again publishes nothing", []pipeline.Reading{reading("a", true, gdp), reading("b", true, gdp)}, nil},
		{"a number that only moved publishes nothing", []pipeline.Reading{reading("a", true, gdp, tax), reading("b", true, tax, gdp)}, nil},
		{"a changed value is published", []pipeline.Reading{reading("a", true, gdp, tax), reading("b", true, [2]string{"gdp", "11"}, tax)}, []string{"assert gdp=11"}},
		{"a new value is published", []pipeline.Reading{reading("a", true, gdp), reading("b", true, gdp, tax)}, []string{"assert tax=3"}},
		{"an absent value in a scope that is restated is withdrawn", []pipeline.Reading{reading("a", true, gdp, tax), reading("b", true, gdp)}, []string{"withdraw tax=3"}},
		{"outside the scope absence says nothing", []pipeline.Reading{reading("a", true, gdp, cpi), reading("b", true, gdp)}, nil},
		{"an incomplete reading withdraws nothing", []pipeline.Reading{reading("a", true, gdp, tax), reading("b", false, gdp)}, nil},
		{"what a refusal may hide is not withdrawn", []pipeline.Reading{reading("a", true, gdp, tax), refused(reading("b", true, gdp), "tax")}, nil},
		{"the number of an unknown region hides nothing", []pipeline.Reading{reading("a", true, gdp, tax), unknownRegion(reading("b", true, gdp), "tax")}, []string{"withdraw tax=3"}},
		{"it is withdrawn once", []pipeline.Reading{reading("a", true, gdp, tax), reading("b", true, gdp), reading("c", true, gdp)}, nil},
		{"what comes back is asserted again", []pipeline.Reading{reading("a", true, gdp, tax), reading("b", true, gdp), reading("c", true, gdp, tax)}, []string{"assert tax=3"}},
		{"a refused document leaves all standing", []pipeline.Reading{reading("a", true, gdp, tax), reading("b", false), reading("c", true, gdp, tax)}, nil},
		{"a value that an outage hid is compared with the last published one", []pipeline.Reading{reading("a", true, gdp), reading("b", false), reading("c", true, [2]string{"gdp", "12"})}, []string{"assert gdp=12"}},
		{"where one place of a key changes all are published", []pipeline.Reading{reading("a", true, gdp, [2]string{"gdp", "20"}), reading("b", true, gdp, [2]string{"gdp", "21"})}, []string{"assert gdp=10", "assert gdp=21"}},
		{"where one place of a key goes the others are published", []pipeline.Reading{reading("a", true, gdp, [2]string{"gdp", "20"}), reading("b", true, gdp)}, []string{"assert gdp=10"}},
		{"several places that say the same again publish nothing", []pipeline.Reading{reading("a", true, gdp, gdp), reading("b", true, gdp, gdp)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var baseline *pipeline.Reading
			var said []string
			for _, next := range c.next {
				baseline, said = publish(baseline, next)
			}
			if !slices.Equal(said, c.want) {
				t.Errorf("published %v, want %v", said, c.want)
			}
			if again := Diff(baseline, *baseline); len(again) != 0 {
				t.Errorf("after it stands, the reading differs from itself by %+v", again)
			}
		})
	}
}

func TestAWithdrawalLeadsToTheRowItIsAbout(t *testing.T) {
	first, _ := publish(nil, reading("a", true, [2]string{"gdp", "10"}))
	next := reading("b", true, [2]string{"tax", "1"})
	rows := Diff(first, next)
	i := slices.IndexFunc(rows, func(o pipeline.Observation) bool { return o.Op == pipeline.Withdraw })
	if i < 0 {
		t.Fatalf("no withdrawal in %+v", rows)
	}
	w := rows[i]
	if w.Prior != first.Standing[0].ID || w.Value != "10" || w.RawText != "10" || w.ByteStart != w.ByteEnd ||
		!slices.Contains(w.Flags, pipeline.FlagWithdrawn) || w.Origin.Document != next.Origin.Document {
		t.Errorf("withdrawal %+v", w)
	}
}

func TestHeldRowsAreOfferedAgain(t *testing.T) {
	first, _ := publish(nil, reading("a", true, [2]string{"gdp", "10"}))
	next := reading("b", true, [2]string{"gdp", "99"})
	Stand(first, &next, nil) // its table is held
	if rows := Diff(&next, reading("c", true, [2]string{"gdp", "99"})); len(rows) != 1 {
		t.Errorf("want the held value again, have %+v", rows)
	}
}

func TestRefusalsOpenAndClose(t *testing.T) {
	with := func(r pipeline.Reading, labels ...string) pipeline.Reading {
		for _, label := range labels {
			r.Refusals = append(r.Refusals, pipeline.Refusal{Reason: pipeline.MissingUnit, Label: label, Table: "table[1]", Count: len(label)})
		}
		return r
	}
	first := with(reading("a", true, [2]string{"gdp", "1"}), "甲", "乙")
	second := with(reading("b", true, [2]string{"gdp", "1"}), "乙", "丙")
	whole := reading("c", false)
	said := func(baseline *pipeline.Reading, next pipeline.Reading) string {
		out := ""
		for _, r := range DiffRefusals(baseline, next) {
			out += fmt.Sprintf("%s%t ", r.Label, r.Closed)
			if r.Origin == nil || r.Origin.Version != next.Origin.Version {
				t.Errorf("refusal %s has not the origin of the reading", r.Label)
			}
		}
		return out
	}
	if got := said(nil, first); got != "乙false 甲false " {
		t.Errorf("first: %s", got)
	}
	if got := said(&first, second); got != "丙false 甲true " {
		t.Errorf("second: %s", got)
	}
	if got := said(&second, whole); got != "" {
		t.Errorf("a document refused as a whole closes %s", got)
	}
	Stand(&second, &whole, nil)
	if got := said(&whole, reading("d", true, [2]string{"gdp", "1"})); got != "丙true 乙true " {
		t.Errorf("after the outage: %s", got)
	}
}

// Rows that stand do not depend on the order in which they were published.
func TestStandingDoesNotDependOnTheOrderOfRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Custom(func(t *rapid.T) [2]string {
			return [2]string{rapid.SampledFrom([]string{"gdp", "tax", "cpi"}).Draw(t, "indicator"), fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "value"))}
		})
		list := rapid.SliceOfN(value, 0, 6)
		first, _ := publish(nil, reading("a", true, list.Draw(t, "first")...))
		next := reading("b", rapid.Bool().Draw(t, "complete"), list.Draw(t, "second")...)
		rows := Diff(first, next)
		shuffled := rapid.Permutation(rows).Draw(t, "order")
		a, b := next, next
		Stand(first, &a, rows)
		Stand(first, &b, shuffled)
		dataA, _ := EncodeReading(&a)
		dataB, _ := EncodeReading(&b)
		if !bytes.Equal(dataA, dataB) {
			t.Fatalf("standing differs:\n%s\n%s", dataA, dataB)
		}
		if again := Diff(&a, next); len(again) != 0 {
			t.Fatalf("after it stands, the reading still differs by %+v", again)
		}
		ids := map[string]bool{}
		for i := range rows {
			if ids[rows[i].ID()] {
				t.Fatalf("two rows have the id %s", rows[i].ID())
			}
			ids[rows[i].ID()] = true
		}
	})
}
