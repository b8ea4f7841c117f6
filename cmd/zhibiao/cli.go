package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
)

// cli is one invocation: where it prints, what it was given, and, inside a
// running serve, the parts that are already open.
type cli struct {
	stdout, stderr io.Writer
	args           []string
	dataDir        string
	configFile     string
	serving        *app // set when the command runs inside a serve
}

func newRootCommand(c *cli) *cobra.Command {
	root := &cobra.Command{
		Use:           "zhibiao",
		Short:         "Collect published statistics and trace every number to its document",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath()))
	})
	root.PersistentFlags().StringVar(&c.dataDir, "data", "data", "folder of archive, broker and warehouse")
	root.PersistentFlags().StringVar(&c.configFile, "config", "", "settings file (default: config.yaml in the data folder, if there is one)")
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		demoCommand(c), serveCommand(c), workCommand(c), collectCommand(c), backfillCommand(c), extractCommand(c), queryCommand(c), missingCommand(c), exportCommand(c), sourceCommand(c),
		benchCommand(c), rebuildCommand(c), backupCommand(c), restoreCommand(c),
		accountCommand(c), auditCommand(c),
		workbookCommand(c), platformCommand(c),
		deadCommand(c), reconcileCommand(c), reprocessCommand(c), traceCommand(c), migrateCommand(c), doctorCommand(c), statusCommand(c), versionCommand(c),
	)
	for _, command := range root.Commands() {
		command.Args = asYourInput(command.Args)
	}
	root.Args = asYourInput(root.Args)
	return root
}

// asYourInput makes a wrong number of arguments the caller's fault.
func asYourInput(check cobra.PositionalArgs) cobra.PositionalArgs {
	if check == nil {
		check = cobra.NoArgs
	}
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("%w (see %s --help)", err, cmd.CommandPath()))
		}
		return nil
	}
}

// folderCommand is a command that works on the data folder, with its parts, opened as
// it asks for them, and closed after it.
type folderCommand func(ctx context.Context, cmd *cobra.Command, args []string, a *app) error

// inFolder runs a command on the data folder that is there: one that only reads or
// checks would report a mistyped folder as all well. While a serve has the folder,
// the command runs there and its output comes back.
func (c *cli) inFolder(command folderCommand) func(*cobra.Command, []string) error {
	making := c.makingFolder(command)
	return func(cmd *cobra.Command, args []string) error {
		if c.serving == nil {
			settings, err := loadSettings(c.dataDir, c.configFile)
			if err == nil && settings.Warehouse.URL == "" { // else the data are elsewhere
				err = mustBeThere(c.dataDir)
			}
			if err != nil {
				return pipeline.WithExit(pipeline.ExitYourInput, err)
			}
		}
		return making(cmd, args)
	}
}

// makingFolder is inFolder for commands that bring something into the folder: they
// make it where it is missing.
func (c *cli) makingFolder(command folderCommand) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		if c.serving != nil {
			return command(ctx, cmd, args, c.serving)
		}
		settings, err := loadSettings(c.dataDir, c.configFile)
		if err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		lock, err := lockFolder(c.dataDir, cmd.Name())
		var busy *folderBusyError
		if errors.As(err, &busy) {
			return c.forward(ctx, settings, busy)
		}
		if err != nil {
			return pipeline.WithExit(pipeline.ExitEnvironment, err)
		}
		defer lock.release()
		a, err := newApp(c.dataDir, settings, c.stderr)
		if err != nil {
			return err
		}
		err = command(ctx, cmd, args, a)
		return errors.Join(err, a.close())
	}
}

// reportedError has been printed already; only its exit code is left to tell.
type reportedError struct{ error }

func isReported(err error) bool {
	var r reportedError
	return errors.As(err, &r)
}

// reported gives an exit code to a failure that the command has explained.
func reported(code int) error {
	return pipeline.WithExit(code, reportedError{fmt.Errorf("exit code %d", code)})
}

func (c *cli) printf(format string, args ...any) { fmt.Fprintf(c.stdout, format, args...) }
