package warehouse_test

import (
	"slices"
	"strings"
	"testing"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func refresh(t *testing.T, w *warehouse.Warehouse) {
	t.Helper()
	if _, err := w.RefreshStanding(t.Context()); err != nil {
		t.Fatal(err)
	}
}

const standingLine = `concat(indicator, ' ', kind, ' ', toString(period_start), ' ', toString(period_end), ' ', boundary, ' ', freq, ' ', basis, ' ',
	ifNull(toString(value), 'NULL'), ' ', unit, ' ', toString(decimals), ' ', status, ' ', revision_round, ' ', arrayStringConcat(flags, ','), ' ', access, ' ', source, ' ', supplier)`

// standing is what the view latest must say of rows.
func standing(rows []pipeline.Observation) []string {
	var lines []string
	for _, d := range resolve(rows, modelRules, now) {
		o := d.winner
		lines = append(lines, strings.Join([]string{o.Indicator, kindOf(o), spanStart(o).String(), o.Period.End.String(), boundaryOf(o), string(o.Period.Freq), string(o.Period.Basis),
			orNull(o.Value), o.Unit, string('0' + rune(o.Decimals)), string(o.Status), o.Round, joined(o.Flags), string(o.Access), o.Origin.Source, string(o.Origin.Supplier)}, " "))
	}
	slices.Sort(lines)
	return lines
}

func TestLatestKnowsWhatWasLoadedBeforeTheRefreshAndSaysUpToWhen(t *testing.T) {
	w := warehousetest.Open(t)
	value := func() []string { return texts(t, w, "SELECT toString(value) FROM latest WHERE region = '140727'") }
	load(t, w, said("page", pipeline.Public, 0, "1"))
	same(t, value())
	if behind, err := w.StandingBehind(t.Context()); err != nil || behind.Regions != 1 || behind.Since.IsZero() {
		t.Errorf("before the refresh latest is behind by %+v, %v", behind, err)
	}
	refresh(t, w)
	same(t, value(), "1")
	load(t, w, said("page", pipeline.Public, 1, "2"))
	same(t, value(), "1")
	if n, err := w.RefreshStanding(t.Context()); err != nil || n != 1 {
		t.Errorf("refreshed %d regions, %v; want 1", n, err)
	}
	same(t, value(), "2")
	if n, err := w.RefreshStanding(t.Context()); err != nil || n != 0 {
		t.Errorf("with nothing new, refreshed %d regions, %v", n, err)
	}
	if behind, err := w.StandingBehind(t.Context()); err != nil || behind.Regions != 0 {
		t.Errorf("after the refresh latest is behind by %+v, %v", behind, err)
	}
}

// A refresh that was killed half way, and one that began earlier and ended later, do
// not change what the newest complete one says.
func TestRefreshesThatAreKilledOrLateChangeNothing(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, said("page", pipeline.Public, 0, "1"))
	refresh(t, w)
	seen := func() []string { return texts(t, w, "SELECT toString(value) FROM latest WHERE region = '140727'") }
	const copied = `INSERT INTO standing SELECT * REPLACE (toDecimal128(7, 10) AS value, as_of %s INTERVAL 1 HOUR AS as_of) FROM standing WHERE value = 1`
	execute(t, w, strings.Replace(copied, "%s", "+", 1)) // killed before it said so
	same(t, seen(), "1")
	execute(t, w, strings.Replace(copied, "%s", "-", 1), "INSERT INTO standing_as_of SELECT region, as_of - INTERVAL 1 HOUR FROM standing_as_of")
	same(t, seen(), "1")
	execute(t, w, "OPTIMIZE TABLE standing_as_of FINAL")
	same(t, seen(), "1")
}

// What vanished from a region vanishes from latest, also after the tables were merged.
func TestLatestForgetsWhatWasRetracted(t *testing.T) {
	w := warehousetest.Open(t)
	first := said("page", pipeline.Public, 0, "1")
	load(t, w, first)
	refresh(t, w)
	retraction := said("page", pipeline.Public, 1, "")
	retraction.Op, retraction.RawText, retraction.Sign, retraction.Prior, retraction.HalfWidth, retraction.ByteEnd = pipeline.Retract, "", 0, first.ID(), "", retraction.ByteStart
	load(t, w, retraction)
	refresh(t, w)
	same(t, texts(t, w, "SELECT toString(value) FROM latest"))
	execute(t, w, "OPTIMIZE TABLE standing FINAL")
	same(t, texts(t, w, "SELECT toString(value) FROM latest"))
}

func TestLatestFollowsTheRulesOfPrecedence(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, said("a-page", pipeline.Public, 0, "1"), said("b-table", pipeline.Public, 0, "2"))
	refresh(t, w)
	winner := func() []string { return texts(t, w, "SELECT toString(source) FROM latest") }
	same(t, winner(), "a-page")
	rule := pipeline.PrecedenceRule{Name: "authority", Indicators: []string{"gdp"}, From: pipeline.DateOf(1949, 1, 1), To: pipeline.DateOf(2099, 1, 1),
		Effective: pipeline.DateOf(2020, 1, 1), Sources: []string{"b-table"}, Reason: "it keeps the accounts"}
	if err := w.LoadPrecedence(t.Context(), []pipeline.PrecedenceRule{rule}); err != nil {
		t.Fatal(err)
	}
	refresh(t, w)
	same(t, winner(), "b-table")
	// A rule that was loaded long ago comes into effect: the refresh was before it.
	execute(t, w, "TRUNCATE TABLE standing_as_of", "INSERT INTO standing_as_of SELECT region, toDateTime64('2019-12-31 00:00:00', 3, 'UTC') FROM touched",
		"TRUNCATE TABLE touched", "INSERT INTO touched SELECT region, toDateTime64('2019-01-01 00:00:00', 3, 'UTC') FROM standing_as_of")
	if n, err := w.RefreshStanding(t.Context()); err != nil || n != 1 {
		t.Errorf("after a rule came into effect, refreshed %d regions, %v", n, err)
	}
}

// The server's clock is set back by an hour after a refresh.
func TestLatestGoesOnAfterTheClockWasSetBack(t *testing.T) {
	w := warehousetest.Open(t)
	load(t, w, said("page", pipeline.Public, 0, "1"))
	refresh(t, w)
	execute(t, w, "INSERT INTO standing SELECT * REPLACE (as_of + INTERVAL 1 HOUR AS as_of) FROM standing",
		"INSERT INTO standing_as_of SELECT region, as_of + INTERVAL 1 HOUR FROM standing_as_of")
	load(t, w, said("page", pipeline.Public, 1, "2"))
	refresh(t, w)
	same(t, texts(t, w, "SELECT toString(value) FROM latest"), "2")
}
