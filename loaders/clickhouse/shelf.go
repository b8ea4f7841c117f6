package clickhouse

import "sync"

// shelf keeps the columns of finished inserts, so that the next one of as many rows
// allocates none. It holds what the garbage collector leaves.
type shelf struct{ pool sync.Pool }

// kept are the values of each column, as one insert had them.
type kept struct{ values []any }

func (s *shelf) take(columns int) *kept {
	if found, ok := s.pool.Get().(*kept); ok && len(found.values) == columns {
		return found
	}
	return &kept{make([]any, columns)}
}

func (s *shelf) give(columns *kept) { s.pool.Put(columns) }
