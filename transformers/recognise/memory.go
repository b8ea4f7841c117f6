package recognise

import (
	"strings"
	"sync"
)

// Bounds of what is remembered: entries of one kind, and bytes of a text that is
// worth remembering.
const (
	mostRemembered    = 8192
	longestRemembered = 160
)

// Memory keeps what a pure function made of texts that recur in every document:
// labels, names. When it is full it starts anew. It is safe for use by several
// goroutines; what it holds never changes what is read.
type Memory[T any] struct {
	mu    sync.RWMutex
	known map[string]T
}

// Of returns what the function makes of the text.
func (m *Memory[T]) Of(text string, read func(string) T) T {
	m.mu.RLock()
	value, ok := m.known[text]
	m.mu.RUnlock()
	if ok {
		return value
	}
	if len(text) > longestRemembered {
		return read(text)
	}
	text = strings.Clone(text) // a value may hold a part of it, and it part of a page
	value = read(text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= mostRemembered {
		m.known = map[string]T{}
	}
	m.known[text] = value
	return value
}
