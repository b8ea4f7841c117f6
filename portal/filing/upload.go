package filing

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/web"
)

// fileField is the field of the form that holds the workbook.
const fileField = "workbook"

// upload checks a workbook, files what is right in it, and leads to what became of it:
// POST /filing. Handing in the same file twice is handing it in once (promise 3).
func (p *pages) upload(w http.ResponseWriter, r *http.Request) error {
	file, err := formFile(r)
	if err != nil {
		return err
	}
	result, err := p.check(r, file)
	if err != nil {
		return whatCame(err)
	}
	if err := onlyOne(file); err != nil {
		return err
	}
	a, _ := account.From(r.Context())
	if err := p.mayFile(&a, &result); err != nil {
		return err
	}
	o := p.outcomeOf(&a, &result, file.name)
	if result.Acceptable() {
		if err := p.file(r, &a, &result, o); err != nil {
			return err
		}
	}
	return web.SeeOther(w, r, "/filing/result/"+p.shelf.put(o))
}

func (p *pages) check(r *http.Request, file io.Reader) (filing.Result, error) {
	release, err := p.place(r)
	if err != nil {
		return filing.Result{}, err
	}
	defer release()
	return p.Check(file)
}

// incoming is the workbook of a request, read as it comes.
type incoming struct {
	io.Reader
	name string
	rest *multipart.Reader
}

// formFile finds the workbook in the form. Nothing is kept on disk.
func formFile(r *http.Request) (*incoming, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, errNoFile
	}
	part, err := parts.NextPart()
	if err != nil {
		return nil, whatCame(err)
	}
	switch {
	case part.FormName() != fileField:
		return nil, unknownField(part)
	case part.FileName() == "":
		return nil, errNoFile
	}
	return &incoming{part, plainName(part.FileName()), parts}, nil
}

// onlyOne refuses what stands behind the workbook (promise 11).
func onlyOne(file *incoming) error {
	part, err := file.rest.NextPart()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return whatCame(err)
	case part.FormName() == fileField:
		return errTwoFiles
	}
	return unknownField(part)
}

func unknownField(part *multipart.Part) error {
	return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("unknown field %q: the form has %s", plainName(part.FormName()), fileField))
}

// whatCame says what is wrong with how a file arrived.
func whatCame(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, filing.ErrTooLarge), errors.As(err, &large):
		return errTooLarge
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errCutOff
	}
	return err
}

const maxName = 80 // characters of a file's name that are kept

// plainName keeps of a file's name what is safe to show and to save under.
func plainName(name string) string {
	name = filepath.Base(strings.ReplaceAll(name, "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, name)
	if letters := []rune(name); len(letters) > maxName {
		extension := filepath.Ext(name)
		if len(extension) > 10 {
			extension = ""
		}
		name = string(letters[:maxName-len([]rune(extension))]) + extension
	}
	return name
}

// mayFile reports whether all that a workbook has is the account's to hand in: each of
// its cells, whatever unit it says it is of.
func (p *pages) mayFile(a *account.Account, result *filing.Result) error {
	if result.Unit != "" && !a.May(account.File, account.Object{Unit: result.Unit}) {
		return errNotYours
	}
	for i := range result.Accepted {
		o := &result.Accepted[i]
		indicator, there := p.Indicator(o.Indicator)
		if !there || !a.May(account.File, account.Object{Region: o.Region, Unit: indicator.CoordinatingUnit}) {
			return errNotYours
		}
	}
	return nil
}

// file notes in the audit trail what is about to be filed, and files it: what was
// filed by whom is never unknown.
func (p *pages) file(r *http.Request, a *account.Account, result *filing.Result, o *outcome) error {
	err := p.Audit.Record(r.Context(), audit.Event{What: "workbook.file", Object: o.document, Region: a.Region, Detail: map[string]string{
		"unit": o.unit, "file": o.name, "accepted": fmt.Sprint(o.accepted), "returned": fmt.Sprint(o.returned)}})
	if err != nil {
		return pipeline.WithExit(pipeline.ExitEnvironment, err)
	}
	o.filed, err = p.File(r.Context(), result, o.name, a.Name)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("filing a workbook: %w", err))
	}
	o.taken = true
	return nil
}

// maxFindings and maxRows bound a page; the marked copy has all.
const (
	maxFindings = 500
	maxRows     = 500
)

func (p *pages) outcomeOf(a *account.Account, result *filing.Result, name string) *outcome {
	o := &outcome{account: a.Name, unit: result.Unit, name: name, document: pipeline.HashBody(result.Upload.Body), at: p.Now(),
		summary: result.Summary(), accepted: len(result.Accepted), whole: result.Whole,
		returned: result.Count(pipeline.SeverityError), marked: result.Marked}
	listed := min(len(result.Findings), maxFindings)
	o.findings, o.more = slices.Clone(result.Findings[:listed]), len(result.Findings)-listed
	o.rows, o.cut = p.rows(result.Accepted)
	return o
}
