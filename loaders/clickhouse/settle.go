package clickhouse

import (
	"context"
	"fmt"
)

// maxSuspects is how many rows may be refused one by one before any row of the table
// was accepted: then it is the table that is wrong, not the data.
const maxSuspects = 8

// settle stores the rows of one partition. Where the server blames the data, the
// rows are halved until the bad ones stand alone.
//
// The server also blames the data where the table is not what we take it for, and an
// outage must never make a dead letter (promise 5). So no row is given up before a
// witness, a row that the table accepted earlier, is accepted once more; storing it
// again changes nothing.
func settle[R any](ctx context.Context, l *Loader, t table[R], rows []row[R], failed map[int]error) error {
	s := settlement[R]{loader: l, table: t}
	if err := s.store(ctx, rows); err != nil {
		return asVerdict(err)
	}
	if len(s.suspects) == 0 {
		return nil
	}
	if err := s.askWitness(ctx); err != nil {
		return asVerdict(err)
	}
	for _, suspect := range s.suspects {
		failed[suspect.index] = suspect.err
	}
	return nil
}

type settlement[R any] struct {
	loader   *Loader
	table    table[R]
	suspects []suspect
	asked    bool // the witness was accepted after the first refusal
}

type suspect struct {
	index int
	err   error
}

func (s *settlement[R]) store(ctx context.Context, rows []row[R]) error {
	values := make([]*R, len(rows))
	for i, r := range rows {
		values[i] = r.value
	}
	err := insert(ctx, s.loader.conn, s.table, values)
	if err == nil {
		s.loader.remember(s.table.name, *values[0])
		return nil
	}
	if !blamesData(err) {
		return err
	}
	if !s.asked && s.loader.witness(s.table.name) != nil {
		if err := s.askWitness(ctx); err != nil {
			return err
		}
	}
	if len(rows) == 1 {
		s.suspects = append(s.suspects, suspect{rows[0].index, err})
		if len(s.suspects) >= maxSuspects && s.loader.witness(s.table.name) == nil {
			return fmt.Errorf("no row was accepted, so the table may be at fault: %w", err)
		}
		return nil
	}
	half := len(rows) / 2
	if err := s.store(ctx, rows[:half]); err != nil {
		return err
	}
	return s.store(ctx, rows[half:])
}

// askWitness returns an error unless the table accepts a row that it accepted before.
func (s *settlement[R]) askWitness(ctx context.Context) error {
	known := s.loader.witness(s.table.name)
	if known == nil {
		return fmt.Errorf("no row was accepted, so the table may be at fault: %w", s.suspects[0].err)
	}
	value := known.(R)
	if err := insert(ctx, s.loader.conn, s.table, []*R{&value}); err != nil {
		return fmt.Errorf("the table refuses a row that it accepted before: %w", err)
	}
	s.asked = true
	return nil
}

func (l *Loader) remember(table string, value any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.witnesses[table] = value
}

func (l *Loader) witness(table string) any {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.witnesses[table]
}
