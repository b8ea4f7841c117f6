package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

func queryCommand(c *cli) *cobra.Command {
	var format string
	command := &cobra.Command{
		Use:     "query SQL",
		Short:   "Ask the warehouse, read-only",
		Example: `  zhibiao query "SELECT indicator, region, value, unit FROM latest_by_source LIMIT 5"`,
		Args:    cobra.ExactArgs(1),
	}
	command.Flags().StringVar(&format, "format", warehouse.Formats[0], "output: "+strings.Join(warehouse.Formats, ", "))
	command.RunE = c.inFolder(func(ctx context.Context, cmd *cobra.Command, args []string, a *app) error {
		if !slices.Contains(warehouse.Formats, format) {
			return pipeline.WithExit(pipeline.ExitYourInput,
				fmt.Errorf("unknown format %q: choose one of %s", format, strings.Join(warehouse.Formats, ", ")))
		}
		if clause := outputClause(args[0]); clause != "" {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("the query ends in %s, which is not for the warehouse to follow: leave it out and use --format (%s), and > FILE for a file",
				clause, strings.Join(warehouse.Formats, ", ")))
		}
		reader, err := a.reader(ctx)
		if err != nil {
			return err
		}
		rows, err := reader.Conn().Query(ctx, args[0])
		if err != nil {
			return queryError(err)
		}
		out := bufio.NewWriterSize(&stoppable{ctx: ctx, to: cmd.OutOrStdout()}, queryBuffer)
		err = warehouse.Print(out, rows, format)
		if flushed := out.Flush(); err == nil { // what came before an error is an answer too
			err = flushed
		}
		return queryError(err)
	})
	return command
}

// queryBuffer is how much of an answer is gathered for one write.
const queryBuffer = 32 << 10

// queryError tells the user's mistakes (the server understood and refused) from
// a server that cannot be reached.
func queryError(err error) error {
	if err == nil {
		return nil
	}
	if complaint, ok := warehouse.Complaint(err); ok {
		return pipeline.WithExit(pipeline.ExitYourInput, errors.New("running the query: "+complaint))
	}
	return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("running the query: %w", err))
}
