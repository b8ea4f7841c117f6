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
)

// replayOptions are the flags of dead replay.
type replayOptions struct {
	filter              letterFilter
	numbers             []uint64
	all, again, release bool
}

func deadReplayCommand(c *cli) *cobra.Command {
	var o replayOptions
	command := &cobra.Command{
		Use:   "replay [N…]",
		Short: "Publish dead letters again, once their cause is mended",
		Long: `Publish dead letters again under new ids, in the order in which they were set
aside, and wait until they are processed. Where a document of a lineage is replayed,
those of the same lineage that were set aside go with it.

A letter is replayed once; --again replays it although it was. What fails once more
becomes a new letter, and the exit code is 4. A source that was stopped because too
much of it was set aside is released; --release does only that.`,
		Example: `  zhibiao dead replay 17 18
  zhibiao dead replay --source nbs-nation-month
  zhibiao dead replay --release --source nbs-nation-month`,
		Args: asYourInput(cobra.ArbitraryArgs),
	}
	o.filter.flags(command)
	command.Flags().BoolVar(&o.all, "all", false, "all that were not replayed yet")
	command.Flags().BoolVar(&o.again, "again", false, "also those that were replayed before")
	command.Flags().BoolVar(&o.release, "release", false, "replay nothing, only let the sources named by --source be fetched again")
	command.RunE = c.inFolder(func(ctx context.Context, _ *cobra.Command, args []string, a *app) error {
		var err error
		if o.numbers, err = letterNumbers(args); err != nil {
			return err
		}
		if err := o.check(a); err != nil {
			return err
		}
		if o.release {
			return c.release(ctx, a, o.filter.sources)
		}
		return c.deadReplay(ctx, a, o)
	})
	return command
}

func (o *replayOptions) check(a *app) error {
	if err := o.filter.check(a); err != nil {
		return err
	}
	chosen := 0
	for _, is := range []bool{len(o.numbers) > 0, o.filter.chosen(), o.all} {
		if is {
			chosen++
		}
	}
	var err error
	switch {
	case o.release && (len(o.filter.sources) == 0 || len(o.numbers) > 0 || o.all || o.again):
		err = errors.New("--release goes with --source and nothing else")
	case chosen == 0:
		err = errors.New("which letters? Give numbers (zhibiao dead list has them), --source, --stage, --reason, or --all")
	case chosen > 1:
		err = errors.New("give numbers, or a filter, or --all: one of them")
	}
	return pipeline.WithExit(pipeline.ExitYourInput, err)
}

func (c *cli) deadReplay(ctx context.Context, a *app, o replayOptions) error {
	l, done, err := a.useLine(ctx)
	if err != nil {
		return err
	}
	defer done()
	broker, err := a.broker(ctx)
	if err != nil {
		return err
	}
	chosen, sources, err := chooseLetters(ctx, broker, o)
	if err != nil {
		return err
	}
	last, err := broker.LastLetter(ctx)
	if err != nil {
		return environment("asking the broker", err)
	}
	if err := c.release(ctx, a, sources); err != nil {
		return err
	}
	replayed := 0
	for _, number := range chosen {
		published, err := broker.Replay(ctx, number, o.again)
		if err != nil {
			return environment(fmt.Sprintf("replaying (%d of %d were published; the same command goes on)", replayed, len(chosen)), err)
		}
		if published {
			replayed++
		} else {
			c.printf("letter %d was replayed before; --again replays it once more\n", number)
		}
	}
	c.printf("replayed %s\n", many(replayed, "letter"))
	if err := l.awaitLoaded(ctx); err != nil {
		return err
	}
	return c.tellReturned(ctx, broker, last, sources)
}

// chooseLetters finds the letters to replay, oldest first, and the sources that
// they are of. Where a version of a lineage goes, the others that were set aside go
// with it: compared with one that was never published, they would leave a hole.
func chooseLetters(ctx context.Context, broker *stream.Broker, o replayOptions) (numbers []uint64, sources []string, err error) {
	type candidate struct {
		number  uint64
		lineage string // of documents only
		chosen  bool
	}
	var all []candidate
	lineages, ofSources, missing := map[string]bool{}, map[string]bool{}, map[uint64]bool{}
	for _, n := range o.numbers {
		missing[n] = true
	}
	o.filter.replayed = o.again || len(o.numbers) > 0
	for _, source := range o.filter.sources {
		ofSources[source] = true
	}
	err = eachLetter(ctx, broker, func(letter stream.Letter) error {
		content := letter.Content()
		one := candidate{number: letter.Sequence, chosen: o.filter.takes(letter, content)}
		if len(o.numbers) > 0 {
			one.chosen = missing[letter.Sequence]
			delete(missing, letter.Sequence)
		}
		if content.Rows == 0 && letter.Replayed == nil {
			one.lineage = content.Lineage
		}
		if one.chosen {
			lineages[one.lineage] = true
			if content.Source != "" {
				ofSources[content.Source] = true
			}
		}
		if one.chosen || one.lineage != "" {
			all = append(all, one)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for n := range missing {
		return nil, nil, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("there is no dead letter %d; zhibiao dead list has them", n))
	}
	for _, one := range all {
		if one.chosen || one.lineage != "" && lineages[one.lineage] {
			numbers = append(numbers, one.number)
		}
	}
	return numbers, slices.Sorted(maps.Keys(ofSources)), nil
}

// release lets sources that were stopped be fetched again.
func (c *cli) release(ctx context.Context, a *app, sources []string) error {
	broker, err := a.broker(ctx)
	if err != nil {
		return err
	}
	states, err := broker.States(ctx)
	if err != nil {
		return environment("asking the broker", err)
	}
	for _, source := range sources {
		was, err := states.Release(ctx, source)
		if err != nil {
			return environment("asking the broker", err)
		}
		if was {
			c.printf("source %s was stopped: it is fetched again\n", source)
		}
	}
	return nil
}

// tellReturned tells the letters that came after a replay.
func (c *cli) tellReturned(ctx context.Context, broker *stream.Broker, after uint64, sources []string) error {
	letters, err := broker.Letters(ctx, after+1, maxLettersTold)
	if err != nil {
		return environment("asking the broker for dead letters", err)
	}
	returned := 0
	for _, letter := range letters {
		if !slices.Contains(sources, letter.Content().Source) {
			continue // of a run beside this one
		}
		returned++
		c.printf("set aside again: %d: %s: %s\n", letter.Sequence, letter.Stage, firstLine(letter.Reason))
	}
	if returned > 0 {
		return pipeline.WithExit(pipeline.ExitPartly, fmt.Errorf("%s set aside again; the reasons stand above", manyWere(returned, "message")))
	}
	c.printf("everything is loaded\n")
	return nil
}
