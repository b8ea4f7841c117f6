package faults

import (
	"bytes"
	"encoding/binary"
	"errors"
	"sync"
	"time"
)

// InsertFault is what happens to one INSERT.
type InsertFault struct {
	Code int32  // answered instead of the server, which gets nothing; 0 is none
	Name string // of the code
	Lose bool   // the server does its work, its last word is lost
	Half int    // the connection ends after so many bytes of the insert; 0 is none
}

// Inserts decides what happens to the INSERTs into some tables that go through a
// proxy, over ClickHouse's native protocol. It is safe for concurrent use.
type Inserts struct {
	tables []string

	mu    sync.Mutex
	plan  func() InsertFault
	times []time.Time
	done  int
}

// NewInserts watches tables; without a plan nothing happens.
func NewInserts(tables ...string) *Inserts { return &Inserts{tables: tables} }

// Plan sets what happens to inserts from now on: f is asked for each. nil ends it.
func (i *Inserts) Plan(f func() InsertFault) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.plan = f
}

// Next makes one fault happen to each of the next n inserts.
func (i *Inserts) Next(n int, fault InsertFault) {
	i.Plan(func() InsertFault {
		if n == 0 {
			return InsertFault{}
		}
		n--
		return fault
	})
}

// Seen are the times at which inserts came by, and Done is how many of the planned
// faults have happened.
func (i *Inserts) Seen() (times []time.Time, done int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append(times, i.times...), i.done
}

// Filter is for Proxy.Watch.
func (i *Inserts) Filter() Filter { return &insertFilter{inserts: i} }

// next decides on an insert that has just begun.
func (i *Inserts) next() InsertFault {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.times = append(i.times, time.Now())
	if i.plan == nil {
		return InsertFault{}
	}
	return i.plan()
}

func (i *Inserts) happened() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.done++
}

// insertFilter follows one connection. A query goes out in one piece, so its text is
// looked for in each; the tail of the piece before it is kept for the case that not.
type insertFilter struct {
	inserts *Inserts

	mu      sync.Mutex
	tail    []byte
	fault   InsertFault // of the insert under way
	refused bool        // everything of the client is dropped
	sent    int         // bytes of the client since the insert began
}

var errInsertCut = errors.New("the insert was cut")

func (f *insertFilter) Up(piece []byte, reply func([]byte) error) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refused {
		return nil, nil
	}
	begun := f.begins(piece)
	if begun {
		f.fault, f.sent = f.inserts.next(), 0
	}
	f.sent += len(piece)
	switch {
	case begun && f.fault.Code != 0:
		f.refused = true
		f.inserts.happened()
		return nil, reply(exception(f.fault.Code, f.fault.Name))
	case f.fault.Half > 0 && f.sent >= f.fault.Half:
		f.inserts.happened()
		return nil, errInsertCut
	}
	return piece, nil
}

// begins reports whether an INSERT into one of the tables begins in the piece.
func (f *insertFilter) begins(piece []byte) bool {
	seen := append(f.tail, piece...)
	longest := 0
	for _, table := range f.inserts.tables {
		text := []byte("INSERT INTO " + table + " ")
		if bytes.Contains(seen, text) {
			f.tail = nil
			return true
		}
		longest = max(longest, len(text))
	}
	f.tail = append([]byte(nil), seen[max(0, len(seen)-longest+1):]...)
	return false
}

// endOfStream is the server's last packet of an answer.
const endOfStream = 5

func (f *insertFilter) Down(piece []byte) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refused {
		return nil, nil
	}
	if f.fault.Lose && piece[len(piece)-1] == endOfStream {
		f.inserts.happened()
		return nil, errInsertCut
	}
	return piece, nil
}

// exception is ClickHouse's packet that ends a query with an error.
func exception(code int32, name string) []byte {
	text := func(b []byte, s string) []byte {
		return append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	b := binary.LittleEndian.AppendUint32([]byte{2}, uint32(code))
	b = text(b, "DB::Exception")
	b = text(b, "DB::Exception: answered by the fault proxy. ("+name+")")
	b = text(b, "")
	return append(b, 0) // none nested
}
