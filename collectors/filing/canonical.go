package filing

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"

	"zhibiao/pipeline"
)

// canonical writes a workbook so that the same content gives the same bytes: its
// parts in the order of their names, all of one time.
func canonical(f *excelize.File, on pipeline.Date) ([]byte, error) {
	var written bytes.Buffer
	if err := f.Write(&written); err != nil {
		return nil, fmt.Errorf("writing the workbook: %w", err)
	}
	read, err := zip.NewReader(bytes.NewReader(written.Bytes()), int64(written.Len()))
	if err != nil {
		return nil, fmt.Errorf("packing the workbook: %w", err)
	}
	files := slices.SortedFunc(slices.Values(read.File), func(a, b *zip.File) int {
		return cmp.Or(cmp.Compare(firstPart(a.Name), firstPart(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	var packed bytes.Buffer
	out := zip.NewWriter(&packed)
	for _, file := range files {
		if err := repack(out, file, on.Time()); err != nil {
			return nil, fmt.Errorf("packing %s of the workbook: %w", file.Name, err)
		}
	}
	if err := out.Close(); err != nil {
		return nil, fmt.Errorf("packing the workbook: %w", err)
	}
	return packed.Bytes(), nil
}

// firstPart puts the list of parts before the parts: some programs look only there.
func firstPart(name string) int {
	if name == "[Content_Types].xml" {
		return 0
	}
	return 1
}

func repack(out *zip.Writer, file *zip.File, at time.Time) error {
	from, err := file.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := out.CreateHeader(&zip.FileHeader{Name: file.Name, Method: zip.Deflate, Modified: at})
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return err
}
