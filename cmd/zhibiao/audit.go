package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/portal/audit"
)

func auditCommand(c *cli) *cobra.Command {
	command := &cobra.Command{
		Use:   "audit",
		Short: "Show who did what, and check that nobody has changed the record of it",
		Args:  asYourInput(nil),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(auditListCommand(c), auditVerifyCommand(c))
	return command
}

// anchor is the file in which heads of the trail are written down.
func (a *app) anchor() audit.Anchor { return audit.NewAnchor(filepath.Join(a.dir, "audit.heads")) }

// auditFilter chooses records.
type auditFilter struct {
	who, what, object string
	since             string
}

func (f auditFilter) from() (time.Time, error) {
	if f.since == "" {
		return time.Time{}, nil
	}
	from, err := time.ParseInLocation(time.DateOnly, f.since, time.Local)
	if err != nil {
		return time.Time{}, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--since %s: want a day such as 2026-11-24", f.since))
	}
	return from, nil
}

func (f auditFilter) takes(r audit.Record, from time.Time) bool {
	return (f.who == "" || r.Who == f.who) && strings.HasPrefix(r.What, f.what) && (f.object == "" || r.Object == f.object) && !r.At.Before(from)
}

func auditListCommand(c *cli) *cobra.Command {
	var filter auditFilter
	var format string
	command := &cobra.Command{
		Use:   "list",
		Short: "List the records, oldest first",
		Example: `  zhibiao audit list --who qingxu --since 2026-11-01
  zhibiao audit list --what account. --format ndjson`,
		Args: asYourInput(nil),
	}
	command.Flags().StringVar(&filter.who, "who", "", "only what this account did, or cli:USER")
	command.Flags().StringVar(&filter.what, "what", "", "only deeds that begin so, such as session. or account.add")
	command.Flags().StringVar(&filter.object, "object", "", "only what was done to this account, entry or file")
	command.Flags().StringVar(&filter.since, "since", "", "only from this day on")
	command.Flags().StringVar(&format, "format", "table", "table or ndjson")
	command.RunE = c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		if format != "table" && format != "ndjson" {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--format %s: want table or ndjson", format))
		}
		from, err := filter.from()
		if err != nil {
			return err
		}
		trail, err := a.audit(ctx)
		if err != nil {
			return err
		}
		return trail.List(ctx, 1, func(r audit.Record) error {
			if !filter.takes(r, from) {
				return nil
			}
			if format == "ndjson" {
				return json.NewEncoder(c.stdout).Encode(r)
			}
			c.printf("%6d  %s  %-16s  %-15s  %s\n", r.No, r.At.Local().Format("2006-01-02 15:04:05"), orDash(r.Who), r.From, deed(r))
			return nil
		})
	})
	return command
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// deed says in one line what was done. Texts that people wrote are quoted, so that they
// cannot pretend to be lines of their own.
func deed(r audit.Record) string {
	words := []string{r.What}
	for _, word := range []string{r.Object, r.Region} {
		if word != "" {
			words = append(words, word)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Detail)) {
		if text := r.Detail[name]; text != "" {
			words = append(words, fmt.Sprintf("%s=%q", name, text))
		}
	}
	return strings.Join(words, " ")
}

func auditVerifyCommand(c *cli) *cobra.Command {
	var known string
	command := &cobra.Command{
		Use:   "verify",
		Short: "Check that no record was edited, removed, put in or moved",
		Long: `Check that no record was edited, removed, put in or moved, and that the trail leads
through every head that was written down in audit.heads of the data folder. Keep what
it prints in another place: --head checks against that too.`,
		Args: asYourInput(nil),
	}
	command.Flags().StringVar(&known, "head", "", "a head that was kept elsewhere, as NUMBER:HASH")
	command.RunE = c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		heads, err := a.anchor().Heads()
		if err != nil {
			return environment("verifying the audit trail", err)
		}
		if known != "" {
			head := audit.Head{At: now()}
			if n, err := fmt.Sscanf(strings.Replace(known, ":", " ", 1), "%d %s", &head.No, &head.Hash); err != nil || n != 2 {
				return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--head %s: want NUMBER:HASH, as audit verify printed it", known))
			}
			heads = append(heads, head)
		}
		return c.auditVerify(ctx, a, heads)
	})
	return command
}

func (c *cli) auditVerify(ctx context.Context, a *app, heads []audit.Head) error {
	trail, err := a.audit(ctx)
	if err != nil {
		return err
	}
	report, err := trail.Verify(ctx, heads)
	if err != nil {
		return environment("verifying", err)
	}
	if !report.Sound() {
		for _, finding := range report.Findings {
			c.printf("%s\n", finding)
		}
		if report.More() > 0 {
			c.printf("… and %s more\n", many(report.More(), "finding"))
		}
		c.printf("the audit trail was changed\n")
		return reported(pipeline.ExitOurFault)
	}
	if _, err := a.anchor().Write(report.Head); err != nil {
		return environment("verifying", err)
	}
	c.printf("the audit trail is whole: %s; it leads through %s written down before\n", many(report.Head.No, "record"), many(len(heads), "head"))
	c.printf("head  %d:%s\n", report.Head.No, report.Head.Hash)
	return nil
}

// anchorInterval is how often a serve writes the head of the trail down.
const anchorInterval = 24 * time.Hour

// keepAnchor writes the head of the trail down, apart from the broker and in the log,
// as a serve begins and daily.
func (a *app) keepAnchor(ctx context.Context, trail *audit.Log) error {
	ticker := time.NewTicker(anchorInterval)
	defer ticker.Stop()
	for {
		head, err := trail.Head(ctx)
		written := false
		if err == nil {
			written, err = a.anchor().Write(head)
		}
		switch {
		case err != nil && ctx.Err() == nil:
			a.log.Error("the head of the audit trail was not written down; zhibiao audit verify tells more", zap.Error(err))
		case written:
			a.log.Info("head of the audit trail", zap.Uint64("record", head.No), zap.String("hash", head.Hash))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
