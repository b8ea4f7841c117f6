package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"zhibiao/warehouse/engine/account"
	"zhibiao/warehouse/engine/internal/chdb"
	"zhibiao/warehouse/engine/internal/sqltext"
)

// killInterval is the pause between two attempts to kill an abandoned query,
// which may not have reached the engine's process list yet.
const killInterval = 50 * time.Millisecond

// Session is one handle set up for one request. It is used by one goroutine.
type Session struct {
	gate    *Gate
	handle  *chdb.Handle
	leave   func() // gives the slot back
	account string
	plain   bool   // the client wants columns of an INSERT without dictionaries
	tag     string // at the start of log_comment, to find the query again

	stopped chan struct{}
	watcher sync.WaitGroup
}

// reads reports whether the session only reads, and only what everybody may. A
// name that is no account is a reader.
func (s *Session) reads() bool { return s.account != account.Writer && s.account != account.Loader }

// Query runs a statement and holds its result in memory.
func (s *Session) Query(statement chdb.Statement) ([]byte, chdb.Statistics, error) {
	class, err := s.permit(statement)
	if err != nil {
		return nil, chdb.Statistics{}, err
	}
	if class != chdb.ReadOnly && class != chdb.Control {
		s.gate.changes()
		defer s.gate.changes()
	}
	return s.handle.Query(statement)
}

// Stream runs a SELECT and gives its result in chunks.
func (s *Session) Stream(statement chdb.Statement) (*chdb.Stream, error) {
	if _, err := s.permit(statement); err != nil {
		return nil, err
	}
	return s.handle.Stream(statement)
}

// Insert starts an INSERT with data.
func (s *Session) Insert(statement chdb.Statement) (*chdb.Insert, error) {
	if err := s.permitInsert(statement); err != nil {
		return nil, err
	}
	return s.handle.Insert(statement)
}

func (s *Session) permitInsert(statement chdb.Statement) error {
	if sqltext.Parse(statement.SQL).ClientFile != "" {
		return errClientFile
	}
	switch s.account {
	case account.Writer:
		return nil
	case account.Loader:
		return s.permitLoad(statement)
	}
	return Exception(164, "READONLY", "the account "+s.account+" only reads tables")
}

// Close ends the session and frees its slot. Streams and inserts are closed
// before it.
func (s *Session) Close() {
	close(s.stopped)
	s.watcher.Wait()
	s.handle.Close()
	s.leave()
}

// watch kills the session's statement when ctx ends first. libchdb cannot
// interrupt a running call, so the query is killed from another handle.
func (s *Session) watch(ctx context.Context) {
	s.watcher.Go(func() {
		select {
		case <-s.stopped:
			return
		case <-ctx.Done():
		}
		pause := time.NewTicker(killInterval)
		defer pause.Stop()
		for {
			s.gate.kill(s.tag)
			select {
			case <-s.stopped:
				return
			case <-pause.C:
			}
		}
	})
}

// kill asks the engine to end the queries with a tag. A failure shows in the
// next attempt.
func (g *Gate) kill(tag string) {
	handle, err := g.library.Connect()
	if err != nil {
		return
	}
	defer handle.Close()
	_ = handle.Run("KILL QUERY WHERE startsWith(Settings['log_comment'], " + quoteText(tag) + ") AND query NOT ILIKE 'KILL%' ASYNC")
}

func newTag() string {
	var raw [16]byte
	rand.Read(raw[:])
	return "request-" + hex.EncodeToString(raw[:])
}
