package filing

import (
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"zhibiao/pipeline"
)

// Bounds of the shelf: together they keep at most some 64 MiB of marked copies.
const (
	shelfTime  = time.Hour
	shelfPlace = 200
	shelfBytes = 64 << 20
)

// outcome is what a person is told of a workbook that he handed in.
type outcome struct {
	account  string // whose it is: nobody else's request finds it
	unit     string
	name     string // of the file
	document string // hash
	at       time.Time
	summary  string
	accepted int
	whole    bool               // nothing was taken, for one reason
	findings []pipeline.Finding // as many as a page lists
	returned int                // cells
	more     int                // findings that are not listed
	marked   []byte             // nil for none
	taken    bool
	filed    Filed
	rows     []acceptedRow
	cut      int // rows that are not listed
}

// shelf keeps outcomes for an hour, the newest first where there are too many. They
// are gone with the process: what was filed is not.
type shelf struct {
	now func() time.Time

	mu   sync.Mutex
	kept map[string]*outcome
}

func newShelf(now func() time.Time) *shelf { return &shelf{now: now, kept: map[string]*outcome{}} }

// put keeps an outcome and returns the name under which it is found.
func (s *shelf) put(o *outcome) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	id := rand.Text()
	s.kept[id] = o
	return id
}

// find returns an outcome of an account, nil for none.
func (s *shelf) find(id, account string) *outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep()
	if o := s.kept[id]; o != nil && o.account == account {
		return o
	}
	return nil
}

// sweep drops what is old, and the oldest of too many.
func (s *shelf) sweep() {
	var ids []string
	for id, o := range s.kept {
		if s.now().Sub(o.at) > shelfTime {
			delete(s.kept, id)
			continue
		}
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return s.kept[b].at.Compare(s.kept[a].at) })
	bytes := 0
	for i, id := range ids {
		bytes += len(s.kept[id].marked)
		if i >= shelfPlace || bytes > shelfBytes {
			delete(s.kept, id)
		}
	}
}
