// Package contract checks that a stage keeps what the comments in package
// pipeline promise, whatever it is made of.
package contract

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"zhibiao/pipeline"
)

// Store is a loader with what the checker needs to see and to break.
type Store struct {
	Loader pipeline.Loader
	// Rows counts what a reader of the warehouse sees, by the observation's id.
	Rows func(ctx context.Context) (map[string]int, error)
	// Outage takes the warehouse away until restore is called. nil leaves out the
	// checks of transient failures.
	Outage func() (restore func())
	// LostAnswer makes the next load durable and its answer an error. nil leaves
	// the check out.
	LostAnswer func()
	// Poison makes an observation one that the warehouse can never take. nil leaves
	// out the checks of permanent failures.
	Poison func(*pipeline.Observation)
}

// CheckLoader runs a loader through success, repetition, transient and permanent
// failures, and counts ids after each. open makes a store without rows.
func CheckLoader(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, check := range []struct {
		name string
		run  func(*testing.T, Store)
	}{
		{"an empty batch is loaded", checkEmpty},
		{"every row is there once", checkSuccess},
		{"loading twice equals loading once", checkTwice},
		{"overlapping batches load each row once", checkOverlap},
		{"two documents that say the same are two rows", checkTwoDocuments},
		{"a withdrawal and a NULL are rows", checkOps},
		{"an outage loads nothing for good and names no rows", checkOutage},
		{"a load whose answer was lost is repeated without harm", checkLostAnswer},
		{"a row that never loads is named and the rest is there", checkPoison},
		{"a batch of rows that never load names them all", checkAllPoison},
		{"a context that has ended is an outage", checkCancelled},
	} {
		t.Run(check.name, func(t *testing.T) { check.run(t, open(t)) })
	}
}

// Batch returns n observations of one document that differ in key and place.
// Batches of different names never share a row.
func Batch(name string, n int) []pipeline.Observation {
	at := time.UnixMilli(1_700_000_000_123).UTC()
	doc := pipeline.NewDocument(pipeline.RawDocument{
		Source: "contract", Supplier: pipeline.Public, Access: pipeline.AccessPublic, Method: "GET",
		URL: "https://contract.example.cn/" + name, FetchedAt: at, Body: []byte("body of " + name),
		PublishedAt: pipeline.DayStamp(pipeline.DateOf(2024, 3, 1)),
	}, "", pipeline.Derivation{ID: pipeline.ContentID("contract"), No: 1, EffectiveAt: at.Add(-time.Hour)})
	origin := doc.Origin()
	rows := make([]pipeline.Observation, n)
	for i := range rows {
		value := fmt.Sprintf("%d.25", i+1)
		rows[i] = pipeline.Observation{
			Origin: origin, Indicator: "gdp", Region: "140726", Period: pipeline.YearPeriod(1949+i%76, pipeline.Flow),
			Dims: fmt.Sprintf("n=%d", i/76), Op: pipeline.Assert, Value: value, Unit: "亿元", Decimals: 2, HalfWidth: "0.005",
			Status: pipeline.First, Flags: []pipeline.Flag{pipeline.FlagEstimated}, Access: pipeline.AccessPublic,
			RawText: value, RawUnit: "亿元", Sign: pipeline.Plus, Locator: fmt.Sprintf("table[1]/tr[%d]/td[2]", i+1),
			ByteStart: uint32(100 + 20*i), ByteEnd: uint32(100 + 20*i + len(value)),
		}
	}
	return rows
}

func load(t *testing.T, store Store, rows []pipeline.Observation) {
	t.Helper()
	if err := store.Loader.Load(t.Context(), rows); err != nil {
		t.Fatalf("loading %d rows: %v", len(rows), err)
	}
}

// expect compares the store with the rows of the batches, each once.
func expect(t *testing.T, store Store, batches ...[]pipeline.Observation) {
	t.Helper()
	want := map[string]int{}
	for _, rows := range batches {
		for i := range rows {
			want[rows[i].ID()] = 1
		}
	}
	got, err := store.Rows(t.Context())
	if err != nil {
		t.Fatalf("counting rows: %v", err)
	}
	if maps.Equal(got, want) {
		return
	}
	missing, surplus := 0, 0
	for id := range want {
		if got[id] == 0 {
			missing++
		}
	}
	for id, n := range got {
		surplus += n - want[id]
	}
	t.Errorf("%d ids are there, want %d: %d missing, %d rows too many", len(got), len(want), missing, max(surplus, 0))
}

func checkEmpty(t *testing.T, store Store) {
	load(t, store, nil)
	expect(t, store)
}

