package worker

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"zhibiao/pipeline"
)

// Past is a version of a lineage with what it published.
type Past struct {
	Document pipeline.Document // without its body
	Rows     []pipeline.Observation
	Accepted pipeline.Acceptance // by which it releases what was held
}

// Reread makes the reading of doc, a version that reads its lineage again. past are
// all versions before it, oldest first; read reads one of them under the present
// rules on top of the reading of the one before.
//
// The warehouse takes for the latest of a key what was fetched last and, of one
// fetch, what was read last. So each past version is read again in its turn, and
// where what stands after it is not what should stand, that version is corrected:
// by the right rows, or by a retraction where there should be none. What the old
// rules read alike is not published again. Nothing is retracted on the word of a
// reading that is incomplete, held or finds nothing at all (promise 6). Each version
// is reviewed again under the present rules, and what was accepted of it stays so. It
// is pure (promise 4) as far as read is.
func (do Readings) Reread(ctx context.Context, doc pipeline.Document, past []Past,
	read func(ctx context.Context, doc pipeline.Document, baseline *pipeline.Reading) (pipeline.Reading, error),
) (pipeline.Reading, error) {
	published := publishedByFetch(past)
	c := correcting{version: doc.Version, stands: map[string][]placed{}, should: map[string][]placed{}, rows: map[string]placed{}}
	var last *pipeline.Reading
	for i, p := range past {
		if !p.Document.BringsBody() {
			continue
		}
		next, err := read(ctx, p.Document, last)
		if err != nil {
			return pipeline.Reading{}, fmt.Errorf("reading the lineage again: %w", err)
		}
		for _, later := range past[i+1:] {
			if later.Document.BringsBody() {
				break
			}
			next = do.accepted(next, later.Accepted)
		}
		do.stand(last, &next)
		open := do.Open(next)
		c.correct(published[p.Document.FetchedAt.UnixMilli()], &open, do.changes(last, &open))
		last = &next
	}
	if last == nil {
		return pipeline.Reading{}, pipeline.Permanent(fmt.Errorf("version %s reads its lineage again, but nothing is before it", doc.Version))
	}
	reading := *last
	reading.Origin.Version = doc.Version
	reading.Standing = c.standing()
	reading.Corrections = c.corrections()
	reading.Bind()
	return reading, nil
}

// publishedByFetch groups what was published by the fetch that it is about, in the
// order in which it was read.
func publishedByFetch(past []Past) map[int64][][]pipeline.Observation {
	groups := map[int64][][]pipeline.Observation{}
	for _, p := range past {
		byFetch := map[int64][]pipeline.Observation{}
		for _, row := range p.Rows {
			at := row.Origin.FetchedAt.UnixMilli()
			byFetch[at] = append(byFetch[at], row)
		}
		for at, rows := range byFetch {
			groups[at] = append(groups[at], rows)
		}
	}
	for _, all := range groups {
		slices.SortStableFunc(all, func(a, b []pipeline.Observation) int {
			return cmp.Compare(a[0].Origin.DerivationNo, b[0].Origin.DerivationNo)
		})
	}
	return groups
}

// placed is a published row, or one to publish, with its id.
type placed struct {
	pipeline.Standing
	origin pipeline.Origin
}

func place(row pipeline.Observation, origin pipeline.Origin) placed {
	row.Origin = &origin
	p := placed{Standing: pipeline.Standing{ID: row.ID(), Observation: row}, origin: origin}
	p.Origin = nil
	return p
}

// correcting goes through the fetches of a lineage.
type correcting struct {
	version string
	stands  map[string][]placed // by key, the latest that is published
	should  map[string][]placed // by key, the latest under the present rules
	rows    map[string]placed   // by id, the corrections
}

