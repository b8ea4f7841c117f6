package decode

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zhibiao/pipeline"
)

// Limits of a zip container.
const (
	maxMembers   = 10_000
	maxInflated  = 100 << 20 // bytes, of one part and of all that one document inflates
	maxRatio     = 200       // inflated to packed, beyond ratioFloor
	ratioFloor   = 1 << 20   // bytes
	maxNameBytes = 1024
)

// Budget is how many bytes one document may still inflate, with everything that
// is packed inside it.
type Budget struct{ left int64 }

// NewBudget returns the budget of one document: 100 MiB.
func NewBudget() *Budget { return &Budget{left: maxInflated} }

// Archive is a zip of files whose directory was checked.
type Archive struct {
	Files  []PackedFile
	byName map[string]int
	budget *Budget
}

// PackedFile is one file of an archive.
type PackedFile struct {
	Name string // decoded, with / between folders
	file *zip.File
}

// Zip opens a zip container and checks its directory: count and names of the
// members. Nothing is inflated yet.
func Zip(body []byte, budget *Budget) (*Archive, *Fault) {
	reader, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, fault(pipeline.Truncated, fmt.Sprintf("the zip directory at the end of the body cannot be read (%v); fetch it again", err))
	}
	if len(reader.File) > maxMembers {
		return nil, fault(pipeline.UnexpectedField, fmt.Sprintf("the zip has %d members, more than %d", len(reader.File), maxMembers))
	}
	a := &Archive{byName: make(map[string]int, len(reader.File)), budget: budget}
	for _, file := range reader.File {
		name, ok := memberName(file)
		if !ok {
			return nil, fault(pipeline.NotADocument, fmt.Sprintf("the zip has a member named %q, which leads out of it or is no name of a file", shortName(file.Name)))
		}
		if strings.HasSuffix(name, "/") {
			continue
		}
		if _, twice := a.byName[name]; twice {
			return nil, fault(pipeline.UnexpectedField, fmt.Sprintf("the zip has two members named %q", shortName(name)))
		}
		a.byName[name] = len(a.Files)
		a.Files = append(a.Files, PackedFile{name, file})
	}
	return a, nil
}

// memberName decodes the name of a member: UTF-8, else GB18030, as Chinese
// programs write it without saying so.
func memberName(file *zip.File) (string, bool) {
	name := file.Name
	if !utf8.ValidString(name) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().String(name)
		if err != nil || strings.ContainsRune(decoded, utf8.RuneError) {
			return "", false
		}
		name = decoded
	}
	name = strings.ReplaceAll(name, `\`, "/")
	if name == "" || len(name) > maxNameBytes || name[0] == '/' || len(name) > 1 && name[1] == ':' {
		return "", false
	}
	for _, segment := range strings.Split(name, "/") {
		if segment == ".." {
			return "", false
		}
	}
	return name, strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r == 0x7F }) < 0
}

// Has reports whether there is a member of that name.
func (a *Archive) Has(name string) bool {
	_, ok := a.byName[name]
	return ok
}

// Read inflates the member of that name.
func (a *Archive) Read(name string) ([]byte, *Fault) {
	i, ok := a.byName[name]
	if !ok {
		return nil, fault(pipeline.NotADocument, fmt.Sprintf("the zip has no member %q", shortName(name)))
	}
	file := a.Files[i].file
	size, packed := file.UncompressedSize64, file.CompressedSize64
	switch {
	case file.Flags&1 != 0:
		return nil, fault(pipeline.UnexpectedKind, fmt.Sprintf("the member %q is encrypted; ask the publisher for an open file", shortName(name)))
	case file.Method != zip.Store && file.Method != zip.Deflate:
		return nil, fault(pipeline.UnexpectedKind, fmt.Sprintf("the member %q is packed by method %d, which is not read", shortName(name), file.Method))
	case size > maxInflated || int64(size) > a.budget.left:
		return nil, fault(pipeline.UnexpectedField, fmt.Sprintf("the member %q brings what the document inflates above %d MiB", shortName(name), maxInflated>>20))
	case size > ratioFloor && size/maxRatio > packed:
		return nil, fault(pipeline.UnexpectedField, fmt.Sprintf("the member %q inflates more than %d times: a zip bomb", shortName(name), maxRatio))
	}
	part, err := unpack(file, int(size))
	if err != nil {
		return nil, fault(pipeline.Truncated, fmt.Sprintf("the member %q cannot be inflated (%v); fetch it again", shortName(name), err))
	}
	a.budget.left -= int64(size)
	return part, nil
}

// unpack reads a member of exactly the size that its directory claims.
func unpack(file *zip.File, size int) ([]byte, error) {
	reader, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	part := make([]byte, size)
	if _, err := io.ReadFull(reader, part); err != nil {
		return nil, err
	}
	var beyond [1]byte
	switch _, err := io.ReadFull(reader, beyond[:]); err {
	case io.EOF: // the checksum was compared
		return part, nil
	case nil:
		return nil, errors.New("it is longer than its directory says")
	default:
		return nil, err
	}
}

// zipForm tells the form of a body that begins like a zip, by the parts in it.
func zipForm(body []byte) Form {
	reader, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return FormZip
	}
	form := FormZip
	for _, file := range reader.File {
		switch {
		case strings.HasPrefix(file.Name, "xl/workbook"):
			return FormXLSX
		case file.Name == docxPart:
			form = FormDOCX
		}
	}
	return form
}

// Escape writes the name of a member so that it can stand in a locator, where !
// ends a member, # a part, and > a cell.
func Escape(name string) string { return locatorEscape.Replace(name) }

var (
	locatorEscape   = strings.NewReplacer("%", "%25", "!", "%21", "#", "%23", ">", "%3E")
	locatorUnescape = strings.NewReplacer("%25", "%", "%21", "!", "%23", "#", "%3E", ">")
)
