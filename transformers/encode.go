package transformers

import (
	"bytes"
	"encoding/json"
	"fmt"

	"zhibiao/pipeline"
)

// EncodeReading returns the canonical bytes of a reading: its JSON without
// indentation and HTML escaping. Equal readings have equal bytes.
func EncodeReading(r *pipeline.Reading) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		return nil, fmt.Errorf("encoding the reading of document %s: %w", r.Origin.Document, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// DecodeReading reads what EncodeReading wrote, and binds the rows to their
// origin. Fields that it does not know are an error (promise 11).
func DecodeReading(data []byte) (*pipeline.Reading, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var r pipeline.Reading
	if err := decoder.Decode(&r); err != nil {
		return nil, fmt.Errorf("decoding a reading: %w", err)
	}
	if r.Schema != pipeline.ReadingSchema {
		return nil, fmt.Errorf("decoding a reading: schema %d, this version knows %d; use a newer zhibiao", r.Schema, pipeline.ReadingSchema)
	}
	r.Bind()
	return &r, nil
}