// correct goes on by one fetch: what was published of it, and what it says now.
func (c *correcting) correct(published [][]pipeline.Observation, next *pipeline.Reading, changed []pipeline.Observation) {
	touched := map[string]bool{}
	for _, group := range published {
		for key, rows := range byKey(group) {
			c.stands[key], touched[key] = rows, true
		}
	}
	origin := next.Origin
	origin.Version = c.version
	trusted := next.Complete && len(next.Observations) > 0
	if !trusted {
		clear(touched) // what it does not show stays as it was published
	}
	for key, rows := range byKey(changed) {
		for i := range rows {
			rows[i].origin = origin
		}
		c.should[key], touched[key] = rows, true
	}
	shown := map[string][]placed{}
	for _, row := range next.Observations {
		if key := row.Key(); touched[key] {
			shown[key] = append(shown[key], placed{pipeline.Standing{Observation: row}, origin})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(touched)) {
		if len(shown[key]) > 0 && len(c.should[key]) > 0 {
			c.should[key] = shown[key] // they say the same, but this document is the nearer witness
		}
		c.settle(key, origin)
	}
}

// settle makes what stands of a key what should stand.
func (c *correcting) settle(key string, origin pipeline.Origin) {
	stands, should := c.stands[key], c.should[key]
	if sameRows(stands, should) {
		return
	}
	var rows []placed
	for _, row := range should {
		at := row.origin
		at.FetchedAt, at.KnownAt = origin.FetchedAt, origin.KnownAt // also where an earlier document prints it
		if row.Op == pipeline.Withdraw && len(stands) > 0 {
			row.Prior = stands[len(stands)-1].ID
		}
		rows = append(rows, place(row.Observation, at))
	}
	if len(should) == 0 {
		last := stands[len(stands)-1]
		row := last.Observation
		row.Op, row.Prior, row.ByteStart, row.ByteEnd = pipeline.Retract, last.ID, 0, 0
		rows = append(rows, place(row, origin))
	}
	for _, row := range rows {
		c.rows[row.ID] = row // of two that the warehouse cannot tell apart the later fetch counts
	}
	c.stands[key] = rows
}

func sameRows(stands, should []placed) bool {
	if len(should) == 0 {
		return len(stands) == 0 || stands[0].Op == pipeline.Retract
	}
	return slices.EqualFunc(stands, should, func(a, b placed) bool { return a.Op == b.Op && a.SameValue(&b.Observation) })
}

func byKey(rows []pipeline.Observation) map[string][]placed {
	keys := map[string][]placed{}
	for _, row := range rows {
		keys[row.Key()] = append(keys[row.Key()], place(row, *row.Origin))
	}
	for _, list := range keys {
		slices.SortStableFunc(list, func(a, b placed) int { return pipeline.CompareObservations(a.Observation, b.Observation) })
	}
	return keys
}

// standing is what stands of all keys, without those that were retracted.
func (c *correcting) standing() []pipeline.Standing {
	all := []pipeline.Standing{}
	for _, key := range slices.Sorted(maps.Keys(c.stands)) {
		for _, row := range c.stands[key] {
			if row.Op != pipeline.Retract {
				all = append(all, row.Standing)
			}
		}
	}
	return all
}

// corrections groups the rows by their origin: by fetch, then by document.
func (c *correcting) corrections() []pipeline.Correction {
	groups := map[string]*pipeline.Correction{}
	for _, row := range c.rows {
		name := fmt.Sprint(row.origin.FetchedAt.UnixMilli(), row.origin.Document, row.origin.PublishedAt)
		if groups[name] == nil {
			groups[name] = &pipeline.Correction{Origin: row.origin}
		}
		groups[name].Rows = append(groups[name].Rows, row.Observation)
	}
	var all []pipeline.Correction
	for _, g := range groups {
		slices.SortFunc(g.Rows, func(a, b pipeline.Observation) int { return pipeline.CompareObservations(a, b) })
		all = append(all, *g)
	}
	slices.SortFunc(all, func(a, b pipeline.Correction) int {
		return cmp.Or(a.Origin.FetchedAt.Compare(b.Origin.FetchedAt), cmp.Compare(a.Origin.Document, b.Origin.Document),
			cmp.Compare(fmt.Sprint(a.Origin.PublishedAt), fmt.Sprint(b.Origin.PublishedAt)))
	})
	return all
}
