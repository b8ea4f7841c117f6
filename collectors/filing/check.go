package filing

import (
	"fmt"
	"io"
	"strings"
	"time"

	"zhibiao/pipeline"
)

// Judge says cell by cell what the line's reader makes of a document.
type Judge func(doc pipeline.Document) (pipeline.Judgement, error)

// Result is what became of a filed document.
type Result struct {
	pipeline.Judgement
	Upload Upload
	// Marked is the workbook with what was found marked in it and listed on a sheet of
	// its own; nil where there is nothing to mark, or where it cannot be opened.
	Marked []byte
}

// Check reads an upload of a source and judges it. The error is ErrTooLarge, or our
// fault; what is wrong in the document is in the findings.
func Check(r io.Reader, source *pipeline.Source, at time.Time, judge Judge) (Result, error) {
	body, err := ReadUpload(r)
	if err != nil {
		return Result{}, err
	}
	result := Result{Upload: Upload{Source: source, Body: body, At: at.UTC().Truncate(time.Millisecond)}}
	if result.Judgement, err = judge(result.Upload.Document()); err != nil {
		return Result{}, fmt.Errorf("checking the upload: %w", err)
	}
	result.Upload.Title = source.Title
	if result.Unit != "" {
		result.Upload.Title += " " + result.Unit
	}
	if !result.Whole && len(result.Findings) > 0 && isWorkbook(body) {
		result.Marked, err = mark(body, result.Findings)
		if err != nil {
			result.Marked = nil // the list says the same
		}
	}
	return result, nil
}

func isWorkbook(body []byte) bool {
	return strings.HasPrefix(string(body[:min(4, len(body))]), "PK\x03\x04")
}

// Acceptable reports whether there is anything to file.
func (r *Result) Acceptable() bool { return !r.Whole && len(r.Accepted) > 0 }

// Summary says in one line of Chinese and English what became of the document.
func (r *Result) Summary() string {
	errors, warnings := r.Count(pipeline.SeverityError), r.Count(pipeline.SeverityWarning)
	switch {
	case r.Whole:
		return "没有接收 · nothing was taken"
	case len(r.Accepted) == 0 && errors == 0:
		return "没有填写任何数据 · nothing is filled in"
	}
	text := fmt.Sprintf("接收 %d 格，退回 %d 格，请说明 %d 格，留空 %d 格 · %d taken, %d returned, %d to be explained, %d blank",
		len(r.Accepted), errors, warnings, r.Blank, len(r.Accepted), errors, warnings, r.Blank)
	return text
}

// Line says a finding in one line: where, what, and what to do.
func Line(f pipeline.Finding) string {
	zh, en := Message(f)
	place := f.Place
	if f.Sheet != "" {
		place = strings.TrimSuffix(f.Sheet+"!"+f.Place, "!")
	}
	if place != "" {
		place += "  "
	}
	return fmt.Sprintf("%s%s  %s · %s", place, SeverityWords(f.Severity), zh, en)
}
