package contract

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"zhibiao/pipeline"
)

// Memory is a warehouse in memory that keeps the loaders' contract, with the
// faults of a real one. It serves as the fake of tests and shows that CheckLoader
// can pass. It is safe for concurrent use.
type Memory struct {
	mu         sync.Mutex
	rows       map[string]pipeline.Observation
	refusals   map[string]pipeline.Refusal
	records    []pipeline.Record
	seen       map[string]bool // records, by their words
	down       bool
	loseAnswer bool
	loads      int
	offered    int
}

// PoisonMark in an observation's dims makes it one that Memory never takes.
const PoisonMark = "poison"

var errDown = errors.New("the warehouse is away")

// Load implements pipeline.Loader.
func (m *Memory) Load(ctx context.Context, batch []pipeline.Observation) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loads++
	m.offered += len(batch)
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.down {
		return errDown
	}
	if m.rows == nil {
		m.rows = map[string]pipeline.Observation{}
	}
	failed := map[int]error{}
	for i := range batch {
		if strings.Contains(batch[i].Dims, PoisonMark) {
			failed[i] = fmt.Errorf("dims %q: not a list of k=v", batch[i].Dims)
			continue
		}
		m.rows[batch[i].ID()] = batch[i]
	}
	if m.loseAnswer {
		m.loseAnswer = false
		return errors.New("the answer was lost")
	}
	if len(failed) > 0 {
		return &pipeline.RowsError{Failed: failed}
	}
	return nil
}

// LoadRefusals implements pipeline.RecordLoader.
func (m *Memory) LoadRefusals(ctx context.Context, batch []pipeline.Refusal) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down || ctx.Err() != nil {
		return errors.Join(errDown, ctx.Err())
	}
	if m.refusals == nil {
		m.refusals = map[string]pipeline.Refusal{}
	}
	for _, refusal := range batch {
		m.refusals[refusal.Origin.Version+refusal.Key()] = refusal
	}
	return nil
}

// LoadRecords implements pipeline.RecordLoader.
func (m *Memory) LoadRecords(ctx context.Context, batch []pipeline.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down || ctx.Err() != nil {
		return errors.Join(errDown, ctx.Err())
	}
	if m.seen == nil {
		m.seen = map[string]bool{}
	}
	for _, record := range batch {
		key := ""
		switch {
		case record.Document != nil:
			key = "document " + record.Document.Version
		case record.Confirmation != nil:
			key = fmt.Sprintf("confirmation %+v", *record.Confirmation)
		case record.Run != nil:
			key = "run " + record.Run.ID
		}
		if !m.seen[key] {
			m.seen[key] = true
			m.records = append(m.records, record)
		}
	}
	return nil
}

// SetDown takes the warehouse away or brings it back.
func (m *Memory) SetDown(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = down
}

// LoseAnswer makes the next load durable and its answer an error.
func (m *Memory) LoseAnswer() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loseAnswer = true
}

// Observations returns what is loaded, by id.
func (m *Memory) Observations() map[string]pipeline.Observation {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := make(map[string]pipeline.Observation, len(m.rows))
	for id, row := range m.rows {
		rows[id] = row
	}
	return rows
}

// Put places a row under an id, as if it had been loaded: for judges that keep
// rows elsewhere.
func (m *Memory) Put(id string, row pipeline.Observation) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rows == nil {
		m.rows = map[string]pipeline.Observation{}
	}
	m.rows[id] = row
}

// Refusals returns how many refusals are loaded.
func (m *Memory) Refusals() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.refusals)
}

// Records returns the records that are loaded, each once.
func (m *Memory) Records() []pipeline.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]pipeline.Record{}, m.records...)
}

// Offered returns how many calls of Load there were and how many rows they held.
func (m *Memory) Offered() (loads, rows int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.loads, m.offered
}

// Store makes it ready for CheckLoader.
func (m *Memory) Store() Store {
	return Store{
		Loader: m,
		Rows: func(context.Context) (map[string]int, error) {
			counts := map[string]int{}
			for id := range m.Observations() {
				counts[id] = 1
			}
			return counts, nil
		},
		Outage: func() func() {
			m.SetDown(true)
			return func() { m.SetDown(false) }
		},
		LostAnswer: m.LoseAnswer,
		Poison:     func(o *pipeline.Observation) { o.Dims += PoisonMark },
	}
}
