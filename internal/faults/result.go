package faults

import (
	"fmt"
	"time"
)

// Result is one run of one row of the matrix, as the ledger of a long run keeps it.
type Result struct {
	Row       string    `json:"row"`
	Seed      uint64    `json:"seed"`
	Faults    int       `json:"faults"`            // that were injected and took effect
	Kills     int       `json:"kills,omitempty"`   // of them SIGKILLs of a process that was at work
	Published int       `json:"published"`         // numbers that were acknowledged as received
	Loaded    int       `json:"loaded"`            // rows of the warehouse, read with FINAL
	Lost      int       `json:"lost"`              // of the published
	Doubled   int       `json:"doubled"`           // rows
	Wrong     int       `json:"wrong"`             // rows that were never published
	Dead      uint64    `json:"dead,omitempty"`    // dead letters beyond those that the row asks for
	Recovery  float64   `json:"recovery_s"`        // seconds from the end of the last fault until everything was there
	Note      string    `json:"note,omitempty"`    // what else was measured
	Failure   string    `json:"failure,omitempty"` // why the run does not count as kept
	Missing   string    `json:"missing,omitempty"` // why the row was not run on this machine
	At        time.Time `json:"at"`                // of the end of the run
	Took      float64   `json:"took_s"`            // seconds of the whole run
	Version   string    `json:"version,omitempty"` // commit of the tree
}

// Judged takes the verdict over.
func (r *Result) Judged(v Verdict) {
	r.Published, r.Loaded, r.Lost, r.Doubled, r.Wrong = v.Owed, v.Found, v.Lost, v.Doubled, v.Wrong
}

// Kept reports whether the run kept every promise.
func (r *Result) Kept() bool {
	return r.Missing == "" && r.Failure == "" && r.Lost == 0 && r.Doubled == 0 && r.Wrong == 0 && r.Dead == 0
}

// String is one line for the output of the test.
func (r *Result) String() string {
	return fmt.Sprintf("row %s seed %d: %d faults (%d kills), %d published, %d loaded, %d lost, %d doubled, %d wrong, %d dead letters, recovery %.1f s, %.1f s in all %s",
		r.Row, r.Seed, r.Faults, r.Kills, r.Published, r.Loaded, r.Lost, r.Doubled, r.Wrong, r.Dead, r.Recovery, r.Took, r.Note)
}

// Latest returns the last result of every (row, seed), in the order in which they
// first came.
func Latest(results []Result) []Result {
	type run struct {
		row  string
		seed uint64
	}
	place := map[run]int{}
	var latest []Result
	for _, r := range results {
		key := run{r.Row, r.Seed}
		if i, known := place[key]; known {
			latest[i] = r
			continue
		}
		place[key] = len(latest)
		latest = append(latest, r)
	}
	return latest
}
