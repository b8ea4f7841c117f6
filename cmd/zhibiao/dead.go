package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

func deadCommand(c *cli) *cobra.Command {
	command := &cobra.Command{
		Use:   "dead",
		Short: "List, show and replay what was set aside because it could not be processed",
		Args:  asYourInput(nil),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(deadListCommand(c), deadShowCommand(c), deadReplayCommand(c))
	return command
}

// letterFilter chooses dead letters.
type letterFilter struct {
	sources, stages []string
	reason          string
	replayed        bool // those that were replayed too
}

func (f *letterFilter) flags(command *cobra.Command) {
	command.Flags().StringSliceVar(&f.sources, "source", nil, "only of this source, may be repeated")
	command.Flags().StringSliceVar(&f.stages, "stage", nil, "only of this stage: transform or load")
	command.Flags().StringVar(&f.reason, "reason", "", "only with this text in the reason")
}

func (f *letterFilter) chosen() bool { return len(f.sources)+len(f.stages) > 0 || f.reason != "" }

func (f *letterFilter) check(a *app) error {
	for _, stage := range f.stages {
		if stage != "transform" && stage != "load" {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--stage %s: want transform or load", stage))
		}
	}
	for _, source := range f.sources {
		if _, err := a.set.Source(source); err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--source: %w", err))
		}
	}
	return nil
}

func (f *letterFilter) takes(letter stream.Letter, content stream.Content) bool {
	return (f.replayed || letter.Replayed == nil) &&
		(len(f.sources) == 0 || slices.Contains(f.sources, content.Source)) &&
		(len(f.stages) == 0 || slices.Contains(f.stages, letter.Stage)) &&
		strings.Contains(letter.Reason, f.reason)
}

// eachLetter visits all dead letters, oldest first.
func eachLetter(ctx context.Context, broker *stream.Broker, visit func(stream.Letter) error) error {
	const page = 200
	for from := uint64(1); ; {
		letters, err := broker.Letters(ctx, from, page)
		if err != nil {
			return environment("asking the broker for dead letters", err)
		}
		for _, letter := range letters {
			if err := visit(letter); err != nil {
				return err
			}
			from = letter.Sequence + 1
		}
		if len(letters) < page {
			return nil
		}
	}
}

func deadListCommand(c *cli) *cobra.Command {
	var filter letterFilter
	var format string
	command := &cobra.Command{
		Use:   "list",
		Short: "List the dead letters that wait for a person",
		Example: `  zhibiao dead list --source nbs-nation-month
  zhibiao dead list --all --format ndjson`,
		Args: asYourInput(nil),
	}
	filter.flags(command)
	command.Flags().BoolVar(&filter.replayed, "all", false, "those that were replayed too")
	command.Flags().StringVar(&format, "format", "table", "table or ndjson")
	command.RunE = c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		if format != "table" && format != "ndjson" {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("--format %s: want table or ndjson", format))
		}
		if err := filter.check(a); err != nil {
			return err
		}
		return c.deadList(ctx, a, filter, format)
	})
	return command
}

func (c *cli) deadList(ctx context.Context, a *app, filter letterFilter, format string) error {
	broker, err := a.broker(ctx)
	if err != nil {
		return err
	}
	listed := 0
	err = eachLetter(ctx, broker, func(letter stream.Letter) error {
		content := letter.Content()
		if !filter.takes(letter, content) {
			return nil
		}
		listed++
		if format == "ndjson" {
			return json.NewEncoder(c.stdout).Encode(letterLine(letter, content))
		}
		c.printf("%6d  %s  %-9s  %-24s  %s  %s%s\n        %s\n", letter.Sequence, letter.At.Format(time.RFC3339), letter.Stage,
			content.Source, many(letter.Attempts, "attempt"), about(content), replayNote(letter), firstLine(letter.Reason))
		return nil
	})
	if err != nil || format == "ndjson" {
		return err
	}
	if listed == 0 {
		c.printf("no dead letters\n")
		return nil
	}
	c.printf("%d dead letters; zhibiao dead show N tells all of one, zhibiao dead replay publishes them again once their cause is mended\n", listed)
	return nil
}

// about says in a few words what a letter holds.
func about(content stream.Content) string {
	text := "document " + short(content.Document)
	if content.Rows > 0 {
		text = fmt.Sprintf("%s of document %s", many(content.Rows, "row"), short(content.Document))
	}
	if content.Document == "" {
		text = "what cannot be read"
	}
	if content.URL != "" {
		text += " " + content.URL
	}
	if content.Place != "" {
		text += " at " + content.Place
	}
	return text
}

