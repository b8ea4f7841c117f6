package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"zhibiao/portal/account"
)

// Trail is where records are appended; *stream.Trail is one.
type Trail interface {
	Last(ctx context.Context) (record []byte, sequence uint64, err error)
	Append(ctx context.Context, record []byte, after uint64) (ok bool, err error)
	Each(ctx context.Context, from uint64, visit func(sequence uint64, record []byte) error) error
}

// Log appends events to a trail. It is safe for concurrent use, by several processes
// too.
type Log struct {
	trail Trail
	now   func() time.Time
}

// NewLog returns a log; now nil is time.Now.
func NewLog(trail Trail, now func() time.Time) *Log {
	if now == nil {
		now = time.Now
	}
	return &Log{trail, now}
}

// By is who carries out what a context is for, and from where. Record takes it from
// the context; the pages put it there for every request.
type By struct {
	Who  string // account, or cli:USER
	Role account.Role
	From string // address, or local
}

type byKey struct{}

// With returns a context whose events were done by somebody.
func With(ctx context.Context, by By) context.Context { return context.WithValue(ctx, byKey{}, by) }

// Address returns where the request of a context comes from.
func Address(ctx context.Context) string {
	by, _ := ctx.Value(byKey{}).(By)
	return by.From
}

// byOf prefers the account that the request was let in for.
func byOf(ctx context.Context) By {
	by, _ := ctx.Value(byKey{}).(By)
	if a, ok := account.From(ctx); ok {
		by.Who, by.Role = a.Name, a.Role
	}
	return by
}

// attempts bounds how often a record is moved behind another that came first.
const attempts = 100

// Record appends an event by whoever ctx says, and returns once it is durable. An
// error means that the deed must not be done, or not be told as done.
func (l *Log) Record(ctx context.Context, event Event) error {
	by := byOf(ctx)
	r := Record{At: l.now().UTC(), Who: plain(by.Who), Role: string(by.Role), From: plain(by.From), Event: event.plain()}
	if err := l.append(ctx, r); err != nil {
		return fmt.Errorf("noting %s in the audit trail: %w", event.What, err)
	}
	return nil
}

func (l *Log) append(ctx context.Context, r Record) error {
	var unsure []byte // was perhaps written although the answer was an error
	for range attempts {
		content, sequence, err := l.trail.Last(ctx)
		if err != nil {
			return err
		}
		if unsure != nil && bytes.Equal(unsure, content) {
			return nil
		}
		sealed, err := r.behind(content)
		if err != nil {
			return err
		}
		encoded, err := json.Marshal(sealed)
		if err != nil {
			return err
		}
		ok, err := l.trail.Append(ctx, encoded, sequence)
		switch {
		case ok:
			return nil
		case err != nil && ctx.Err() != nil:
			return err
		case err != nil && unsure != nil:
			return err
		case err != nil:
			unsure = encoded
		}
	}
	return errors.New("others always came first")
}

// behind chains a record to the last one of the trail.
func (r Record) behind(last []byte) (Record, error) {
	r.No, r.Previous = 1, ""
	if last != nil {
		before, err := decode(last)
		if err != nil {
			return Record{}, fmt.Errorf("the trail's last record: %w", err)
		}
		r.No, r.Previous = before.No+1, before.Hash
	}
	return r.seal()
}

// List calls visit with the records from a number on, oldest first.
func (l *Log) List(ctx context.Context, from uint64, visit func(Record) error) error {
	return l.trail.Each(ctx, from, func(sequence uint64, content []byte) error {
		r, err := decode(content)
		if err != nil {
			return fmt.Errorf("record %d of the audit trail: %w; run zhibiao audit verify", sequence, err)
		}
		return visit(r)
	})
}
