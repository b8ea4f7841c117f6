// Package ndjson writes observations and refusals as one JSON object a line, for dry
// runs, tests and the command extract.
package ndjson

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"zhibiao/pipeline"
)

// Observation is the line of an observation. Value is an exact decimal in Unit, null
// for none; Quote is the number as printed, with its unit.
type Observation struct {
	Kind      string          `json:"kind"`         // observation
	Op        pipeline.Op     `json:"op,omitempty"` // only where it is not assert
	Indicator string          `json:"indicator"`
	Region    string          `json:"region"`
	Freq      pipeline.Freq   `json:"freq"`
	Basis     pipeline.Basis  `json:"basis"`
	Period    string          `json:"period"` // label, such as 2024-Q2
	Dims      string          `json:"dims,omitempty"`
	Value     *string         `json:"value"`
	Unit      string          `json:"unit"`
	Status    pipeline.Status `json:"status,omitempty"`
	Flags     []pipeline.Flag `json:"flags"`
	Quote     string          `json:"quote"`
	Locator   string          `json:"locator"`
	ByteStart uint32          `json:"byte_start"`
	ByteEnd   uint32          `json:"byte_end"`
}

// Refusal is the line of a refusal; Count is how many numbers it stands for, the place
// is the first one's.
type Refusal struct {
	Kind      string          `json:"kind"` // refusal
	Reason    pipeline.Reason `json:"reason"`
	Label     string          `json:"label"`
	Table     string          `json:"table,omitempty"`
	Indicator string          `json:"indicator,omitempty"`
	Detail    string          `json:"detail"`
	Count     int             `json:"count"`
	Closed    bool            `json:"closed,omitempty"`
	Quote     string          `json:"quote,omitempty"`
	Locator   string          `json:"locator,omitempty"`
	ByteStart uint32          `json:"byte_start"`
	ByteEnd   uint32          `json:"byte_end"`
}

// Write writes the observations, then the refusals, each in the order given, without
// HTML escaping. The output depends on nothing but the input.
func Write(w io.Writer, observations []pipeline.Observation, refusals []pipeline.Refusal) error {
	buffered := bufio.NewWriterSize(w, 1<<16)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	for i := range observations {
		if err := encoder.Encode(observationLine(&observations[i])); err != nil {
			return fmt.Errorf("writing observation %d: %w", i, err)
		}
	}
	for i := range refusals {
		if err := encoder.Encode(refusalLine(&refusals[i])); err != nil {
			return fmt.Errorf("writing refusal %d: %w", i, err)
		}
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("writing lines: %w", err)
	}
	return nil
}

func observationLine(o *pipeline.Observation) Observation {
	line := Observation{
		Kind: "observation", Indicator: o.Indicator, Region: o.Region,
		Freq: o.Period.Freq, Basis: o.Period.Basis, Period: o.Period.Label(), Dims: o.Dims,
		Unit: o.Unit, Status: o.Status, Flags: o.Flags, Quote: o.RawText + o.RawUnit,
		Locator: o.Locator, ByteStart: o.ByteStart, ByteEnd: o.ByteEnd,
	}
	if o.Op != pipeline.Assert {
		line.Op = o.Op
	}
	if o.Value != "" {
		line.Value = &o.Value
	}
	if line.Flags == nil {
		line.Flags = []pipeline.Flag{}
	}
	return line
}

func refusalLine(r *pipeline.Refusal) Refusal {
	return Refusal{
		Kind: "refusal", Reason: r.Reason, Label: r.Label, Table: r.Table, Indicator: r.Indicator,
		Detail: r.Detail, Count: r.Count, Closed: r.Closed, Quote: r.Quote,
		Locator: r.Locator, ByteStart: r.ByteStart, ByteEnd: r.ByteEnd,
	}
}

// Loader writes each batch to a writer. Unlike a warehouse it stores a row twice that
// it is given twice; it is for looking at, not for keeping.
type Loader struct {
	mu sync.Mutex
	w  io.Writer
}

var (
	_ pipeline.Loader       = (*Loader)(nil)
	_ pipeline.RecordLoader = (*Loader)(nil)
)

// New returns a loader that writes to w, whole lines at a time, from any number of
// goroutines.
func New(w io.Writer) *Loader { return &Loader{w: w} }

// Load writes observations.
func (l *Loader) Load(ctx context.Context, batch []pipeline.Observation) error {
	return l.write(ctx, func() error { return Write(l.w, batch, nil) })
}

// LoadRefusals writes refusals.
func (l *Loader) LoadRefusals(ctx context.Context, batch []pipeline.Refusal) error {
	return l.write(ctx, func() error { return Write(l.w, nil, batch) })
}

// LoadRecords writes records with the kind document, confirmation or run.
func (l *Loader) LoadRecords(ctx context.Context, batch []pipeline.Record) error {
	return l.write(ctx, func() error {
		encoder := json.NewEncoder(l.w)
		encoder.SetEscapeHTML(false)
		for i, r := range batch {
			line, err := recordLine(r)
			if err != nil {
				return fmt.Errorf("writing record %d: %w", i, err)
			}
			if err := encoder.Encode(line); err != nil {
				return fmt.Errorf("writing record %d: %w", i, err)
			}
		}
		return nil
	})
}

func (l *Loader) write(ctx context.Context, lines func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return lines()
}

func recordLine(r pipeline.Record) (any, error) {
	switch {
	case r.Document != nil:
		return struct {
			Kind string `json:"kind"`
			*pipeline.DocumentRecord
		}{"document", r.Document}, nil
	case r.Confirmation != nil:
		return struct {
			Kind string `json:"kind"`
			*pipeline.Confirmation
		}{"confirmation", r.Confirmation}, nil
	case r.Run != nil:
		return struct {
			Kind string `json:"kind"`
			*pipeline.Run
		}{"run", r.Run}, nil
	}
	return nil, errors.New("it is empty")
}
