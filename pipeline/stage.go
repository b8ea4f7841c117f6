package pipeline

import (
	"context"
	"time"
)

// Window is the stretch of reference periods and the regions that a collection
// asks for. Zero dates and no regions mean all that the source's file names.
type Window struct {
	From, To Date // first day of the first period, last day of the last
	Regions  []string
}

// Collector visits one source.
type Collector interface {
	// Collect visits the source for one window and hands each document to emit, in
	// order. emit returns once the document is durable; its error ends the
	// collection. Pages that fail are reported together at the end, wrapped in the
	// error, after all others were emitted.
	Collect(ctx context.Context, window Window, emit func(context.Context, RawDocument) error) error
}

// Reader reads one document under one set of rules. What it cannot read is in
// Reading.Refusals, never dropped. No I/O, no clock, no randomness (promise 4).
// An error means a fault of the reader itself, never of the document.
type Reader interface {
	Read(doc Document, rules *Rules) (Reading, error)
}

// Loader stores observations.
type Loader interface {
	// Load stores the batch. nil: all rows durable. *RowsError: those rows never
	// will be, the rest are. Any other error: nothing is known; deliver again.
	// Idempotent (promise 3).
	Load(ctx context.Context, batch []Observation) error
}

// RecordLoader stores what the pipeline says about its own work, with the same
// contract as Loader. A *RowsError counts over the slice given.
type RecordLoader interface {
	LoadRefusals(ctx context.Context, batch []Refusal) error
	LoadRecords(ctx context.Context, batch []Record) error
}

// Record is one fact about the pipeline's work, for the small tables. Exactly
// one field is set.
type Record struct {
	Document     *DocumentRecord `json:"document,omitempty"`
	Confirmation *Confirmation   `json:"confirmation,omitempty"`
	Run          *Run            `json:"run,omitempty"`
}

// DocumentRecord says that a document version was archived and read, and how
// many rows it published: the reconciliation compares them with the warehouse.
type DocumentRecord struct {
	Document
	Complete     bool   `json:"complete"`
	Observations int    `json:"observations"` // in the document
	Rows         int    `json:"rows"`         // published: new, changed, withdrawn
	RowsDigest   string `json:"rows_digest"`  // RowsDigest of the published rows
	Refusals     int    `json:"refusals"`     // open
	Reading      string `json:"reading"`      // hash of the archived reading
}

// Confirmation says that a lineage was fetched again and still said the same.
type Confirmation struct {
	Source      string    `json:"source"`
	Lineage     string    `json:"lineage"`
	Version     string    `json:"version"`
	Document    string    `json:"document"`
	ConfirmedAt time.Time `json:"confirmed_at"`
}

// Run is one run of one source.
type Run struct {
	ID         string    `json:"id"`
	Source     string    `json:"source"`
	Trigger    string    `json:"trigger"` // nightly, manual, backfill, demo
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
	Fetched    int       `json:"fetched"`   // documents received
	New        int       `json:"new"`       // of them new or changed
	Confirmed  int       `json:"confirmed"` // of them unchanged
	Failures   []string  `json:"failures,omitempty"`
}
