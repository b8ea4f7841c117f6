package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/pipeline/worker"
)

// acceptOptions are the flags of source accept.
type acceptOptions struct {
	reason, document string
	tables           []string
	all              bool
}

func sourceAcceptCommand(c *cli) *cobra.Command {
	var o acceptOptions
	command := &cobra.Command{
		Use:   "accept NAME",
		Short: "Release tables that are held for review, with a reason",
		Long: `Release the tables of a source that were held because their labels or their yield are
not what they were (zhibiao status names them). What they say is published, and is from
now on what the next version is compared with. The decision is archived with its reason,
the account and the time, and a rebuild repeats it; it cannot be taken back: a number
that was accepted wrongly is corrected by mending the source's file and zhibiao
reprocess.

Look at the document first. If a label was only renamed, mend the source's file
instead (labels:) and run zhibiao reprocess: then nothing need be accepted.`,
		Example: `  zhibiao source accept shanxi-communique --reason '表二改名，已与网页核对'
  zhibiao source accept shanxi-communique --document 3f2a9c --table table[2] --reason '…'`,
		Args: cobra.ExactArgs(1),
	}
	command.Flags().StringVar(&o.reason, "reason", "", "why it is right as it is; required, and archived")
	command.Flags().StringVar(&o.document, "document", "", "only this document: the first digits of its hash")
	command.Flags().StringArrayVar(&o.tables, "table", nil, "only this table, such as table[2], repeatable (default: all that are held)")
	command.Flags().BoolVar(&o.all, "all", false, "all documents of the source, where several are held")
	command.RunE = c.inFolder(func(ctx context.Context, _ *cobra.Command, arguments []string, a *app) error {
		return c.accept(ctx, a, arguments[0], o)
	})
	return command
}

func (c *cli) accept(ctx context.Context, a *app, source string, o acceptOptions) error {
	l, done, err := a.useLine(ctx)
	if err != nil {
		return err
	}
	defer done()
	held, err := c.chooseHeld(ctx, a, source, o)
	if err != nil {
		return err
	}
	var released []pipeline.Document
	for _, h := range held {
		acceptance, err := newAcceptance(h, o)
		if err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		doc, err := l.collect.Accept(ctx, acceptance)
		if errors.Is(err, worker.ErrNotLast) {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("document %s of %s: %w: look at zhibiao status again", h.document(), h.Source, err))
		}
		if err != nil {
			return environment(fmt.Sprintf("accepting (%d of %d documents are done; the same command goes on)", len(released), len(held)), err)
		}
		released = append(released, doc)
	}
	if err := l.awaitLoaded(ctx); err != nil {
		return err
	}
	return c.tellReleased(ctx, a, released)
}

// chooseHeld finds the documents that the flags mean, and refuses what is not clear.
func (c *cli) chooseHeld(ctx context.Context, a *app, source string, o acceptOptions) ([]heldDocument, error) {
	refuse := func(format string, args ...any) ([]heldDocument, error) {
		return nil, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf(format, args...))
	}
	held, err := a.heldDocuments(ctx, source)
	if err != nil {
		return nil, err
	}
	if len(held) == 0 {
		return refuse("nothing of source %s is held; zhibiao status names what is", source)
	}
	chosen := slices.DeleteFunc(slices.Clone(held), func(h heldDocument) bool { return !strings.HasPrefix(h.Document, o.document) })
	switch {
	case len(chosen) == 0:
		c.tellHeld(held)
		return refuse("no held document of %s begins with %s; those above are held", source, o.document)
	case len(chosen) > 1 && !o.all:
		c.tellHeld(chosen)
		return refuse("%d documents of %s are held: look at each and name it with --document, or accept them --all", len(chosen), source)
	case strings.TrimSpace(o.reason) == "":
		c.tellHeld(chosen)
		return refuse("--reason is missing: say why the document is right as it is; it is archived with the decision")
	}
	for _, h := range chosen {
		if h.reading == "" {
			return refuse("a newer version of %s waits to be read: try again when zhibiao status has no work waiting", h.URL)
		}
	}
	return chosen, nil
}

// newAcceptance is the decision about one document.
func newAcceptance(h heldDocument, o acceptOptions) (pipeline.Acceptance, error) {
	tables, err := chooseTables(h, o.tables)
	return pipeline.Acceptance{
		Schema: pipeline.AcceptanceSchema, Source: h.Source, Lineage: h.Lineage, Version: h.Version, Document: h.Document, Reading: h.reading,
		Tables: tables, Reason: strings.TrimSpace(o.reason), By: osAccount(), DecidedAt: now().UTC().Truncate(time.Millisecond),
	}, err
}

// chooseTables are the named ones of what is held, all without names. A document
// that is held as a whole is accepted as a whole.
func chooseTables(h heldDocument, names []string) ([]pipeline.Held, error) {
	if len(names) == 0 {
		return h.Tables, nil
	}
	var chosen []pipeline.Held
	for _, name := range names {
		found := false
		for _, t := range h.Tables {
			if tableName(t.Table) == name {
				chosen, found = append(chosen, t), true
			}
		}
		if !found {
			return nil, fmt.Errorf("--table %s is not held in document %s; zhibiao status names what is", name, h.document())
		}
	}
	whole := func(t pipeline.Held) bool { return t.Table == "" }
	if slices.ContainsFunc(h.Tables, whole) && !slices.ContainsFunc(chosen, whole) {
		return nil, fmt.Errorf("document %s is held as a whole: leave --table out", h.document())
	}
	return chosen, nil
}

// osAccount is whoever runs the command, in the words of the operating system. Only
// the account of a serve can reach its control socket, so it is the same there.
func osAccount() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return fmt.Sprintf("uid %d", os.Getuid())
}

// tellReleased says what each decision published.
func (c *cli) tellReleased(ctx context.Context, a *app, released []pipeline.Document) error {
	r, err := a.register(ctx)
	if err != nil {
		return err
	}
	waiting := 0
	for _, doc := range released {
		before, err := r.reading(ctx, doc.Predecessor)
		if err != nil {
			return err
		}
		next, err := r.reading(ctx, doc.Version)
		if err != nil {
			return err
		}
		if before == nil || next == nil {
			waiting++
			continue
		}
		rows := readings.News(doc, before, *next, "").Rows
		withdrawn := 0
		for i := range rows {
			if rows[i].Op == pipeline.Withdraw {
				withdrawn++
			}
		}
		c.printf("accepted: %s document %s: %d values published, %d withdrawn, %d tables still held\n",
			doc.Source, doc.Hash[:12], len(rows)-withdrawn, withdrawn, len(next.Held))
	}
	if waiting > 0 {
		return pipeline.WithExit(pipeline.ExitPartly, fmt.Errorf("%d accepted documents could not be read yet; zhibiao status and zhibiao dead list say why", waiting))
	}
	return nil
}

// reading is an archived reading, nil where there is none.
func (r *register) reading(ctx context.Context, version string) (*pipeline.Reading, error) {
	content, there, err := r.store.Reading(ctx, version)
	if err != nil || !there {
		return nil, err
	}
	return readings.Decode(content)
}
