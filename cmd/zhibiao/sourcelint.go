package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/configs"
	"zhibiao/pipeline"
)

func sourceLintCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "lint [FILE…]",
		Short: "Report all problems of sources' files, and how to mend them",
		Long: `Report all problems of the installed catalogue and sources, or of the files named,
one a line: file:line:column: what; how to mend it (no line where it is the file as a
whole). The exit code is 2 if there are any.`,
		Example: `  zhibiao source lint
  zhibiao source lint my-configs/sources/taigu.yaml`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, files []string) error { return c.lint(files) },
	}
}

func (c *cli) lint(files []string) error {
	i, err := c.installedSources()
	problems := i.placed(problemsOf(err))
	if err != nil && problems == nil {
		return err
	}
	checked := "the catalogue and all sources"
	if len(files) > 0 {
		checked = strings.Join(files, ", ")
		if i.set == nil { // something installed is broken: the files are checked against what is built in
			if i.set, err = configs.Load(configs.Default()); err != nil {
				return pipeline.WithExit(pipeline.ExitYourInput, err)
			}
		}
	}
	for _, file := range files {
		problems = slices.DeleteFunc(problems, func(p configs.Problem) bool { return sameFile(p.File, file) })
		found, err := i.lintFile(file)
		if err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		problems = append(problems, found...)
	}
	slices.SortStableFunc(problems, func(a, b configs.Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	for _, p := range problems {
		c.printf("%s\n", p)
	}
	switch len(problems) {
	case 0:
	case 1:
		return pipeline.WithExit(pipeline.ExitYourInput, errors.New("1 problem; the line says how to mend it"))
	default:
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("%d problems; each line says how to mend one", len(problems)))
	}
	c.printf("no problems in %s\n", checked)
	return nil
}

// lintFile checks a source's file and, once it is sound, the example beside it.
func (i *installed) lintFile(file string) (configs.Problems, error) {
	chosen, err := i.fromFile(file)
	if problems := problemsOf(err); problems != nil {
		return problems, nil
	}
	if err != nil {
		return nil, err
	}
	example, err := configs.ReadExample(chosen.folder, chosen.source.Name)
	problems := problemsOf(err)
	if err != nil && problems == nil {
		return nil, err
	}
	for at := range problems {
		problems[at].File = filepath.Join(chosen.dir, problems[at].File)
	}
	if err == nil && example.Want == nil {
		problems = append(problems, configs.Problem{File: filepath.Join(chosen.dir, configs.ExampleWant(chosen.source.Name)),
			What: "the expected lines are missing", Mend: "look at what zhibiao source test --update " + file + " writes there"})
	}
	return problems, nil
}

// placed names the files of the settings' own folder where they are on disk.
func (i *installed) placed(problems configs.Problems) configs.Problems {
	for at, p := range problems {
		if i.settings.Sources == "" {
			break
		}
		if file := filepath.Join(i.settings.Sources, p.File); exists(file) {
			problems[at].File = file
		}
	}
	return problems
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
