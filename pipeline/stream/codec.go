package stream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/tinylib/msgp/msgp"

	"zhibiao/pipeline"
)

// Schema is the number of the messages' format, their first byte.
const Schema = 1

// Bounds of one message. A single larger row goes alone.
const (
	maxRows  = 1000
	maxBytes = 256 << 10
)

// Batch is a message to publish: its subject, its id made from its content, and
// what is in it.
type Batch struct {
	Subject string
	ID      string
	Payload []byte
	Rows    int
}

// EncodeObservations packs the rows of one document version into batches of at
// most 1,000 rows or 256 KB. The same rows give the same batches, byte for byte.
func EncodeObservations(origin *pipeline.Origin, rows []pipeline.Observation) ([]Batch, error) {
	subject, err := ObservationsSubject(origin.Supplier)
	if err != nil {
		return nil, err
	}
	var row wireRow
	return pack("observations", subject, origin, len(rows), func(buffer []byte, i int) ([]byte, error) {
		toWireRow(&row, &rows[i])
		return row.MarshalMsg(buffer)
	})
}

// EncodeRefusals packs the refusals of one document version like
// EncodeObservations.
func EncodeRefusals(origin *pipeline.Origin, rows []pipeline.Refusal) ([]Batch, error) {
	subject, err := RefusalsSubject(origin.Source)
	if err != nil {
		return nil, err
	}
	return pack("refusals", subject, origin, len(rows), func(buffer []byte, i int) ([]byte, error) {
		row := toWireRefusal(&rows[i])
		return row.MarshalMsg(buffer)
	})
}

// pack frames rows: schema, origin, array of rows.
func pack(kind, subject string, origin *pipeline.Origin, n int, appendRow func([]byte, int) ([]byte, error)) ([]Batch, error) {
	head, err := packedOrigin(origin)
	if err != nil {
		return nil, err
	}
	var batches []Batch
	var chunk, row []byte
	first := 0
	flush := func(end int) {
		payload := make([]byte, 0, len(head)+5+len(chunk))
		payload = append(payload, head...)
		payload = msgp.AppendArrayHeader(payload, uint32(end-first))
		payload = append(payload, chunk...)
		id := pipeline.ContentID(kind, origin.Version, origin.Derivation, strconv.Itoa(Schema), strconv.Itoa(len(batches)))
		batches = append(batches, Batch{Subject: subject, ID: id, Payload: payload, Rows: end - first})
		chunk, first = chunk[:0], end
	}
	for i := range n {
		if row, err = appendRow(row[:0], i); err != nil {
			return nil, pipeline.Permanent(fmt.Errorf("encoding row %d of %s of version %s: %w", i, kind, origin.Version, err))
		}
		if len(head)+len(row) > maxWorkMessage-1024 {
			return nil, pipeline.Permanent(fmt.Errorf("encoding row %d of %s of version %s: %d bytes, more than a message holds", i, kind, origin.Version, len(row)))
		}
		if i-first == maxRows || i > first && len(head)+len(chunk)+len(row) > maxBytes {
			flush(i)
		}
		chunk = append(chunk, row...)
	}
	if n > first {
		flush(n)
	}
	return batches, nil
}

func packedOrigin(origin *pipeline.Origin) ([]byte, error) {
	wire := toWireOrigin(origin)
	head, err := wire.MarshalMsg([]byte{Schema})
	if err != nil {
		return nil, pipeline.Permanent(fmt.Errorf("encoding origin of version %s: %w", origin.Version, err))
	}
	return head, nil
}

// DecodeObservations unpacks a batch. What it cannot read is a permanent error.
func DecodeObservations(payload []byte) ([]pipeline.Observation, error) {
	return AppendObservations(nil, payload)
}

// AppendObservations appends the rows of a batch, or none of them with an error. They
// keep a copy of the payload alive.
func AppendObservations(rows []pipeline.Observation, payload []byte) ([]pipeline.Observation, error) {
	origin, n, rest, err := unpack(payload)
	if err != nil {
		return rows, pipeline.Permanent(fmt.Errorf("decoding observations: %w", err))
	}
	before := len(rows)
	all := slices.Grow(rows, int(n))[:before+int(n)]
	clear(all[before:])
	reader := rowReader{text: string(rest), rest: rest}
	for i := range all[before:] {
		row := &all[before+i]
		row.Origin = origin
		if err := reader.read(row); err != nil {
			return rows, pipeline.Permanent(fmt.Errorf("decoding observation %d: %w", i, err))
		}
	}
	if len(reader.rest) > 0 {
		return rows, pipeline.Permanent(fmt.Errorf("decoding observations: %d bytes after the last row", len(reader.rest)))
	}
	return all, nil
}

