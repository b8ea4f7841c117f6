package main

import (
	"context"
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
		reader, err := a.reader(ctx)
		if err != nil {
			return err
		}
		rows, err := reader.Conn().Query(ctx, args[0])
		if err != nil {
			return queryError(err)
		}
		return queryError(warehouse.Print(cmd.OutOrStdout(), rows, format))
	})
	return command
}

// queryError tells the user's mistakes (the server understood and refused) from
// a server that cannot be reached.
func queryError(err error) error {
	if err == nil {
		return nil
	}
	if warehouse.IsRefusal(err) {
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("running the query: %w", err))
	}
	return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("running the query: %w", err))
}
