package worker

import (
	"slices"

	"zhibiao/pipeline"
)

// Readings is what the transformers do with readings beside making them. All of
// it is pure (promise 4).
type Readings struct {
	// Encode gives the canonical bytes of a reading, Decode takes them back.
	Encode func(*pipeline.Reading) ([]byte, error)
	Decode func([]byte) (*pipeline.Reading, error)
	// Diff gives the rows by which next differs from the baseline, nil for a first
	// reading.
	Diff func(baseline *pipeline.Reading, next pipeline.Reading) []pipeline.Observation
	// Stand fills next.Standing with what is published of the lineage once the rows
	// are.
	Stand func(baseline, next *pipeline.Reading, rows []pipeline.Observation)
	// DiffRefusals gives the refusals that are new, and closed those that are over.
	DiffRefusals func(baseline *pipeline.Reading, next pipeline.Reading) []pipeline.Refusal
	// Review notes in next what of it is held, against what is expected and what was
	// last accepted.
	Review func(baseline, next *pipeline.Reading, want pipeline.Yield)
	// Open gives a reading as far as it goes on: without what it holds.
	Open func(pipeline.Reading) pipeline.Reading
	// Release gives a reading without the holds that were accepted.
	Release func(reading pipeline.Reading, accepted []pipeline.Held) pipeline.Reading
}

// News is what a version adds to its lineage: what is published of it, and what a
// rebuild loads.
type News struct {
	Rows     []pipeline.Observation
	Refusals []pipeline.Refusal
	Document pipeline.DocumentRecord
}

// News compares the reading of a version with the one of its predecessor, nil for
// a first version. hash names the reading in the archive. It is pure (promise 4).
func (do Readings) News(doc pipeline.Document, baseline *pipeline.Reading, reading pipeline.Reading, hash string) News {
	open := do.Open(reading)
	rows := corrections(&reading)
	if !doc.Rereads {
		rows = do.changes(baseline, &open)
	}
	doc.Derivation.ID, doc.Derivation.No = reading.Origin.Derivation, reading.Origin.DerivationNo
	return News{
		Rows:     rows,
		Refusals: do.DiffRefusals(withStillOpen(baseline), open),
		Document: pipeline.DocumentRecord{
			Document:     doc,
			Complete:     open.Complete,
			Observations: len(reading.Observations),
			Rows:         len(rows),
			RowsDigest:   pipeline.RowsDigest(rows),
			Refusals:     len(reading.Refusals) + len(reading.StillOpen),
			Reading:      hash,
		},
	}
}

// Next reads a document with its body on top of the reading of its predecessor,
// nil for a first version, reviews it against what is expected, nil for nothing, and
// lets it stand. An error is a fault of the reader; a panic of it is one too.
func (do Readings) Next(reader pipeline.Reader, rules *pipeline.Rules, want *pipeline.Yield, doc pipeline.Document, baseline *pipeline.Reading) (next pipeline.Reading, err error) {
	defer recovered("the reader", &err)
	if next, err = reader.Read(doc, rules); err != nil {
		return pipeline.Reading{}, err
	}
	next.Bind()
	if want != nil {
		do.Review(baseline, &next, *want)
	}
	do.stand(baseline, &next)
	return next, nil
}

// corrections are what a version publishes that reads its lineage again.
func corrections(reading *pipeline.Reading) []pipeline.Observation {
	var rows []pipeline.Observation
	for i := range reading.Corrections {
		rows = append(rows, reading.Corrections[i].Rows...)
	}
	return rows
}

// changes are the rows by which a document differs from what stands. That one set
// of rules does not find what another found is no withdrawal (promise 6): where it
// was read wrongly a rereading retracts it, and else the next version withdraws it.
func (do Readings) changes(baseline, next *pipeline.Reading) []pipeline.Observation {
	rows := do.Diff(baseline, *next)
	if baseline == nil || baseline.Origin.Derivation == next.Origin.Derivation {
		return rows
	}
	return slices.DeleteFunc(rows, func(row pipeline.Observation) bool { return row.Op == pipeline.Withdraw })
}
