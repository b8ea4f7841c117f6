package filing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"zhibiao/pipeline"
)

// Names of the sources that filed documents belong to.
const (
	Workbooks = "provincial-workbook"
	Platform  = "national-platform"
)

// MaxBody is how large an upload may be, in bytes.
const MaxBody = 20 << 20

// xlsxType is the media type of a workbook.
const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Upload is a filed document, as it came.
type Upload struct {
	Source *pipeline.Source
	Body   []byte
	At     time.Time // when it was filed: the document's fetched_at
	Title  string    // what it is, without names of persons
}

// ErrTooLarge says that an upload has more than MaxBody bytes.
var ErrTooLarge = errors.New("上传的文件超过 20 MB，请分成几个文件报送 · the file is larger than 20 MB; file it in parts")

// ReadUpload reads a body up to its limit.
func ReadUpload(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading the upload: %w", err)
	}
	if len(body) > MaxBody {
		return nil, ErrTooLarge
	}
	return body, nil
}

// Raw is the document as it is archived. Its address is made of its content, so that
// every filing is a lineage of its own without predecessor, and filing the same bytes
// again is the same document. Of two filings of one cell the one filed later counts.
func (u *Upload) Raw() pipeline.RawDocument {
	mediaType := ""
	if u.Source.Rules.Kind == pipeline.KindFiling {
		mediaType = xlsxType
	}
	return pipeline.RawDocument{
		Source: u.Source.Name, Supplier: u.Source.Rules.Supplier, Access: u.Source.Access,
		Method: "POST", URL: "https://filing.zhibiao.invalid/" + u.Source.Name + "/" + pipeline.HashBody(u.Body),
		MediaType: mediaType, Title: u.Title, FetchedAt: u.At, Body: u.Body,
	}
}

// Document is the document as the line will read it, but for its derivation.
func (u *Upload) Document() pipeline.Document {
	return pipeline.NewDocument(u.Raw(), "", pipeline.Derivation{})
}

var _ pipeline.Collector = (*Upload)(nil)

// Collect hands over the document.
func (u *Upload) Collect(ctx context.Context, _ pipeline.Window, emit func(context.Context, pipeline.RawDocument) error) error {
	return emit(ctx, u.Raw())
}
