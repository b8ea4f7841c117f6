package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
	"zhibiao/transformers"
)

func workbookFileCommand(c *cli) *cobra.Command {
	var by, marked string
	command := &cobra.Command{
		Use:   "file FILE",
		Short: "Check a filled workbook and file what is right in it",
		Long: `Check a filled workbook cell by cell and file it: the workbook itself becomes the
document of its numbers. What is wrong is listed, and marked in a copy. Filing the
same file twice is filing it once; a corrected workbook is filed again, and the last
one counts.`,
		Args:    cobra.ExactArgs(1),
		Example: "  zhibiao workbook file 计量处-填报表-2026-03-01.xlsx --by 计量处",
	}
	command.Flags().StringVar(&by, "by", "", "who files it, for the register of filings (required)")
	command.Flags().StringVar(&marked, "marked", "", "where the marked copy goes (default: beside the file)")
	run := c.makingFolder(func(ctx context.Context, _ *cobra.Command, args []string, a *app) error {
		return c.fileUpload(ctx, a, filing.Workbooks, args[0], by, marked)
	})
	command.RunE = func(cmd *cobra.Command, args []string) error {
		if strings.TrimSpace(by) == "" {
			return pipeline.WithExit(pipeline.ExitYourInput, errors.New("--by is missing: write who files it, such as --by 计量处"))
		}
		if err := fullPaths(c, &args[0], &marked); err != nil {
			return err
		}
		c.args = []string{"workbook", "file", args[0], "--by", by, "--marked", marked}
		return run(cmd, args)
	}
	return command
}

// fileUpload checks a file, files what is right in it, and tells both.
func (c *cli) fileUpload(ctx context.Context, a *app, source, name, by, marked string) error {
	file, err := os.Open(name)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("opening the file: %w", err))
	}
	defer file.Close()
	chosen, err := a.set.Source(source)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	result, err := filing.Check(file, chosen, now(), a.judge(source))
	if errors.Is(err, filing.ErrTooLarge) {
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("%s: %w", name, err))
	}
	if err != nil {
		return err
	}
	for _, f := range result.Findings {
		c.printf("%s\n", filing.Line(f))
	}
	c.printf("%s\n", result.Summary())
	if result.Marked != nil {
		if marked == "" {
			marked = filepath.Join(filepath.Dir(name), filing.MarkedName(filepath.Base(name)))
		}
		if err := replaceFile(marked, result.Marked); err != nil {
			return environment("writing the marked copy", err)
		}
		c.printf("%s  标注副本 · marked copy\n", marked)
	}
	if !result.Acceptable() {
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("%s: nothing was filed; the reasons stand above", filepath.Base(name)))
	}
	if err := c.fileResult(ctx, a, &result, filepath.Base(name), by); err != nil {
		return err
	}
	if n := result.Count(pipeline.SeverityError); n > 0 {
		return pipeline.WithExit(pipeline.ExitPartly, fmt.Errorf("%s returned; correct the marked copy and file it again", manyWere(n, "cell")))
	}
	return nil
}

// fileResult puts what is right in an upload through the line, and returns once it is
// loaded.
func (c *cli) fileResult(ctx context.Context, a *app, result *filing.Result, name, by string) error {
	l, done, err := a.useLine(ctx)
	if err != nil {
		return err
	}
	defer done()
	run, err := l.file(ctx, result, name, by)
	if err != nil {
		return err
	}
	hash := pipeline.HashBody(result.Upload.Body)
	if run.New == 0 {
		c.printf("这个文件以前报送过，没有重复入库；要恢复其中的数据，请重新保存后再报送 · this very file was filed before, and counts once; to bring its numbers back, save it again and file it\n")
	}
	c.printf("document %s\n", hash)
	if err := l.awaitLoaded(ctx); err != nil {
		return err
	}
	setAside, err := l.untoldLetters(ctx)
	if err != nil {
		return err
	}
	for _, letter := range setAside {
		c.printf("set aside: %s: %s\n", letter.Stage, firstLine(letter.Reason))
	}
	if err := l.sweep(ctx); err != nil {
		a.log.Error("keeping house failed", zap.Error(err))
	}
	if len(setAside) > 0 {
		return pipeline.WithExit(pipeline.ExitPartly, errors.New(wereSetAside(len(setAside))+"; the reasons stand above"))
	}
	return nil
}

// judge is the reader of a source's documents, cell by cell.
func (a *app) judge(source string) filing.Judge {
	reader := transformers.New()
	return func(doc pipeline.Document) (pipeline.Judgement, error) {
		rules, err := a.set.Rules(source, transformers.Parser)
		if err != nil {
			return pipeline.Judgement{}, err
		}
		return reader.Judge(doc, rules)
	}
}

// file puts the upload on the line as any collected document, and into the register.
func (l *line) file(ctx context.Context, result *filing.Result, name, by string) (pipeline.Run, error) {
	entry := filedEntry{At: now().UTC(), By: by, Name: name, Source: result.Upload.Source.Name, Document: pipeline.HashBody(result.Upload.Body),
		Unit: result.Unit, Accepted: len(result.Accepted), Returned: result.Count(pipeline.SeverityError)}
	if err := l.app.registerFiling(entry); err != nil { // first: what was filed by whom is never unknown
		return pipeline.Run{}, err
	}
	run, err := l.runCollector(ctx, result.Upload.Source, &result.Upload, pipeline.Window{}, "filing")
	if err == nil && len(run.Failures) > 0 {
		err = environment("filing "+name, errors.New(strings.Join(run.Failures, "; ")))
	}
	return run, err
}

// filedEntry is a line of the register of filings. The document itself names no
// person.
type filedEntry struct {
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Name     string    `json:"name"` // of the file
	Source   string    `json:"source"`
	Document string    `json:"document"` // SHA-256
	Unit     string    `json:"unit,omitempty"`
	Accepted int       `json:"accepted"`
	Returned int       `json:"returned"`
}

// registerFile is the register of filings of a data folder: lines of JSON, appended.
func (a *app) registerFile() string { return filepath.Join(a.dir, "filings.ndjson") }

func (a *app) registerFiling(entry filedEntry) (err error) {
	file, err := os.OpenFile(a.registerFile(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return environment("opening the register of filings", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(entry); err != nil {
		return err
	}
	if _, err := file.Write(text.Bytes()); err != nil {
		return environment("writing the register of filings", err)
	}
	return environmentOrNil("writing the register of filings", file.Sync())
}

func environmentOrNil(doing string, err error) error {
	if err == nil {
		return nil
	}
	return environment(doing, err)
}
