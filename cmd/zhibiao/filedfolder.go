package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.uber.org/zap"

	"zhibiao/collectors/filing"
)

// filingSettings say where people put filled workbooks.
type filingSettings struct {
	// Folder is watched by serve: a workbook that stands still there is filed and moved
	// to done or returned, with a report beside it. Relative to the settings file; ""
	// for none.
	Folder string        `yaml:"folder"`
	Every  time.Duration `yaml:"every"` // between two looks; 10s
}

const defaultFilingInterval = 10 * time.Second

func (s filingSettings) check() error {
	if s.Every < 0 {
		return fmt.Errorf("every: %s is negative", s.Every)
	}
	return nil
}

// watchFilings files what is put into the watched folder, until ctx ends.
func (l *line) watchFilings(ctx context.Context) error {
	a := l.app
	dir := a.settings.besideFile(a.settings.Filing.Folder)
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return environment("making the watched folder", err)
	}
	every := a.settings.Filing.Every
	if every == 0 {
		every = defaultFilingInterval
	}
	folder := filing.Folder{Dir: dir, Every: every, Accept: l.acceptFiling,
		Failed: func(err error) {
			a.log.Error("the watched folder: what is there stays until it can be filed", zap.Error(err))
		}}
	return folder.Watch(ctx)
}

// acceptFiling checks a workbook of the watched folder and files what is right in it.
func (l *line) acceptFiling(ctx context.Context, name string, body []byte) (filing.Outcome, error) {
	source, err := l.app.set.Source(filing.Workbooks)
	if err != nil {
		return filing.Outcome{}, err
	}
	result, err := filing.Check(bytes.NewReader(body), source, now(), l.app.judge(source.Name))
	if err != nil {
		return filing.Outcome{}, err
	}
	var report strings.Builder
	fmt.Fprintf(&report, "%s\n%s\n", name, result.Summary())
	for _, f := range result.Findings {
		fmt.Fprintf(&report, "%s\n", filing.Line(f))
	}
	if !result.Acceptable() {
		return filing.Outcome{Report: report.String(), Marked: result.Marked}, nil
	}
	run, err := l.file(ctx, &result, name, "watched folder")
	if err != nil {
		return filing.Outcome{}, errors.Join(err, ctx.Err())
	}
	if run.New == 0 {
		report.WriteString("这个文件以前报送过，没有重复入库 · this very file was filed before, and counts once\n")
	}
	return filing.Outcome{Taken: true, Report: report.String(), Marked: result.Marked}, nil
}
