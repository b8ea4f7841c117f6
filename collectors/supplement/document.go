package supplement

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"zhibiao/pipeline"
)

// DocumentSchema is the current number of the canonical JSON of an acceptance.
const DocumentSchema = 1

// document is the canonical JSON of an acceptance, in the order of its members and
// without white space or HTML escaping: the same acceptance gives the same bytes. It
// names no person: neither who entered nor who accepted, nor the names of files.
type document struct {
	Schema     int             `json:"schema"`
	Kind       string          `json:"kind"`
	Region     string          `json:"region"`
	Acceptance string          `json:"acceptance"`
	AcceptedAt string          `json:"accepted_at"` // RFC 3339, UTC, whole milliseconds
	Indicators []documentLocal `json:"indicators,omitempty"`
	Entries    []documentEntry `json:"entries"`
}

type documentLocal struct {
	Code       string `json:"code"`
	NameZH     string `json:"name_zh"`
	Owner      string `json:"owner"`
	Definition string `json:"definition"`
	Unit       string `json:"unit"`
}

type documentEntry struct {
	Indicator string             `json:"indicator"`
	Region    string             `json:"region"`
	Freq      pipeline.Freq      `json:"freq"`
	Basis     pipeline.Basis     `json:"basis"`
	Period    string             `json:"period"`
	Value     string             `json:"value"` // the number, or the words that stand for none
	Unit      string             `json:"unit"`
	Disputes  string             `json:"disputes,omitempty"`
	Reason    string             `json:"reason,omitempty"`
	Evidence  []documentEvidence `json:"evidence,omitempty"`
}

type documentEvidence struct {
	SHA256 string `json:"sha256"`
	Type   string `json:"type"`
	Bytes  int    `json:"bytes"`
}

// Words that stand for no number.
const (
	NotApplicableZH = "不适用"
	NotAvailableZH  = "未掌握"
)

const (
	documentKind = "county-supplement"
	instantForm  = "2006-01-02T15:04:05.000Z"
)

// Document returns the acceptance as the document that it becomes.
func (a *Acceptance) Document() (pipeline.RawDocument, error) {
	d := document{Schema: DocumentSchema, Kind: documentKind, Region: a.Region, Acceptance: a.ID,
		AcceptedAt: a.At.UTC().Format(instantForm)}
	for _, l := range a.Locals {
		d.Indicators = append(d.Indicators, documentLocal{l.Code, l.NameZH, l.Owner, l.Definition, l.Unit})
	}
	for i := range a.Entries {
		d.Entries = append(d.Entries, a.Entries[i].inDocument())
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d); err != nil {
		return pipeline.RawDocument{}, fmt.Errorf("writing acceptance %s: %w", a.ID, err)
	}
	return pipeline.RawDocument{
		Source: Source, Supplier: pipeline.County, Access: a.access(),
		Method: "GET", URL: DocumentURL(a.Region, a.ID), MediaType: "application/json; charset=utf-8",
		Title:     fmt.Sprintf("县级补充 %s %s", a.Region, a.At.In(Shanghai).Format(time.DateOnly)),
		FetchedAt: a.At, // written once, with the decision
		Context:   map[string]string{pipeline.ContextRegion: a.Region},
		Body:      bytes.TrimSuffix(body.Bytes(), []byte("\n")),
	}, nil
}

// access returns who may see the numbers. What disputes a public value stands beside it
// and is as open: else it would close the value that it disputes.
func (a *Acceptance) access() pipeline.Access {
	for i := range a.Entries {
		if a.Entries[i].Disputes == "" {
			return pipeline.AccessRestricted
		}
	}
	return pipeline.AccessPublic
}

// DocumentURL is the address of an acceptance: a name, at which nothing is fetched.
func DocumentURL(region, acceptance string) string {
	return "https://entries.zhibiao.invalid/" + region + "/" + acceptance
}

func (e *Accepted) inDocument() documentEntry {
	period := e.Cell.Period
	d := documentEntry{Indicator: e.Cell.Indicator, Region: e.Cell.Region, Freq: period.Freq, Basis: period.Basis, Period: period.Label(),
		Value: e.Value, Unit: e.Unit, Disputes: e.Disputes, Reason: e.Reason}
	switch e.Kind {
	case NotApplicable:
		d.Value = NotApplicableZH
	case NotAvailable:
		d.Value = NotAvailableZH
	}
	for _, attached := range e.Evidence {
		d.Evidence = append(d.Evidence, documentEvidence{attached.Hash, attached.Type, attached.Bytes})
	}
	return d
}
