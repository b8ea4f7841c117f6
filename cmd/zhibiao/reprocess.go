package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
	"zhibiao/transformers"
)

func reprocessCommand(c *cli) *cobra.Command {
	var sources []string
	var plan bool
	command := &cobra.Command{
		Use:   "reprocess",
		Short: "Read everything again under the present parser and rules",
		Long: `Read every lineage again whose last version was read under other rules than the
present ones: each of its versions, from the first. What they say otherwise now is
published as new vintages; what the old rules read and the new ones do not is
retracted; where both agree nothing is published. What was known before stays
answerable by as_known.

Lineages that are done are left alone, so a command that was stopped or killed is
simply given again. Without it the same happens to each lineage before its next new
document.`,
		Example: `  zhibiao reprocess --plan
  zhibiao reprocess --source nbs-nation-month`,
		Args: asYourInput(nil),
	}
	command.Flags().StringSliceVar(&sources, "source", nil, "only this source, may be repeated (default: all)")
	command.Flags().BoolVar(&plan, "plan", false, "only say how much there is to read again")
	command.RunE = c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		for _, name := range sources {
			if _, err := a.set.Source(name); err != nil {
				return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--source: %w", err))
			}
		}
		return c.reprocess(ctx, a, sources, plan)
	})
	return command
}

// stale is a lineage whose last version was made under other rules.
type stale struct {
	source, lineage string
	head            string // its last version
}

func (c *cli) reprocess(ctx context.Context, a *app, sources []string, plan bool) error {
	if plan {
		work, err := c.findStale(ctx, a, sources)
		if err == nil {
			c.tellPlan(work)
		}
		return err
	}
	l, done, err := a.useLine(ctx)
	if err != nil {
		return err
	}
	defer done()
	free, err := l.occupy()
	if err != nil {
		return err
	}
	defer free()
	work, err := c.findStale(ctx, a, sources)
	if err != nil {
		return err
	}
	show := newProgressLine(c.stderr)
	for i, s := range work {
		show.say("reprocessing: %d of %d lineages", i, len(work))
		_, derivation, err := a.derivation(ctx, s.source)
		if err == nil {
			_, err = l.collect.Reread(ctx, s.lineage, derivation)
		}
		if err != nil {
			show.end()
			return environment(fmt.Sprintf("reprocessing (%d of %d lineages are under way; the same command goes on)", i, len(work)), err)
		}
	}
	show.end()
	if err := l.awaitLoaded(ctx); err != nil {
		return err
	}
	return c.tellReprocessed(ctx, a, l, work)
}

// findStale finds the lineages to read again, by source and lineage.
func (c *cli) findStale(ctx context.Context, a *app, sources []string) ([]stale, error) {
	r, err := a.register(ctx)
	if err != nil {
		return nil, err
	}
	present := map[string]string{} // derivation by source, "" for one without a file
	var work []stale
	err = r.heads.Each(ctx, func(lineage string, head stream.Head) error {
		last := head.Version
		if head.Pending != "" {
			last = head.Pending
		}
		doc, err := r.store.Metadata(ctx, last)
		if err != nil {
			return environment("looking at lineage "+lineage, err)
		}
		if len(sources) > 0 && !slices.Contains(sources, doc.Source) {
			return nil
		}
		id, known := present[doc.Source]
		if !known {
			if _, err := a.set.Source(doc.Source); err == nil {
				rules, err := a.set.Rules(doc.Source, transformers.Parser)
				if err != nil {
					return pipeline.WithExit(pipeline.ExitYourInput, err)
				}
				id = rules.ID
			} else {
				c.printf("source %s has no file any more: its lineages stay as they were read\n", doc.Source)
			}
			present[doc.Source] = id
		}
		if id != "" && doc.Derivation.ID != id {
			work = append(work, stale{source: doc.Source, lineage: lineage, head: last})
		}
		return nil
	})
	slices.SortFunc(work, func(a, b stale) int {
		return slices.Compare([]string{a.source, a.lineage}, []string{b.source, b.lineage})
	})
	return work, err
}

func (c *cli) tellPlan(work []stale) {
	count := map[string]int{}
	for _, s := range work {
		count[s.source]++
	}
	for _, source := range slices.Sorted(maps.Keys(count)) {
		c.printf("%-28s %6d lineages were read under other rules\n", source, count[source])
	}
	if len(work) == 0 {
		c.printf("everything was read under the present rules\n")
	}
}

// outcome is what the rereadings of a source published.
type outcome struct{ lineages, asserted, withdrawn, retracted, waiting int }

// tellReprocessed says by source what was corrected.
func (c *cli) tellReprocessed(ctx context.Context, a *app, l *line, work []stale) error {
	outcomes := map[string]*outcome{}
	for _, s := range work {
		if outcomes[s.source] == nil {
			outcomes[s.source] = &outcome{}
		}
		if err := outcomes[s.source].add(ctx, a, s); err != nil {
			return err
		}
	}
	waiting := 0
	for _, source := range slices.Sorted(maps.Keys(outcomes)) {
		o := outcomes[source]
		waiting += o.waiting
		c.printf("%-28s %6d lineages read again: %d values asserted, %d withdrawn, %d retracted\n", source, o.lineages, o.asserted, o.withdrawn, o.retracted)
	}
	if len(work) == 0 {
		c.printf("everything was read under the present rules\n")
	}
	letters, err := l.untoldLetters(ctx)
	if err != nil {
		return err
	}
	for _, letter := range letters {
		c.printf("set aside: %d: %s: %s\n", letter.Sequence, letter.Stage, firstLine(letter.Reason))
	}
	if len(letters) > 0 || waiting > 0 {
		return pipeline.WithExit(pipeline.ExitPartly, errors.New("some lineages could not be read again; zhibiao dead list has the reasons"))
	}
	return l.sweep(ctx)
}

// add counts what the rereading on top of a lineage published.
func (o *outcome) add(ctx context.Context, a *app, s stale) error {
	r, err := a.register(ctx)
	if err != nil {
		return err
	}
	head, _, err := r.heads.Get(ctx, s.lineage)
	if err != nil {
		return environment("asking the broker", err)
	}
	for version := head.Version; version != "" && version != s.head; {
		doc, err := r.store.Metadata(ctx, version)
		if err != nil {
			return environment("looking at lineage "+s.lineage, err)
		}
		if doc.Rereads {
			return o.addReading(ctx, r, version)
		}
		version = doc.Predecessor // something new came on top
	}
	return nil // somebody else read it again before
}

func (o *outcome) addReading(ctx context.Context, r *register, version string) error {
	content, there, err := r.store.Reading(ctx, version)
	if err != nil {
		return environment("looking at what was read again", err)
	}
	if !there {
		o.waiting++
		return nil
	}
	reading, err := readings.Decode(content)
	if err != nil {
		return err
	}
	o.lineages++
	for _, correction := range reading.Corrections {
		for _, row := range correction.Rows {
			switch row.Op {
			case pipeline.Assert:
				o.asserted++
			case pipeline.Withdraw:
				o.withdrawn++
			case pipeline.Retract:
				o.retracted++
			}
		}
	}
	return nil
}
