package worker

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
)

// archivedReading is a version's reading as the archive has it.
type archivedReading struct {
	reading pipeline.Reading
	hash    string
}

// readChain returns the reading of a document and the one of its predecessor, nil
// for a first version. Where readings are missing in the archive, it goes back to
// the last version that has one (or to the first version) and reads forward from
// there.
func (t *Transform) readChain(ctx context.Context, doc pipeline.Document) (*pipeline.Reading, archivedReading, error) {
	var baseline *pipeline.Reading
	chain := []pipeline.Document{doc} // newest first
	seen := map[string]bool{doc.Version: true}
	for version := doc.Predecessor; version != ""; {
		found, ok, err := t.fromArchive(ctx, version)
		if err != nil {
			return nil, archivedReading{}, err
		}
		if ok {
			baseline = &found.reading
			break
		}
		if seen[version] {
			return nil, archivedReading{}, pipeline.Permanent(fmt.Errorf("version %s is its own predecessor", version))
		}
		seen[version] = true
		predecessor, err := t.archive.Metadata(ctx, version)
		if err != nil {
			return nil, archivedReading{}, t.waits(fmt.Errorf("going back from version %s: %w", doc.Version, err))
		}
		chain = append(chain, predecessor)
		version = predecessor.Predecessor
	}
	for i := len(chain) - 1; ; i-- {
		next, err := t.readOnce(ctx, chain[i], baseline)
		if err != nil || i == 0 {
			return baseline, next, err
		}
		baseline = &next.reading
	}
}

func (t *Transform) fromArchive(ctx context.Context, version string) (archivedReading, bool, error) {
	content, ok, err := t.archive.Reading(ctx, version)
	var damaged *archive.DamagedError
	if errors.As(err, &damaged) { // it is made again, and the file with it
		t.log.Error("an archived reading is damaged", zap.String("version", version), zap.Error(err))
		return archivedReading{}, false, nil
	}
	if err != nil || !ok {
		return archivedReading{}, false, err
	}
	reading, err := t.do.Decode(content)
	if err != nil {
		return archivedReading{}, false, pipeline.RetryAfter(fmt.Errorf("decoding the reading of %s: %w: is the program older than the archive?", version, err), t.config.MissingPause)
	}
	reading.Bind()
	return archivedReading{*reading, pipeline.HashBody(content)}, true, nil
}

// readOnce returns the one reading of a version: the archived one, or the one
// that it makes and archives now. Whatever is published of a version comes from
// it, also after a kill and also where the rules have changed since.
func (t *Transform) readOnce(ctx context.Context, doc pipeline.Document, baseline *pipeline.Reading) (archivedReading, error) {
	if found, ok, err := t.fromArchive(ctx, doc.Version); err != nil || ok {
		return found, err
	}
	read := t.read
	switch {
	case doc.Rereads:
		read = t.reread
	case doc.Accepts != "":
		read = t.release
	}
	reading, err := read(ctx, doc, baseline)
	if err != nil {
		return archivedReading{}, err
	}
	encoded, err := t.do.Encode(&reading)
	if err != nil {
		return archivedReading{}, pipeline.Permanent(err)
	}
	hash, err := t.archive.PutReading(ctx, doc.Version, encoded)
	if errors.Is(err, archive.ErrOtherReading) {
		found, ok, err := t.fromArchive(ctx, doc.Version)
		if err == nil && !ok {
			err = pipeline.RetryAfter(fmt.Errorf(
				"version %s was read under other rules, and its reading is damaged: it cannot be made again; restore it from a backup", doc.Version), t.config.MissingPause)
		}
		return found, err
	}
	return archivedReading{reading, hash}, err
}

// waits makes a fault of the archive about one document let this document wait,
// and no other: its file is missing or damaged until somebody mends the archive.
// That is an outage and never a dead letter (promise 5). Other errors stay.
func (t *Transform) waits(err error) error {
	var damaged *archive.DamagedError
	if errors.As(err, &damaged) || errors.Is(err, archive.ErrNotFound) {
		return pipeline.RetryAfter(err, t.config.MissingPause)
	}
	return err
}

// read reads one version under the present rules; what waited while the rules
// changed is read under the new ones, and says so. Faults of the reader are tried
// again here, since the same input has no more to say later, and then set the
// document aside; whatever keeps the body or the rules away is an outage and
// counts nothing (promise 5).
func (t *Transform) read(ctx context.Context, doc pipeline.Document, baseline *pipeline.Reading) (pipeline.Reading, error) {
	reader, rules, derivation, err := t.rules(ctx, doc)
	if err != nil {
		return pipeline.Reading{}, fmt.Errorf("finding the rules of %s: %w", doc.Source, err)
	}
	return t.readUnder(ctx, reader, rules, derivation, doc, baseline)
}

func (t *Transform) readUnder(ctx context.Context, reader pipeline.Reader, rules *pipeline.Rules, derivation pipeline.Derivation, doc pipeline.Document, baseline *pipeline.Reading) (_ pipeline.Reading, err error) {
	doc.Derivation = derivation
	if doc.Body, err = t.archive.Body(ctx, doc.Hash); err != nil {
		return pipeline.Reading{}, t.waits(fmt.Errorf("fetching the body of version %s: %w", doc.Version, err))
	}
	var faults error
	for range t.config.FaultLimit {
		next, err := t.do.Next(reader, rules, rules.Expect, doc, baseline)
		if err == nil {
			return next, nil
		}
		faults = err
	}
	return pipeline.Reading{}, pipeline.Permanent(&faultsError{doc: doc, attempts: t.config.FaultLimit, last: faults})
}

// faultsError says that the reader failed at a document each time it was tried.
type faultsError struct {
	doc      pipeline.Document
	attempts int
	last     error
}

func (e *faultsError) Error() string {
	return fmt.Sprintf("reading version %s (document %s, %s) failed %d times: %v", e.doc.Version, e.doc.Hash, e.doc.URL, e.attempts, e.last)
}

func (e *faultsError) Unwrap() error { return e.last }

// Attempts is how often it was tried, for the dead letter.
func (e *faultsError) Attempts() int { return e.attempts }
