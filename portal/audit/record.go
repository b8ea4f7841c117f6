package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Event is a deed, as the one who carries it out tells it.
type Event struct {
	What   string            `json:"what"`             // such as account.add, session.begin, entry.accept
	Object string            `json:"object,omitempty"` // what it was done to: an account, an entry, a file's hash
	Region string            `json:"region,omitempty"` // that the object is about
	Detail map[string]string `json:"detail,omitempty"` // before, after, reason; never a secret
}

const maxText = 2000 // bytes of one text in a record

// plain makes a text that JSON gives back as it was, of bounded length.
func plain(text string) string {
	if len(text) > maxText {
		text = text[:maxText] + "…"
	}
	return strings.ToValidUTF8(text, "?")
}

func (e Event) plain() Event {
	detail := make(map[string]string, len(e.Detail))
	for name, text := range e.Detail {
		detail[plain(name)] = plain(text)
	}
	return Event{What: plain(e.What), Object: plain(e.Object), Region: plain(e.Region), Detail: detail}
}

// Record is an event in the trail.
type Record struct {
	No   uint64    `json:"no"` // 1, 2, 3, … without a gap
	At   time.Time `json:"at"`
	Who  string    `json:"who"`            // account, or cli:USER for somebody at the machine; "" before log-in
	Role string    `json:"role,omitempty"` // of the account then
	From string    `json:"from"`           // address, or local
	Event
	Previous string `json:"previous"` // hash of record No-1, "" for the first
	Hash     string `json:"hash"`     // of everything above
}

// seal sets the record's hash.
func (r Record) seal() (Record, error) {
	hash, err := r.sum()
	r.Hash = hash
	return r, err
}

// sum is the hash that a record must have: SHA-256 of its JSON without the hash.
func (r Record) sum() (string, error) {
	r.Hash = ""
	content, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("hashing record %d: %w", r.No, err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// decode reads a record; what is not written exactly as encode writes it is an error,
// so that no byte of it can be changed unseen.
func decode(content []byte) (Record, error) {
	var r Record
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields() // promise 11
	if err := decoder.Decode(&r); err != nil {
		return Record{}, fmt.Errorf("reading a record: %w", err)
	}
	again, err := json.Marshal(r)
	if err != nil {
		return Record{}, fmt.Errorf("reading a record: %w", err)
	}
	if !bytes.Equal(again, content) {
		return Record{}, errors.New("reading a record: it is not written as records are")
	}
	return r, nil
}