func checkSuccess(t *testing.T, store Store) {
	rows := Batch("success", 500)
	load(t, store, rows)
	expect(t, store, rows)
}

func checkTwice(t *testing.T, store Store) {
	rows := Batch("twice", 200)
	for range 3 {
		load(t, store, rows)
	}
	expect(t, store, rows)
}

func checkOverlap(t *testing.T, store Store) {
	rows, other := Batch("overlap", 90), Batch("other", 30)
	load(t, store, rows[:60])
	load(t, store, append(append([]pipeline.Observation{}, rows[30:]...), other...))
	load(t, store, append(append([]pipeline.Observation{}, other...), rows[:10]...))
	expect(t, store, rows, other)
}

func checkTwoDocuments(t *testing.T, store Store) {
	one, two := Batch("one", 20), Batch("two", 20)
	load(t, store, one)
	load(t, store, two)
	expect(t, store, one, two)
}

func checkOps(t *testing.T, store Store) {
	asserted, later := Batch("ops", 4), Batch("ops-later", 4)
	for i := range later {
		later[i].Prior, later[i].Op = asserted[i].ID(), pipeline.Withdraw
		later[i].ByteStart, later[i].ByteEnd = 0, 0
	}
	later[2].Op = pipeline.Retract
	later[3].Op, later[3].Prior, later[3].Value, later[3].HalfWidth = pipeline.Assert, "", "", ""
	later[3].Flags = []pipeline.Flag{pipeline.FlagNotAvailable}
	load(t, store, append(asserted, later...))
	expect(t, store, asserted, later)
}

func checkOutage(t *testing.T, store Store) {
	if store.Outage == nil {
		t.Skip("the store cannot be taken away")
	}
	before, during := Batch("before", 50), Batch("during", 50)
	load(t, store, before)
	restore := store.Outage()
	for range 3 {
		mustBeOutage(t, store.Loader.Load(t.Context(), during))
	}
	restore()
	load(t, store, during)
	expect(t, store, before, during)
}

func mustBeOutage(t *testing.T, err error) {
	t.Helper()
	var rows *pipeline.RowsError
	switch {
	case err == nil:
		t.Fatal("a load that cannot be durable reports success") // promise 1
	case errors.As(err, &rows):
		t.Fatalf("an outage names %d rows, which would become dead letters: %v", len(rows.Failed), err) // promise 5
	case pipeline.IsPermanent(err):
		t.Fatalf("an outage is called permanent: %v", err) // promise 5
	}
}

func checkLostAnswer(t *testing.T, store Store) {
	if store.LostAnswer == nil {
		t.Skip("the store cannot lose an answer")
	}
	rows := Batch("lost-answer", 50)
	store.LostAnswer()
	mustBeOutage(t, store.Loader.Load(t.Context(), rows))
	load(t, store, rows)
	expect(t, store, rows)
}

func checkPoison(t *testing.T, store Store) {
	if store.Poison == nil {
		t.Skip("the store takes everything")
	}
	rows := Batch("poison", 100)
	poisoned := map[int]bool{0: true, 41: true, 99: true}
	var good []pipeline.Observation
	for i := range rows {
		if poisoned[i] {
			store.Poison(&rows[i])
		} else {
			good = append(good, rows[i])
		}
	}
	for range 2 {
		mustName(t, store.Loader.Load(t.Context(), rows), poisoned)
		expect(t, store, good)
	}
}

func checkAllPoison(t *testing.T, store Store) {
	if store.Poison == nil {
		t.Skip("the store takes everything")
	}
	rows := Batch("all-poison", 3)
	all := map[int]bool{}
	for i := range rows {
		store.Poison(&rows[i])
		all[i] = true
	}
	mustName(t, store.Loader.Load(t.Context(), rows), all)
	expect(t, store)
}

func mustName(t *testing.T, err error, want map[int]bool) {
	t.Helper()
	var rows *pipeline.RowsError
	if !errors.As(err, &rows) {
		t.Fatalf("got %v, want a RowsError", err)
	}
	for i, reason := range rows.Failed {
		if !want[i] {
			t.Errorf("row %d is good but named: %v", i, reason)
		}
		if reason == nil || reason.Error() == "" {
			t.Errorf("row %d is named without a reason", i)
		}
	}
	for i := range want {
		if _, named := rows.Failed[i]; !named {
			t.Errorf("row %d can never load but is not named", i)
		}
	}
}

func checkCancelled(t *testing.T, store Store) {
	rows := Batch("cancelled", 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	mustBeOutage(t, store.Loader.Load(ctx, rows))
	load(t, store, rows)
	expect(t, store, rows)
}
