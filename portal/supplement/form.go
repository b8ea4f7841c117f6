package supplement

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/portal/web"
)

// Bounds of a form beside those of its body: a field is a number, a reason of 500
// letters or the name of an attachment.
const (
	maxField  = 16 << 10 // bytes
	maxFields = 8000     // a sheet of 500 cells with all that belongs to them
)

// upload is a file of a form.
type upload struct {
	field, name string
	content     []byte
}

// form is what a browser sent.
type form struct {
	url.Values
	files []upload
}

// readForm reads a form of either encoding, part by part: net/http takes at most 1,000
// parts and puts files on the disk. Fields outside of known (names, or prefixes that
// end in a dot) are named and refused (promise 11).
func (p *pages) readForm(r *http.Request, known ...string) (*form, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, badForm(err)
	}
	f := &form{Values: url.Values{}}
	if kind == "multipart/form-data" {
		done, err := p.readParts(r, f)
		defer done()
		if err != nil {
			return nil, err
		}
	} else {
		if err := r.ParseForm(); err != nil {
			return nil, badForm(err)
		}
		f.Values = r.PostForm
	}
	for name := range f.Values {
		if !isKnown(name, known) {
			return nil, badForm(fmt.Errorf("unknown field %q", name))
		}
	}
	for _, file := range f.files {
		if !isKnown(file.field, known) {
			return nil, badForm(fmt.Errorf("unknown field %q", file.field))
		}
	}
	return f, nil
}

func isKnown(name string, known []string) bool {
	prefix, _, dotted := strings.Cut(name, ".")
	return slices.Contains(known, name) || dotted && slices.Contains(known, prefix+".")
}

func badForm(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("reading the form: %w", err))
}

// readParts reads the parts of a form. Only some forms with files are read at a time;
// done frees the place.
func (p *pages) readParts(r *http.Request, f *form) (done func(), err error) {
	done = func() {}
	reader, err := r.MultipartReader()
	if err != nil {
		return done, badForm(err)
	}
	for count := 0; ; count++ {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return done, nil
		}
		if err != nil {
			return done, badForm(err)
		}
		if count >= maxFields {
			return done, web.Refuse(http.StatusRequestEntityTooLarge, "表单的项数太多，请分几次提交。", "The form has too many fields: send it in parts.")
		}
		if isFile(part) && part.FileName() != "" && len(f.files) == 0 {
			release, err := p.take(r.Context())
			if err != nil {
				return done, err
			}
			done = release
		}
		if err := f.take(part); err != nil {
			return done, err
		}
	}
}

// isFile reports whether a part is of a file field, also one that was left empty.
func isFile(part *multipart.Part) bool {
	_, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return false
	}
	_, named := parameters["filename"]
	return named
}

func (p *pages) take(ctx context.Context) (release func(), err error) {
	select {
	case p.places <- struct{}{}:
		return func() { <-p.places }, nil
	case <-ctx.Done():
		return func() {}, ctx.Err()
	}
}

func (f *form) take(part *multipart.Part) error {
	if isFile(part) {
		content, err := io.ReadAll(part) // the body as a whole is bounded
		if err != nil {
			return badForm(err)
		}
		if part.FileName() != "" || len(content) > 0 { // else the field was left empty
			f.files = append(f.files, upload{part.FormName(), part.FileName(), content})
		}
		return nil
	}
	var content bytes.Buffer
	if n, err := io.CopyN(&content, part, maxField+1); n > maxField {
		return web.Refuse(http.StatusRequestEntityTooLarge, "有一项的文字太长。", "A text of the form is too long.")
	} else if err != nil && !errors.Is(err, io.EOF) {
		return badForm(err)
	}
	f.Add(part.FormName(), content.String())
	return nil
}
