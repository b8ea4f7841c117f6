package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/observe"
	"zhibiao/pipeline/rebuild"
	"zhibiao/pipeline/stream"
)

// heldDocument is the last version of a lineage that holds tables for review.
type heldDocument struct {
	stream.Held
	reading string // hash of its archived reading, "" while a newer version waits to be read
}

// document is enough of the hash to name it.
func (h heldDocument) document() string { return h.Document[:min(len(h.Document), 12)] }

// since is when its first table was held.
func (h heldDocument) since() time.Time {
	first := h.Tables[0].Since
	for _, t := range h.Tables {
		if t.Since.Before(first) {
			first = t.Since
		}
	}
	return first
}

// tableName is how people name a held table.
func tableName(table string) string { return cmp.Or(table, wholeDocument) }

const wholeDocument = "document"

// heldDocuments returns what is held now, of one source or of all (""), by source and
// day. What was told by the readers may be old: the reading of the lineage's head
// decides.
func (a *app) heldDocuments(ctx context.Context, source string) ([]heldDocument, error) {
	states, err := a.states(ctx)
	if err != nil {
		return nil, err
	}
	told, err := states.AllHeld(ctx)
	if err != nil {
		return nil, environment("asking the broker what is held", err)
	}
	r, err := a.register(ctx)
	if err != nil {
		return nil, err
	}
	var all []heldDocument
	for _, t := range told {
		if source != "" && t.Source != source {
			continue
		}
		held, err := r.lastHeld(ctx, t)
		if err != nil {
			return nil, environment("looking at what is held", err)
		}
		if len(held.Tables) > 0 {
			all = append(all, held)
		}
	}
	slices.SortFunc(all, func(a, b heldDocument) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), a.since().Compare(b.since()), cmp.Compare(a.Lineage, b.Lineage))
	})
	return all, nil
}

// lastHeld is what the last version of the lineage holds.
func (r *register) lastHeld(ctx context.Context, told stream.Held) (heldDocument, error) {
	head, _, err := r.heads.Get(ctx, told.Lineage)
	if err != nil {
		return heldDocument{}, err
	}
	version := cmp.Or(head.Version, told.Version)
	content, there, err := r.store.Reading(ctx, version)
	if err != nil {
		return heldDocument{}, err
	}
	if !there {
		return heldDocument{Held: told}, nil // until it is read, the one before stands
	}
	reading, err := readings.Decode(content)
	if err != nil {
		return heldDocument{}, err
	}
	doc, err := r.store.Metadata(ctx, version)
	if err != nil {
		return heldDocument{}, err
	}
	return heldDocument{Held: stream.HeldOf(doc, reading.Held), reading: pipeline.HashBody(content)}, nil
}

// restoreHeld tells what is held once more, as after the loss of the broker.
func (r *register) restoreHeld(ctx context.Context, a *app, held []rebuild.Held) error {
	states, err := a.states(ctx)
	if err != nil {
		return err
	}
	for _, h := range held {
		doc, err := r.store.Metadata(ctx, h.Version)
		if errors.Is(err, archive.ErrNotFound) {
			continue
		}
		if err == nil {
			err = states.SetHeld(ctx, stream.HeldOf(doc, h.Tables))
		}
		if err != nil {
			return environment("restoring what is held", err)
		}
	}
	return nil
}

// printHeld names the tables that wait for a person. It reports whether there are
// any.
func (c *cli) printHeld(ctx context.Context, a *app) (bool, error) {
	held, err := a.heldDocuments(ctx, "")
	if err != nil || len(held) == 0 {
		return false, err
	}
	tables := 0
	for _, h := range held {
		tables += len(h.Tables)
	}
	c.printf("held for review: %d tables of %d documents; their numbers are not published until somebody accepts them, the last accepted ones stand, other tables go on\n", tables, len(held))
	c.tellHeld(held)
	c.printf("  if the publisher renamed a label, mend the source's file and run zhibiao reprocess --source SOURCE;\n")
	c.printf("  if the document is right as it is: zhibiao source accept SOURCE --document DOCUMENT --reason '…'\n")
	return true, nil
}

func (c *cli) tellHeld(held []heldDocument) {
	for _, h := range held {
		c.printf("  %-28s document %s  %s\n", h.Source, h.document(), strings.TrimSpace(h.Title+" "+h.URL))
		for _, t := range h.Tables {
			c.printf("    %-14s since %s (%s): %s\n", tableName(t.Table), t.Since.In(shanghai).Format(time.DateOnly), ago(t.Since), t.Detail)
		}
	}
}

// ago is how long something has lasted, in days.
func ago(since time.Time) string {
	switch days := int(now().Sub(since).Hours() / 24); {
	case days < 1:
		return "today"
	case days == 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", days)
	}
}

// heldCheck tells of tables that wait for a person.
func (a *app) heldCheck() observe.Check {
	return observe.Check{Name: "held tables", Look: func(ctx context.Context) error {
		held, err := a.heldDocuments(ctx, "")
		if err != nil || len(held) == 0 {
			return err
		}
		var names []string
		for _, h := range held {
			var tables []string
			for _, t := range h.Tables {
				tables = append(tables, tableName(t.Table))
			}
			names = append(names, fmt.Sprintf("%s of %s since %s", strings.Join(tables, ", "), h.Source, h.since().In(shanghai).Format(time.DateOnly)))
		}
		return fmt.Errorf("%d documents have tables that wait for somebody to look at them: %s; `zhibiao status` says why, `zhibiao source accept` releases them", len(held), strings.Join(names, "; "))
	}}
}
