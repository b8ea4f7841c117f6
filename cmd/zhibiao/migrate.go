package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

func migrateCommand(c *cli) *cobra.Command {
	var status bool
	command := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the warehouse's tables up to date",
	}
	command.Flags().BoolVar(&status, "status", false, "only list the migrations and when each was applied")
	command.RunE = c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		w, err := a.bareWarehouse(ctx)
		if err != nil {
			return err
		}
		if !status {
			applied, err := w.Migrate(ctx)
			for _, m := range applied {
				c.printf("applied  %s\n", m.Name)
			}
			if err == nil && len(applied) == 0 {
				c.printf("nothing to do\n")
			}
			return err
		}
		migrations, err := w.MigrationStatus(ctx)
		for _, m := range migrations {
			state := "not applied"
			if m.Applied() {
				state = m.AppliedAt.UTC().Format(time.RFC3339)
			}
			c.printf("%-44s %s\n", m.Name, state)
		}
		return err
	})
	return command
}
