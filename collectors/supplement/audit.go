package supplement

import (
	"context"
	"time"
)

// Act is what was done.
type Act string

// The acts that are told.
const (
	ActSubmit       Act = "submit"
	ActWithdraw     Act = "withdraw"
	ActComment      Act = "comment"
	ActReturn       Act = "return"
	ActAccept       Act = "accept"
	ActDispute      Act = "dispute"
	ActEndDispute   Act = "end_dispute"
	ActAddLocal     Act = "add_local"
	ActDropDispute  Act = "withdraw_dispute"
	ActDocumentMade Act = "document" // an acceptance became a document
)

// Event is one act, for the append-only audit trail. It holds no values and no words
// that a person typed: they are in the entries.
type Event struct {
	ID      string    `json:"id"` // the same when it is told again
	At      time.Time `json:"at"`
	Account string    `json:"account"`
	Role    Role      `json:"role"`
	Address string    `json:"address,omitempty"`
	Act     Act       `json:"act"`
	Region  string    `json:"region"`  // of the county concerned
	Subject string    `json:"subject"` // form of the cell, id of a dispute or acceptance, code of an indicator
	Detail  string    `json:"detail,omitempty"`
}

// Audit takes an event into the trail and returns once it is durable. An event is kept
// with the change that it tells of, and told until Audit has taken it: at least once,
// with the same ID.
type Audit func(ctx context.Context, e Event) error