// DecodeRefusals unpacks a batch. What it cannot read is a permanent error.
func DecodeRefusals(payload []byte) ([]pipeline.Refusal, error) {
	origin, n, rest, err := unpack(payload)
	if err != nil {
		return nil, pipeline.Permanent(fmt.Errorf("decoding refusals: %w", err))
	}
	rows := make([]pipeline.Refusal, n)
	var wire wireRefusal
	for i := range rows {
		if rest, err = wire.UnmarshalMsg(rest); err != nil {
			return nil, pipeline.Permanent(fmt.Errorf("decoding refusal %d: %w", i, err))
		}
		rows[i] = fromWireRefusal(&wire, origin)
	}
	if len(rest) > 0 {
		return nil, pipeline.Permanent(fmt.Errorf("decoding refusals: %d bytes after the last row", len(rest)))
	}
	return rows, nil
}

func unpack(payload []byte) (origin *pipeline.Origin, rows uint32, rest []byte, err error) {
	if rest, err = unframe(payload); err != nil {
		return nil, 0, nil, err
	}
	var wire wireOrigin
	if rest, err = wire.UnmarshalMsg(rest); err != nil {
		return nil, 0, nil, fmt.Errorf("origin: %w", err)
	}
	if rows, rest, err = msgp.ReadArrayHeaderBytes(rest); err != nil {
		return nil, 0, nil, err
	}
	if rows > maxRows {
		return nil, 0, nil, fmt.Errorf("%d rows, more than %d", rows, maxRows)
	}
	return fromWireOrigin(&wire), rows, rest, nil
}

// unframe takes the schema number off a message.
func unframe(payload []byte) ([]byte, error) {
	if len(payload) == 0 {
		return nil, errors.New("the message is empty")
	}
	if payload[0] != Schema {
		return nil, fmt.Errorf("schema %d is unknown, this program knows %d", payload[0], Schema) // promise 11
	}
	return payload[1:], nil
}

// EncodeDocument packs a document version without its body; its id is the
// version.
func EncodeDocument(doc pipeline.Document) (Batch, error) {
	subject, err := DocumentsSubject(doc.Source)
	if err != nil {
		return Batch{}, err
	}
	payload, err := frameJSON(doc)
	if err != nil {
		return Batch{}, fmt.Errorf("encoding document %s: %w", doc.Version, err)
	}
	return Batch{Subject: subject, ID: doc.Version, Payload: payload, Rows: 1}, nil
}

// DecodeDocument unpacks a document version. What it cannot read is a permanent
// error.
func DecodeDocument(payload []byte) (pipeline.Document, error) {
	var doc pipeline.Document
	if err := unframeJSON(payload, &doc); err != nil {
		return pipeline.Document{}, pipeline.Permanent(fmt.Errorf("decoding document: %w", err))
	}
	if doc.Schema != pipeline.DocumentSchema {
		return pipeline.Document{}, pipeline.Permanent(fmt.Errorf(
			"decoding document %s: schema %d is unknown, this program knows %d", doc.Version, doc.Schema, pipeline.DocumentSchema))
	}
	return doc, nil
}

// EncodeRecord packs a record under a kind-specific id: a document's is its
// version, a confirmation's is over its lineage, version and the run, a run's
// its own.
func EncodeRecord(record pipeline.Record, run string) (Batch, error) {
	kind, id := "", ""
	switch {
	case record.Document != nil:
		kind, id = "document", pipeline.ContentID("record", record.Document.Version)
	case record.Confirmation != nil:
		kind, id = "confirmation", pipeline.ContentID("confirmation", record.Confirmation.Lineage, record.Confirmation.Version, run)
	case record.Run != nil:
		kind, id = "run", pipeline.ContentID("run", record.Run.ID)
	default:
		return Batch{}, pipeline.Permanent(errors.New("encoding record: it is empty"))
	}
	subject, err := RecordsSubject(kind)
	if err != nil {
		return Batch{}, err
	}
	payload, err := frameJSON(record)
	if err != nil {
		return Batch{}, fmt.Errorf("encoding %s record: %w", kind, err)
	}
	return Batch{Subject: subject, ID: id, Payload: payload, Rows: 1}, nil
}

// DecodeRecord unpacks a record. What it cannot read is a permanent error.
func DecodeRecord(payload []byte) (pipeline.Record, error) {
	var record pipeline.Record
	if err := unframeJSON(payload, &record); err != nil {
		return pipeline.Record{}, pipeline.Permanent(fmt.Errorf("decoding record: %w", err))
	}
	set := 0
	for _, is := range []bool{record.Document != nil, record.Confirmation != nil, record.Run != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return pipeline.Record{}, pipeline.Permanent(fmt.Errorf("decoding record: %d kinds are set, want 1", set))
	}
	return record, nil
}

func frameJSON(value any) ([]byte, error) {
	var buffer bytes.Buffer
	buffer.WriteByte(Schema)
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, pipeline.Permanent(err)
	}
	return buffer.Bytes(), nil
}

func unframeJSON(payload []byte, value any) error {
	rest, err := unframe(payload)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(rest))
	decoder.DisallowUnknownFields() // promise 11
	if err := decoder.Decode(value); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("something follows the message")
	}
	return nil
}
