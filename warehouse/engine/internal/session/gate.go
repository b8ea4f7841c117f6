// Package session turns an authenticated request of a front, whatever its
// protocol, into a handle of the engine with the right settings and limits, and
// ends a query when its client goes away.
package session

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"zhibiao/warehouse/engine/account"
	"zhibiao/warehouse/engine/internal/chdb"
)

// Limits bound what requests may use. All are required.
type Limits struct {
	// Concurrent is the number of statements that run at once; others wait.
	Concurrent int
	// Memory is the most that one statement may use, in bytes.
	Memory uint64
	// Materialized is the largest result held in memory, in bytes: formats with a
	// header or footer, and statements other than SELECT.
	Materialized uint64
	// Execution is the longest time that a reader's statement may take.
	Execution time.Duration
	// ReadRows and ResultRows are the most that a reader's statement may read and
	// answer.
	ReadRows, ResultRows uint64
}

// Gate opens sessions on one engine.
type Gate struct {
	library *chdb.Library
	limits  Limits
	base    map[string]string // settings of every session
	slots   chan struct{}
	readers chan struct{}   // fewer than slots, so that readers leave some to others
	tables  map[string]bool // lower-case names of the engine's table functions
	loaded  map[string]bool // the tables of the loader

	schema   atomic.Uint64 // counts statements that may have changed tables
	wall     sync.Mutex    // guards the two below
	walled   string        // the filters of readers
	walledAt uint64        // schema when they were made
	// Version and Timezone are the engine's own.
	Version, Timezone string
}

// NewGate prepares a gate. Base settings apply to each session before those of
// the request; tables are those of the loader, in any database.
func NewGate(library *chdb.Library, limits Limits, base map[string]string, tables []string) (*Gate, error) {
	gate := &Gate{
		library: library, limits: limits, base: base, tables: map[string]bool{}, loaded: map[string]bool{},
		slots: make(chan struct{}, limits.Concurrent), readers: make(chan struct{}, max(1, limits.Concurrent*3/4)),
	}
	for _, table := range tables {
		gate.loaded[table] = true
	}
	handle, err := library.Connect()
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	identity, _, err := handle.Query(chdb.Statement{SQL: "SELECT version(), timezone()", Format: "TSV"})
	if err != nil {
		return nil, fmt.Errorf("asking the engine for its version: %w", err)
	}
	gate.Version, gate.Timezone, _ = strings.Cut(strings.TrimSpace(string(identity)), "\t")
	names, _, err := handle.Query(chdb.Statement{SQL: "SELECT lower(name) FROM system.table_functions", Format: "TSV"})
	if err != nil {
		return nil, fmt.Errorf("asking the engine for its table functions: %w", err)
	}
	for name := range strings.FieldsSeq(string(names)) {
		gate.tables[name] = true
	}
	// A setting that the engine does not know fails here and not in each request.
	if err := handle.Run(setStatement(base)); len(base) > 0 && err != nil {
		return nil, fmt.Errorf("applying the engine's settings: %w", err)
	}
	return gate, nil
}

// Request is what a front knows of a statement before it runs.
type Request struct {
	Account  string // one of package account, already checked
	Database string // "" means default
	Settings map[string]string
	// NoChanges refuses changes for the writer too (GET in ClickHouse's HTTP).
	NoChanges bool
	// Materialized tells that the result will be held in memory, so it is bounded.
	Materialized bool
	External     []ExternalTable
}

// Open waits for a free slot and gives a handle that is set up for the request.
// When ctx ends, the statement that runs in the session is killed.
func (g *Gate) Open(ctx context.Context, request Request) (*Session, error) {
	settings, err := g.settingsOf(request)
	if err != nil {
		return nil, err
	}
	leave, err := g.enter(ctx, request.Account)
	if err != nil {
		return nil, err
	}
	session, err := g.open(ctx, request, settings, leave)
	if err != nil {
		leave()
		return nil, err
	}
	return session, nil
}

// enter waits for a free slot; leave gives it back.
func (g *Gate) enter(ctx context.Context, name string) (leave func(), err error) {
	free := func() {}
	if name != account.Writer && name != account.Loader {
		select {
		case g.readers <- struct{}{}:
			free = func() { <-g.readers }
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	select {
	case g.slots <- struct{}{}:
		return func() { <-g.slots; free() }, nil
	case <-ctx.Done():
		free()
		return nil, ctx.Err()
	}
}

func (g *Gate) open(ctx context.Context, request Request, settings map[string]string, leave func()) (*Session, error) {
	handle, err := g.library.Connect()
	if err != nil {
		return nil, err
	}
	session := &Session{gate: g, handle: handle, leave: leave, account: request.Account, plain: settings[noDictionaries] == "0", tag: newTag(), stopped: make(chan struct{})}
	settings["log_comment"] = strings.TrimSpace(session.tag + " " + settings["log_comment"])
	if err := session.prepare(request, settings); err != nil {
		handle.Close()
		return nil, err
	}
	session.watch(ctx)
	return session, nil
}

// prepare applies the settings, then the database and the external tables, and
// locks the handle last: readonly cannot be undone on it.
func (s *Session) prepare(request Request, settings map[string]string) error {
	if s.reads() {
		filters, err := s.gate.filters()
		if err != nil {
			return err
		}
		maps.Copy(settings, wallSettings)
		settings["additional_table_filters"] = filters
	}
	if err := s.handle.Run(setStatement(settings)); err != nil {
		return err
	}
	if request.Database != "" && request.Database != "default" {
		if err := s.handle.Run("USE " + quoteName(request.Database)); err != nil {
			return err
		}
	}
	for _, table := range request.External {
		if err := s.addExternal(table); err != nil {
			return err
		}
	}
	switch {
	case s.reads():
		return s.handle.Run("SET readonly = 1")
	case request.NoChanges:
		return s.handle.Run("SET readonly = 2")
	}
	return nil
}
