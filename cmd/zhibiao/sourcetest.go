package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"zhibiao/configs"
	"zhibiao/loaders/ndjson"
	"zhibiao/pipeline"
	"zhibiao/transformers"
	"zhibiao/transformers/check"
)

func sourceTestCommand(c *cli) *cobra.Command {
	var update bool
	command := &cobra.Command{
		Use:   "test [NAME|FILE…]",
		Short: "Read the examples of sources offline and compare with what is expected",
		Long: `Read the documents of NAME.example under the source's rules and compare every line with
NAME.want.ndjson beside it: no network, no broker, no warehouse. Without a name all
installed sources that have an example are tested. The exit code is 2 if any differs.`,
		Example: `  zhibiao source test nbs-nation-month
  zhibiao source test --update my-configs/sources/taigu.yaml`,
		Args: cobra.ArbitraryArgs,
	}
	command.Flags().BoolVar(&update, "update", false, "write what is read now as what is expected")
	command.RunE = func(_ *cobra.Command, names []string) error {
		i, err := c.installedSources()
		if err != nil {
			return err
		}
		return pipeline.WithExit(pipeline.ExitYourInput, c.testSources(&i, names, update))
	}
	return command
}

func (c *cli) testSources(i *installed, names []string, update bool) error {
	skipUnsaved := len(names) == 0
	if skipUnsaved {
		for _, source := range i.set.Sources() {
			names = append(names, source.Name)
		}
	}
	reader := transformers.New()
	var problems []error
	for _, name := range names {
		chosen, err := i.choose(name)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if _, err := chosen.folder.Open(configs.ExampleFolder(chosen.source.Name)); skipUnsaved && err != nil {
			c.printf("%-28s has no example\n", chosen.source.Name)
			continue
		}
		if err := c.testSource(chosen, reader, update); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", chosen.source.Name, err))
		}
	}
	return errors.Join(problems...)
}

// testSource reads one source's example. What is printed is a person's: the lines
// that differ, then a summary.
func (c *cli) testSource(chosen chosenSource, reader pipeline.Reader, update bool) error {
	name := chosen.source.Name
	example, err := configs.ReadExample(chosen.folder, name)
	if err != nil {
		return err
	}
	got, err := readExample(chosen, example, reader)
	if err != nil {
		return err
	}
	c.printf("%-28s %d documents, %d observations, %d refusals\n", name, len(example.Documents), got.observations, got.refusals)
	for _, held := range got.held {
		c.printf("  would be held: %s: %s\n", cmp.Or(held.Table, "the document"), held.Detail)
	}
	switch {
	case update && chosen.dir == "":
		return fmt.Errorf("it is built in: name its file, such as configs/sources/%s.yaml", name)
	case update:
		file := filepath.Join(chosen.dir, configs.ExampleWant(name))
		if err := os.WriteFile(file, got.lines, 0o644); err != nil {
			return fmt.Errorf("writing the expected lines: %w", err)
		}
		c.printf("  written: %s; look at every line of it\n", file)
	case example.Want == nil:
		return fmt.Errorf("there is no %s beside it: write it with --update and look at every line", configs.ExampleWant(name))
	case !bytes.Equal(got.lines, example.Want):
		c.printf("%s", lineDifference(example.Want, got.lines))
		return errors.New("what is read differs from what is expected (- expected, + read); if the reading is right, --update writes it")
	}
	if len(got.held) > 0 {
		return errors.New("the example falls short of what expect: asks for")
	}
	return nil
}

// exampleReading is what an example says.
type exampleReading struct {
	lines                  []byte
	observations, refusals int
	held                   []pipeline.Held
	readings               []pipeline.Reading
}

func readExample(chosen chosenSource, example configs.Example, reader pipeline.Reader) (exampleReading, error) {
	var all exampleReading
	rules, err := chosen.set.Rules(chosen.source.Name, transformers.Parser)
	if err != nil {
		return all, err
	}
	var b bytes.Buffer
	for _, d := range example.Documents {
		doc := pipeline.NewDocument(d.Raw(chosen.source), "", pipeline.Derivation{ID: rules.ID, No: 1, Parser: transformers.Parser})
		reading, err := reader.Read(doc, rules)
		if err != nil {
			return all, fmt.Errorf("reading %s: %w", d.File, err)
		}
		header, err := json.Marshal(struct {
			Kind     string `json:"kind"`
			File     string `json:"file"`
			Complete bool   `json:"complete"`
		}{"document", d.File, reading.Complete})
		if err != nil {
			return all, err
		}
		b.Write(append(header, '\n'))
		if err := ndjson.Write(&b, reading.Observations, reading.Refusals); err != nil {
			return all, err
		}
		all.observations += len(reading.Observations)
		all.refusals += len(reading.Refusals)
		all.held = append(all.held, check.Drift(nil, &reading, chosen.source.Expect)...)
		all.readings = append(all.readings, reading)
	}
	all.lines = b.Bytes()
	return all, nil
}
