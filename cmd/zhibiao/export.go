package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"zhibiao/pipeline"
	"zhibiao/warehouse/export"
)

// exporting is one export command.
type exporting struct {
	request    export.Request
	format     string
	out        string // file, "" for standard output
	dictionary bool
}

func exportCommand(c *cli) *cobra.Command {
	e := &exporting{}
	command := &cobra.Command{
		Use:   "export VIEW",
		Short: "Write a table or view into a CSV or Parquet file",
		Long: `Write a table or view into a CSV or Parquet file, ordered by its key. CSV is for
spreadsheets: UTF-8 with a byte order mark; a text that a spreadsheet would run as
a formula gets an apostrophe. While a serve is running, http://ADDRESS/export/ gives
the same.`,
		Example: `  zhibiao export resolved --region 140121 --from 2020 --out resolved.csv --dictionary
  zhibiao export revisions --indicator gdp --format parquet --out revisions.parquet
  zhibiao export as_known --at 2025-03-01`,
		Args: cobra.ExactArgs(1),
	}
	flags := command.Flags()
	flags.StringVar(&e.format, "format", export.Formats[0], "one of "+strings.Join(export.Formats, ", "))
	flags.StringVar(&e.out, "out", "", "file to write (default: standard output)")
	flags.BoolVar(&e.dictionary, "dictionary", false, "with --out a.csv or a.parquet: also write what the columns mean, into a.dictionary.csv")
	flags.StringArrayVar(&e.request.Columns, "column", nil, "column to write, may be repeated (default: all)")
	flags.StringArrayVar(&e.request.Regions, "region", nil, "GB/T 2260 code, may be repeated (default: all)")
	flags.StringArrayVar(&e.request.Indicators, "indicator", nil, "indicator, may be repeated (default: all)")
	flags.StringVar(&e.request.From, "from", "", "first period: 2024, 2024-Q2, 2024-08 or 2024-08-31")
	flags.StringVar(&e.request.To, "to", "", "last period")
	flags.StringVar(&e.request.At, "at", "", "of as_known and as_published: a day (to its end) or a time, UTC")
	command.RunE = func(cmd *cobra.Command, args []string) error {
		e.request.View = args[0]
		if err := e.check(); err != nil {
			return err
		}
		run := c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error { return c.export(ctx, a, e) })
		if e.out == "" || c.serving != nil { // a serve sends the bytes to the process that has the file
			return run(cmd, args)
		}
		if err := e.checkOut(); err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		return c.exportIntoFile(e, func() error { return run(cmd, args) })
	}
	return command
}

// check finds what is wrong without asking the warehouse.
func (e *exporting) check() error {
	if !slices.Contains(export.Formats, e.format) {
		return export.UnknownFormat(e.format)
	}
	if e.dictionary && e.out == "" {
		return pipeline.WithExit(pipeline.ExitYourInput, errors.New("--dictionary writes a second file: name the first with --out"))
	}
	_, err := export.Describe(e.request)
	return err
}

// checkOut finds what keeps the files from being put in place, before the warehouse is asked.
func (e *exporting) checkOut() error {
	files := []string{e.out}
	if e.dictionary {
		files = append(files, dictionaryFile(e.out))
	}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			return fmt.Errorf("--out: %s is a folder: name a file", file)
		}
	}
	folder := filepath.Dir(e.out)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return fmt.Errorf("--out: there is no folder %s: make it, or name another file", folder)
	}
	if unix.Access(folder, unix.W_OK|unix.X_OK) != nil {
		return fmt.Errorf("--out: nothing can be written in the folder %s: name a file elsewhere", folder)
	}
	return nil
}

// exportBuffer is how much is gathered for one write, or one frame of a serve.
const exportBuffer = 128 << 10

func (c *cli) export(ctx context.Context, a *app, e *exporting) error {
	reader, err := a.reader(ctx)
	if err != nil {
		return err
	}
	rows, err := export.Open(ctx, reader, e.request)
	if err != nil {
		return err
	}
	defer rows.Close()
	out := bufio.NewWriterSize(&stoppable{ctx: ctx, to: c.stdout}, exportBuffer)
	if err := rows.Write(out, e.format); err != nil {
		return err
	}
	return out.Flush()
}

// exportIntoFile runs the export with its output going into the file, which appears
// once it is whole.
func (c *cli) exportIntoFile(e *exporting, run func() error) error {
	part := fmt.Sprintf("%s.%d.part", e.out, os.Getpid())
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return environment("making the file", err)
	}
	defer os.Remove(part) // is gone when it has been renamed
	stdout := c.stdout
	into := &counted{file: file, line: newProgressLine(c.stderr)}
	c.stdout = into
	err = run()
	c.stdout = stdout
	into.line.end()
	if closed := file.Close(); err == nil && closed != nil {
		err = environment("writing the file", closed)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(part, e.out); err != nil {
		return environment("putting the file in place", err)
	}
	c.printf("%s  %s\n", e.out, many(into.written, "byte"))
	if e.dictionary {
		return c.exportDictionary(e)
	}
	return nil
}

func (c *cli) exportDictionary(e *exporting) error {
	relation, err := export.Describe(e.request)
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := export.WriteDictionary(&text, relation); err != nil {
		return err
	}
	name := dictionaryFile(e.out)
	if err := os.WriteFile(name, []byte(text.String()), 0o644); err != nil {
		return environment("writing the dictionary", err)
	}
	c.printf("%s  %s\n", name, many(len(relation.Columns), "column"))
	return nil
}

// dictionaryFile is a.dictionary.csv for a.csv and a.parquet.
func dictionaryFile(out string) string {
	extension := filepath.Ext(out)
	if slices.Contains(export.Formats, strings.TrimPrefix(extension, ".")) {
		out = strings.TrimSuffix(out, extension)
	}
	return out + ".dictionary.csv"
}

// counted is a file that says on the way how much has been written.
type counted struct {
	file    io.Writer
	line    *progressLine
	written int64
}

func (c *counted) Write(piece []byte) (int, error) {
	n, err := c.file.Write(piece)
	c.written += int64(n)
	c.line.say("%.1f MB", float64(c.written)/1e6)
	return n, err
}
