package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

func migrateCommand(c *cli) *cobra.Command {
	var status, render, accounts bool
	var cluster string
	command := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the warehouse's tables up to date, or print how they stand",
		Long: `Applies the numbered files of the schema that the warehouse does not have yet.

A file is one statement that can be applied twice, so a run that was cut short is
simply repeated. Views are applied again when their text differs; a table whose file
changed after it was applied is refused by name (exit code 2), as is a database that
a newer zhibiao made.`,
	}
	flags := command.Flags()
	flags.BoolVar(&status, "status", false, "only list number, name, when it was applied, and state: applied, pending, changed or unknown")
	flags.BoolVar(&render, "render", false, "only print the SQL, without a warehouse")
	flags.BoolVar(&accounts, "accounts", false, "only print the SQL that makes the accounts of a real server, without a warehouse")
	flags.StringVar(&cluster, "cluster", "", "with --render or --accounts: the name of the cluster (default: that of the settings, if any)")
	making := c.makingFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		w, err := a.bareWarehouse(ctx)
		if err != nil {
			return err
		}
		if status {
			return c.migrationStatus(ctx, w)
		}
		return c.migrate(ctx, w)
	})
	command.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case status && render || status && accounts || render && accounts:
			return pipeline.WithExit(pipeline.ExitYourInput, errors.New("--status, --render and --accounts print different things: give one of them"))
		case render || accounts:
			return c.printSchema(cluster, accounts)
		case cluster != "":
			return pipeline.WithExit(pipeline.ExitYourInput, errors.New("--cluster goes with --render or --accounts; for migrate itself set warehouse.cluster.name in the settings"))
		}
		return making(cmd, args)
	}
	return command
}

func (c *cli) migrate(ctx context.Context, w *warehouse.Warehouse) error {
	applied := 0
	err := w.MigrateEach(ctx, func(m warehouse.Migration) {
		applied++
		c.printf("applied  %s\n", m.Name)
	})
	if err == nil && applied == 0 {
		c.printf("nothing to do\n")
	}
	return err
}

func (c *cli) migrationStatus(ctx context.Context, w *warehouse.Warehouse) error {
	migrations, err := w.MigrationStatus(ctx)
	if err != nil {
		return err
	}
	for _, m := range migrations {
		at := "never"
		if !m.AppliedAt.IsZero() {
			at = m.AppliedAt.UTC().Format(time.RFC3339)
		}
		c.printf("%04d  %-44s %-20s  %s\n", m.Number, m.Name, at, m.State)
	}
	return w.CheckMigrations(migrations)
}

// printSchema prints the SQL for the settings' cluster, or for the one that is named.
func (c *cli) printSchema(cluster string, accounts bool) error {
	s, err := loadSettings(c.dataDir, c.configFile)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	if cluster != "" {
		s.Warehouse.Cluster.Name = cluster
	}
	if err := s.Warehouse.Cluster.Check(); err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	database := warehouse.DatabaseOf(s.Warehouse.URL)
	if accounts {
		text, err := warehouse.RenderAccounts(s.Warehouse.Cluster, database)
		c.printf("%s", text)
		return err
	}
	files, err := warehouse.RenderMigrations(s.Warehouse.Cluster, database)
	if err != nil {
		return err
	}
	c.printf("%s", warehouse.Script(s.Warehouse.Cluster, database, files))
	return nil
}
