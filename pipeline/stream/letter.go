package stream

import (
	"fmt"
	"strings"

	"zhibiao/pipeline"
)

// Content is what a dead letter is about, as far as its payload can be read.
type Content struct {
	Source   string
	Lineage  string
	Version  string
	Document string // hash of the body
	URL      string
	Rows     int    // observations, refusals or records; 0 for a document
	Place    string // of the first row in its document
	Quote    string // what is printed there
}

// Content reads what the letter is about. What cannot be read stays empty.
func (l Letter) Content() Content {
	kind, token, _ := strings.Cut(l.Subject, ".")
	switch kind {
	case "documents":
		doc, err := DecodeDocument(l.Payload)
		if err != nil {
			return Content{Source: token}
		}
		return Content{Source: doc.Source, Lineage: doc.Lineage, Version: doc.Version, Document: doc.Hash, URL: doc.URL}
	case "observations":
		rows, err := DecodeObservations(l.Payload)
		if err != nil || len(rows) == 0 {
			return Content{}
		}
		c := contentOf(rows[0].Origin, len(rows))
		c.Place, c.Quote = place(rows[0].Locator, rows[0].ByteStart, rows[0].ByteEnd), rows[0].RawText
		return c
	case "refusals":
		rows, err := DecodeRefusals(l.Payload)
		if err != nil || len(rows) == 0 {
			return Content{Source: token}
		}
		c := contentOf(rows[0].Origin, len(rows))
		c.Place, c.Quote = place(rows[0].Locator, rows[0].ByteStart, rows[0].ByteEnd), rows[0].Quote
		return c
	case "records":
		return recordContent(l.Payload)
	}
	return Content{}
}

func contentOf(origin *pipeline.Origin, rows int) Content {
	return Content{Source: origin.Source, Lineage: origin.Lineage, Version: origin.Version, Document: origin.Document, Rows: rows}
}

func recordContent(payload []byte) Content {
	record, err := DecodeRecord(payload)
	switch {
	case err != nil:
		return Content{}
	case record.Document != nil:
		d := record.Document
		return Content{Source: d.Source, Lineage: d.Lineage, Version: d.Version, Document: d.Hash, URL: d.URL, Rows: 1}
	case record.Confirmation != nil:
		c := record.Confirmation
		return Content{Source: c.Source, Lineage: c.Lineage, Version: c.Version, Document: c.Document, Rows: 1}
	}
	return Content{Source: record.Run.Source, Rows: 1}
}

func place(locator string, start, end uint32) string {
	if start == end {
		return locator
	}
	return fmt.Sprintf("%s, bytes %d to %d", locator, start, end)
}