func replayNote(letter stream.Letter) string {
	if letter.Replayed == nil {
		return ""
	}
	return "  (replayed " + letter.Replayed.At.Format(time.RFC3339) + ")"
}

type letterJSON struct {
	Number   uint64           `json:"number"`
	At       time.Time        `json:"at"`
	Stage    string           `json:"stage"`
	Source   string           `json:"source"`
	Reason   string           `json:"reason"`
	Attempts int              `json:"attempts"`
	Document string           `json:"document"`
	Version  string           `json:"version"`
	URL      string           `json:"url,omitempty"`
	Rows     int              `json:"rows"`
	Place    string           `json:"place,omitempty"`
	Quote    string           `json:"quote,omitempty"`
	Replayed *stream.Replayed `json:"replayed,omitempty"`
}

func letterLine(letter stream.Letter, content stream.Content) letterJSON {
	return letterJSON{
		Number: letter.Sequence, At: letter.At, Stage: letter.Stage, Source: content.Source, Reason: letter.Reason, Attempts: letter.Attempts,
		Document: content.Document, Version: content.Version, URL: content.URL, Rows: content.Rows, Place: content.Place, Quote: content.Quote,
		Replayed: letter.Replayed,
	}
}

func deadShowCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "show N",
		Short: "Show all of one dead letter",
		Args:  asYourInput(cobra.ExactArgs(1)),
		RunE: c.inFolder(func(ctx context.Context, _ *cobra.Command, args []string, a *app) error {
			numbers, err := letterNumbers(args)
			if err != nil {
				return err
			}
			return c.deadShow(ctx, a, numbers[0])
		}),
	}
}

func letterNumbers(args []string) ([]uint64, error) {
	numbers := make([]uint64, len(args))
	for i, arg := range args {
		n, err := strconv.ParseUint(arg, 10, 64)
		if err != nil || n == 0 {
			return nil, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("%q is not the number of a dead letter; zhibiao dead list has them", arg))
		}
		numbers[i] = n
	}
	return numbers, nil
}

// maxRowsShown bounds how many rows of a letter are printed.
const maxRowsShown = 20

func (c *cli) deadShow(ctx context.Context, a *app, number uint64) error {
	broker, err := a.broker(ctx)
	if err != nil {
		return err
	}
	letter, err := findLetter(ctx, broker, number)
	if err != nil {
		return err
	}
	content := letter.Content()
	c.printf("letter       %d, set aside %s by stage %s after %s\n", letter.Sequence, letter.At.Format(time.RFC3339), letter.Stage, many(letter.Attempts, "attempt"))
	if letter.Replayed != nil {
		c.printf("replayed     %s, %s\n", letter.Replayed.At.Format(time.RFC3339), many(letter.Replayed.Times, "time"))
	}
	c.printf("source       %s\n", content.Source)
	c.printf("document     %s (version %s)\n", content.Document, content.Version)
	if url := c.urlOf(ctx, a, content); url != "" {
		c.printf("             %s\n", url)
	}
	c.printf("message      %s on %s, %d bytes\n", letter.ID, letter.Subject, len(letter.Payload))
	if content.Place != "" {
		c.printf("place        %s: %q\n", content.Place, content.Quote)
	}
	c.printf("reason       %s\n", strings.ReplaceAll(letter.Reason, "\n", "\n             "))
	rows, err := stream.DecodeObservations(letter.Payload)
	if !strings.HasPrefix(letter.Subject, observationsPrefix) || err != nil {
		return nil
	}
	for i, row := range rows {
		if i == maxRowsShown {
			c.printf("             … and %d rows more\n", len(rows)-i)
			break
		}
		c.printf("row          %s %s %s = %s %s, printed %q at %s\n", row.Indicator, row.Region, row.Period.Label(), row.Value, row.Unit, row.RawText, row.Locator)
	}
	return nil
}

func findLetter(ctx context.Context, broker *stream.Broker, number uint64) (stream.Letter, error) {
	letter, err := broker.Letter(ctx, number)
	if errors.Is(err, stream.ErrNoLetter) {
		return letter, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	if err != nil {
		return letter, environment("asking the broker", err)
	}
	return letter, nil
}

// urlOf finds where the document of a letter came from.
func (c *cli) urlOf(ctx context.Context, a *app, content stream.Content) string {
	if content.URL != "" || content.Version == "" {
		return content.URL
	}
	store, err := a.archive()
	if err != nil {
		return ""
	}
	doc, err := store.Metadata(ctx, content.Version)
	if err != nil {
		return ""
	}
	return doc.URL
}
