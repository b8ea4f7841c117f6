package rebuild

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"zhibiao/pipeline"
	"zhibiao/pipeline/worker"
)

// faultLimit is how often a reader may fail at a version, as in the transforming
// loop.
const faultLimit = 3

// present is what a source is read with now; reader is nil where it has no file.
type present struct {
	reader pipeline.Reader
	rules  *pipeline.Rules
}

// remake makes one lineage again, version by version, each compared with the one
// before it. Where a version cannot be made, those that follow it cannot either:
// compared with an older one they could miss a number that went there and back.
func (r *running) remake(ctx context.Context, chain Chain, made chan<- worker.News) error {
	var baseline *pipeline.Reading
	var past []worker.Past // only where a version needs it
	for i, version := range chain.versions {
		news, reading, accepted, err := r.version(ctx, version.String(), baseline, past)
		var problem Problem
		if errors.As(err, &problem) {
			r.note(problem)
			for _, follower := range chain.versions[i+1:] {
				r.note(Problem{Source: problem.Source, Lineage: chain.Lineage(), Version: follower.String(), Lost: true,
					Err: fmt.Errorf("it follows version %s, which cannot be made", problem.Version)})
			}
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case made <- news:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if chain.rereads {
			past = append(past, worker.Past{Document: news.Document.Document, Rows: slices.Clone(news.Rows), Accepted: accepted})
		}
		baseline = reading
	}
	r.noteHeld(chain, baseline)
	return nil
}

// version makes one version. A Problem as its error says that it cannot be made.
func (r *running) version(ctx context.Context, version string, baseline *pipeline.Reading, past []worker.Past) (worker.News, *pipeline.Reading, pipeline.Acceptance, error) {
	fail := func(err error) (worker.News, *pipeline.Reading, pipeline.Acceptance, error) {
		return worker.News{}, nil, pipeline.Acceptance{}, err
	}
	doc, err := r.config.Archive.Metadata(ctx, version)
	if isDamage(err) {
		return fail(Problem{Version: version, Lost: true, Err: err})
	}
	if err != nil {
		return fail(err)
	}
	v := making{running: r, doc: doc, past: past}
	if err := v.look(ctx); err != nil {
		return fail(err)
	}
	make := v.make
	if doc.Accepts != "" {
		make = v.release
	}
	reading, hash, err := make(ctx, baseline)
	if err != nil {
		return fail(err)
	}
	return r.config.Readings.News(doc, baseline, *reading, hash), reading, v.accepted, nil
}

// making is one version under way.
type making struct {
	*running
	doc      pipeline.Document // without its body
	past     []worker.Past     // of a version that reads its lineage again
	present  present
	body     []byte
	noBody   error  // why the body is not there
	archived []byte // the reading in the archive, nil for none
	origin   pipeline.Origin
	expected *pipeline.Yield     // what the archived reading was reviewed against
	damaged  error               // why an archived reading is not there
	accepted pipeline.Acceptance // by which it releases what was held
}

func (v *making) problem(lost bool, err error) Problem {
	return Problem{Source: v.doc.Source, Lineage: v.doc.Lineage, Version: v.doc.Version, Document: v.doc.Hash, URL: v.doc.URL, Lost: lost, Err: err}
}

// look gets what the archive has of the version. The body is read also where an
// older reading is replayed, because a trace needs it. A damaged file is noted.
func (v *making) look(ctx context.Context) error {
	var err error
	if v.present, err = v.presentRules(v.doc.Source); err != nil {
		return err
	}
	if v.body, err = v.config.Archive.Body(ctx, v.doc.Hash); isDamage(err) {
		v.noBody = err
	} else if err != nil {
		return err
	}
	v.archived, _, err = v.config.Archive.Reading(ctx, v.doc.Version)
	if isDamage(err) {
		v.damaged = err
	} else if err != nil {
		return err
	}
	if v.archived != nil {
		if v.origin, v.expected, err = frontOf(v.archived); err != nil {
			return fmt.Errorf("decoding the reading of version %s: %w: is the program older than the archive?", v.doc.Version, err)
		}
		v.learn()
	}
	return nil
}

// learn notes a derivation that the metadata do not have: the version waited while
// the rules changed, so what its rows say of known_at is when they took effect.
func (v *making) learn() {
	if v.ownDerivation() || v.doc.Accepts != "" { // of the latter known_at is when it was accepted
		return
	}
	learned := pipeline.Derivation{ID: v.origin.Derivation, No: v.origin.DerivationNo, EffectiveAt: v.origin.KnownAt}
	v.count(func(report *Report) {
		all := report.Derivations[v.doc.Source]
		if !slices.ContainsFunc(all, func(d pipeline.Derivation) bool { return d.No == learned.No }) {
			report.Derivations[v.doc.Source] = append(all, learned)
		}
	})
}

// ownDerivation reports whether the version was read as its metadata say.
func (v *making) ownDerivation() bool {
	return v.origin.Derivation == v.doc.Derivation.ID && v.origin.DerivationNo == v.doc.Derivation.No
}

// make gives the version's reading, standing on the baseline, and its hash.
func (v *making) make(ctx context.Context, baseline *pipeline.Reading) (*pipeline.Reading, string, error) {
	old := v.archived != nil && !v.underPresentRules(v.origin.Derivation)
	lost := v.damaged != nil && !v.underPresentRules(v.doc.Derivation.ID)
	switch {
	case old || v.archived != nil && v.noBody != nil:
		if v.noBody != nil {
			v.note(v.problem(false, fmt.Errorf("its rows were made from the archived reading: %w", v.noBody)))
		}
		return v.replay()
	case lost:
		return nil, "", v.problem(true, fmt.Errorf("older rules read it, and their reading is gone: %w", v.damaged))
	case v.noBody != nil:
		return nil, "", v.problem(true, v.noBody)
	case v.present.reader == nil:
		return nil, "", v.problem(true, fmt.Errorf("it was never read and %w", ErrNoRules))
	}
	if v.damaged != nil {
		v.note(v.problem(false, fmt.Errorf("it was read afresh: %w", v.damaged)))
	}
	return v.afresh(ctx, baseline)
}

func (v *making) underPresentRules(derivation string) bool {
	return v.present.rules != nil && derivation == v.present.rules.ID
}

// replay takes the archived reading for what it is.
func (v *making) replay() (*pipeline.Reading, string, error) {
	reading, err := v.config.Readings.Decode(v.archived)
	if err != nil {
		return nil, "", fmt.Errorf("decoding the reading of version %s: %w: is the program older than the archive?", v.doc.Version, err)
	}
	reading.Bind()
	v.count(func(report *Report) { report.Replayed++ })
	return reading, pipeline.HashBody(v.archived), nil
}

// afresh reads the body again. A reading that differs from the archived one is a
// finding: reading is not as pure as it has to be (promise 4), or somebody changed
// a file. The new one counts.
func (v *making) afresh(ctx context.Context, baseline *pipeline.Reading) (*pipeline.Reading, string, error) {
	doc := v.doc
	doc.Body = v.body
	var err error
	if doc.Derivation, err = v.derivation(ctx); err != nil {
		return nil, "", err
	}
	var next pipeline.Reading
	if doc.Rereads {
		next, err = v.config.Readings.Reread(ctx, v.doc, v.past, func(ctx context.Context, earlier pipeline.Document, before *pipeline.Reading) (pipeline.Reading, error) {
			return v.readEarlier(ctx, earlier, doc.Derivation, before)
		})
	} else {
		next, err = v.read(doc, baseline)
	}
	switch {
	case isDamage(err) && v.archived != nil:
		v.note(v.problem(false, fmt.Errorf("its rows were made from the archived reading: %w", err)))
		return v.replay()
	case isDamage(err):
		return nil, "", v.problem(true, err)
	case err != nil:
		return nil, "", err
	}
	encoded, err := v.config.Readings.Encode(&next)
	if err != nil {
		return nil, "", v.problem(true, err)
	}
	if v.archived != nil && !bytes.Equal(encoded, v.archived) {
		v.note(v.problem(false, fmt.Errorf("read afresh it does not say what its archived reading says: %s", firstDifference(v.archived, encoded))))
	}
	v.count(func(report *Report) { report.Afresh++ })
	return &next, pipeline.HashBody(encoded), nil
}

func (v *making) read(doc pipeline.Document, baseline *pipeline.Reading) (next pipeline.Reading, err error) {
	for range faultLimit {
		if next, err = v.config.Readings.Next(v.present.reader, v.present.rules, v.want(), doc, baseline); err == nil {
			return next, nil
		}
	}
	return next, v.problem(true, fmt.Errorf("reading it failed %d times: %w", faultLimit, err))
}

// want is what the version was reviewed against, also where the source's file expects
// something else by now.
func (v *making) want() *pipeline.Yield {
	if v.archived != nil {
		return v.expected
	}
	return v.present.rules.Expect
}

// readEarlier reads a version before a rereading one under its derivation.
func (v *making) readEarlier(ctx context.Context, doc pipeline.Document, derivation pipeline.Derivation, baseline *pipeline.Reading) (next pipeline.Reading, err error) {
	doc.Derivation = derivation
	if doc.Body, err = v.config.Archive.Body(ctx, doc.Hash); err != nil {
		return next, fmt.Errorf("reading version %s again: %w", doc.Version, err)
	}
	return v.read(doc, baseline)
}

// derivation gives number and time of the present rules. The archived reading says
// both as far as rows need them; without one the document's own metadata, written
// when it was fetched, or the register do.
func (v *making) derivation(ctx context.Context) (pipeline.Derivation, error) {
	derivation := v.doc.Derivation
	switch {
	case v.archived != nil && v.ownDerivation():
	case v.archived != nil:
		derivation.ID, derivation.No, derivation.EffectiveAt = v.origin.Derivation, v.origin.DerivationNo, v.origin.KnownAt
	case derivation.ID != v.present.rules.ID:
		registered, err := v.config.Derivation(ctx, v.doc.Source)
		if err != nil {
			return derivation, fmt.Errorf("finding the derivation of %s: %w", v.doc.Source, err)
		}
		derivation = registered
	}
	return derivation, nil
}

// presentRules remembers the rules of each source.
func (r *running) presentRules(source string) (present, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, found := r.rules[source]; found {
		return known, nil
	}
	reader, rules, err := r.config.Rules(source)
	if err != nil && !errors.Is(err, ErrNoRules) {
		return present{}, fmt.Errorf("finding the rules of %s: %w", source, err)
	}
	found := present{reader, rules}
	if err != nil {
		found = present{}
	}
	r.rules[source] = found
	return found, nil
}

func (r *running) count(add func(*Report)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	add(&r.report)
}

// frontOf decodes the front of a reading, which says under which rules it was made
// and what it was reviewed against, without the rest of it.
func frontOf(reading []byte) (origin pipeline.Origin, expected *pipeline.Yield, err error) {
	decoder := json.NewDecoder(bytes.NewReader(reading))
	if _, err := decoder.Token(); err != nil {
		return origin, nil, err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return origin, nil, err
		}
		switch {
		case name == "origin":
			err = decoder.Decode(&origin)
		case name == "expected":
			return origin, expected, decoder.Decode(&expected)
		case origin.Version != "":
			return origin, nil, nil // it follows the origin, or there is none
		default:
			var skipped json.RawMessage
			err = decoder.Decode(&skipped)
		}
		if err != nil {
			return origin, nil, err
		}
	}
	return origin, nil, errors.New("it has no origin")
}

// firstDifference shows where two readings part.
func firstDifference(archived, afresh []byte) string {
	at := 0
	for at < len(archived) && at < len(afresh) && archived[at] == afresh[at] {
		at++
	}
	return fmt.Sprintf("at byte %d the archive has …%s…, now it is …%s…", at, around(archived, at), around(afresh, at))
}

func around(text []byte, at int) []byte {
	const before, after = 60, 40
	return bytes.ToValidUTF8(text[max(0, at-before):min(len(text), at+after)], []byte("·"))
}
