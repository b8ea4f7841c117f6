package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/configs"
	"zhibiao/pipeline"
)

func sourceCommand(c *cli) *cobra.Command {
	command := &cobra.Command{
		Use:   "source",
		Short: "Write, check, try and list sources, and accept what is held of them",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(sourceLintCommand(c), sourceTestCommand(c), sourceRecordCommand(c), sourceListCommand(c), sourceAcceptCommand(c))
	for _, sub := range command.Commands() {
		sub.Args = asYourInput(sub.Args)
	}
	return command
}

// installed is the configuration that a command line works with.
type installed struct {
	settings settings
	set      *configs.Set
}

// installedSources loads settings, catalogue and sources; no folder is opened.
func (c *cli) installedSources() (installed, error) {
	s, err := loadSettings(c.dataDir, c.configFile)
	if err != nil {
		return installed{}, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	set, err := loadConfigs(s)
	if err != nil {
		err = pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	return installed{settings: s, set: set}, err
}

// chosenSource is a source that a command was given, by name or by file.
type chosenSource struct {
	set    *configs.Set // that knows it
	source *pipeline.Source
	folder fs.FS  // that holds its file and its example
	dir    string // the same on disk; "" for a source that is built in
}

// choose finds a source by its name, or reads its file.
func (i *installed) choose(argument string) (chosenSource, error) {
	if isFile(argument) {
		return i.fromFile(argument)
	}
	source, err := i.set.Source(argument)
	if err != nil {
		return chosenSource{}, err
	}
	chosen := chosenSource{set: i.set, source: source}
	if i.settings.Sources != "" {
		dir := filepath.Join(i.settings.Sources, "sources")
		if _, err := os.Stat(filepath.Join(dir, argument+".yaml")); err == nil {
			chosen.folder, chosen.dir = os.DirFS(dir), dir
			return chosen, nil
		}
	}
	chosen.folder, err = fs.Sub(configs.Default(), "sources")
	return chosen, err
}

func (i *installed) fromFile(file string) (chosenSource, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return chosenSource{}, fmt.Errorf("reading the source's file: %w", err)
	}
	set, err := i.set.WithSource(file, data)
	if err != nil {
		return chosenSource{}, err
	}
	source, err := set.Source(strings.TrimSuffix(path.Base(filepath.ToSlash(file)), ".yaml"))
	if err != nil {
		return chosenSource{}, err
	}
	dir := filepath.Dir(file)
	return chosenSource{set: set, source: source, folder: os.DirFS(dir), dir: dir}, nil
}

// isFile tells a path from the name of a source, which has neither dot nor
// slash.
func isFile(argument string) bool {
	return strings.ContainsAny(argument, "./"+string(filepath.Separator))
}

// problemsOf returns what is wrong with a configuration, if that is the error.
func problemsOf(err error) configs.Problems {
	var problems configs.Problems
	errors.As(err, &problems)
	return problems
}
