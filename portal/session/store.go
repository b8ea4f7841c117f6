// Package session remembers who has signed in. Sessions are kept in the broker's
// bucket SESSIONS, so they outlive a restart and are shared by all processes that
// serve the pages; the keys are hashes, so that nobody can sign in with what he finds
// there.
package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Book is a bucket that advances by compare-and-set; *stream.Book is one.
type Book interface {
	Get(ctx context.Context, key string) (value []byte, revision uint64, err error)
	Put(ctx context.Context, key string, value []byte, revision uint64) (next uint64, ok bool, err error)
}

// store keeps the sessions of scs in a book.
type store struct {
	book Book
	now  func() time.Time
}

// stored is a session. One that ended stays as such until the bucket forgets it, so
// that a request that was under way meanwhile does not bring it back.
type stored struct {
	Data  []byte    `json:"data,omitempty"`
	Until time.Time `json:"until"`
	Ended bool      `json:"ended,omitempty"`
}

func key(token string) string {
	sum := sha256.Sum256([]byte(token))
	return "session." + hex.EncodeToString(sum[:])
}

func (s *store) read(ctx context.Context, token string) (stored, uint64, error) {
	content, revision, err := s.book.Get(ctx, key(token))
	if err != nil || revision == 0 {
		return stored{}, 0, err
	}
	var found stored
	if err := json.Unmarshal(content, &found); err != nil {
		return stored{}, 0, fmt.Errorf("reading a session: %w", err)
	}
	return found, revision, nil
}

// FindCtx returns a session's data; found is false for one that ended or never was.
func (s *store) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	session, revision, err := s.read(ctx, token)
	if err != nil || revision == 0 || session.Ended || !s.now().Before(session.Until) {
		return nil, false, err
	}
	return session.Data, true, nil
}

// CommitCtx stores a session unless it has ended.
func (s *store) CommitCtx(ctx context.Context, token string, data []byte, until time.Time) error {
	return s.change(ctx, token, stored{Data: data, Until: until.UTC()})
}

// DeleteCtx ends a session.
func (s *store) DeleteCtx(ctx context.Context, token string) error {
	return s.change(ctx, token, stored{Ended: true, Until: s.now().UTC()})
}

func (s *store) change(ctx context.Context, token string, next stored) error {
	content, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("writing a session: %w", err)
	}
	for ctx.Err() == nil {
		before, revision, err := s.read(ctx, token)
		if err != nil {
			return err
		}
		if before.Ended || next.Ended && revision == 0 {
			return nil
		}
		_, ok, err := s.book.Put(ctx, key(token), content, revision)
		if err != nil || ok {
			return err
		}
	}
	return fmt.Errorf("writing a session: %w", context.Cause(ctx))
}

var errNoContext = errors.New("a session is asked for without its request's context")

// Find, Commit and Delete are what scs asks of stores that know no context.

func (s *store) Find(string) (data []byte, found bool, err error) { return nil, false, errNoContext }

func (s *store) Commit(string, []byte, time.Time) error { return errNoContext }

func (s *store) Delete(string) error { return errNoContext }
