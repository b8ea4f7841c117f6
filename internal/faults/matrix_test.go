package faults_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"zhibiao/internal/faults"
)

// row is a row of the fault matrix.
type row struct {
	id    string // number of docs/reliability.md
	short bool   // part of the short form
	seeds int    // of the long form
	run   func(*trial)
}

// trial is one run of a row: everything random comes from its seed.
type trial struct {
	*testing.T
	faults.Result
	seed   uint64
	random *rand.Rand
	last   time.Time // end of the last fault
}

// shortBudget is after how long the short form begins no further row, so that it ends
// within three minutes also on a busy machine.
const shortBudget = 2 * time.Minute

// fewest is how many acknowledged numbers a run has to judge to prove anything.
const fewest = 1000

// Every fault, at random moments, against the command as it ships: no number is lost,
// none is there twice, none is wrong (promises 1 to 7).
func TestFaultMatrix(t *testing.T) {
	results := openResults(t)
	began, bound := time.Now(), *budget
	if bound == 0 && !*long && *only == "" {
		bound = shortBudget
	}
	for round := range rounds() {
		for _, r := range rows {
			if !r.chosen() || round >= r.runs() {
				continue
			}
			if bound > 0 && time.Since(began) > bound {
				t.Logf("row %s, round %d: not begun, the time is up", r.id, round+1)
				continue
			}
			seed := firstSeed() + uint64(round)
			if results.done(r.id, seed) {
				continue
			}
			t.Run(fmt.Sprintf("row=%s/seed=%d", r.id, seed), func(t *testing.T) { results.add(r.try(t, seed)) })
		}
	}
}

func (r row) chosen() bool {
	if *only != "" {
		return slices.Contains(strings.Split(*only, ","), r.id)
	}
	return *long || r.short
}

func (r row) runs() int {
	switch {
	case *seeds > 0:
		return *seeds
	case *long:
		return r.seeds
	}
	return 1
}

// rounds are the most runs that a row has: one seed of every row comes before the
// second of any.
func rounds() int {
	most := 1
	for _, r := range rows {
		most = max(most, r.runs())
	}
	return most
}

var shortSeed = uint64(time.Now().UnixNano() % 1_000_000)

func firstSeed() uint64 {
	switch {
	case *first != 0:
		return *first
	case *long:
		return 1
	}
	return shortSeed
}

// try runs a row once and judges the run.
func (r row) try(t *testing.T, seed uint64) faults.Result {
	began := time.Now()
	trial := &trial{T: t, seed: seed, random: rand.New(rand.NewPCG(seed, 0)), Result: faults.Result{Row: r.id, Seed: seed}}
	func() {
		defer func() { // a test that fails or skips leaves the goroutine, so the result is settled here
			if t.Failed() && trial.Failure == "" {
				trial.Failure = "the run failed; its output says why"
			}
		}()
		t.Run("run", func(t *testing.T) {
			trial.T = t
			r.run(trial)
		})
	}()
	trial.T = t
	trial.At, trial.Took, trial.Version = time.Now().UTC().Truncate(time.Second), time.Since(began).Seconds(), commit()
	if trial.Missing == "" && trial.Failure == "" {
		t.Log(trial.String())
		if !trial.Kept() {
			t.Error("the run did not keep every promise")
		}
	}
	return trial.Result
}

// skip ends a row that this machine cannot do, with a word why.
func (t *trial) skip(why string) {
	t.Helper()
	t.Missing = why
	t.Skip(why)
}

// faultEnded notes that the last fault has come to its end now.
func (t *trial) faultEnded() { t.last = time.Now() }

// settle takes a verdict over; it has to be about enough numbers.
func (t *trial) settle(v faults.Verdict) {
	t.Helper()
	t.Judged(v)
	if !t.last.IsZero() {
		t.Recovery = time.Since(t.last).Seconds()
	}
	if !v.Kept() {
		t.Error(v)
	}
	if v.Owed < fewest {
		t.Errorf("%d numbers prove too little, want %d", v.Owed, fewest)
	}
	if t.Faults == 0 {
		t.Error("no fault took effect")
	}
}

// results is the ledger of a long run, nothing in the short form.
type results struct {
	testing.TB
	known  []faults.Result
	ledger *faults.Ledger[faults.Result]
}

func openResults(t *testing.T) *results {
	t.Helper()
	r := &results{TB: t}
	if !*long || *ledger == "" {
		return r
	}
	var err error
	if r.known, err = faults.ReadLedger[faults.Result](*ledger); err != nil {
		t.Fatal(err)
	}
	if r.ledger, err = faults.OpenLedger[faults.Result](*ledger); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.ledger.Close() })
	return r
}

// done reports whether a run is in the ledger; one that failed is run again.
func (r *results) done(row string, seed uint64) bool {
	return slices.ContainsFunc(r.known, func(k faults.Result) bool { return k.Row == row && k.Seed == seed && (k.Kept() || k.Missing != "") })
}

func (r *results) add(result faults.Result) {
	if r.ledger == nil {
		return
	}
	if err := r.ledger.Append(result); err != nil {
		r.Fatal(err)
	}
}
