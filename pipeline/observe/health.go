// Package observe tells an operator how the pipeline is: whether it is healthy and
// what to do if not (over HTTP and by alerts), how much it does (metrics), and where
// the time of a document goes (traces).
package observe

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Check is one thing that has to be well. Look answers with what is wrong and what to
// do about it, nil if it is well.
type Check struct {
	Name string
	Look func(ctx context.Context) error
}

// Finding is what a check found: Problem is empty where all is well.
type Finding struct{ Name, Problem string }

// Health looks at several checks. It is safe for concurrent use.
type Health struct {
	checks  []Check
	timeout time.Duration
}

// lookTimeout bounds one check: a part that does not answer within it is not well.
const lookTimeout = 5 * time.Second

// NewHealth makes a health of checks, which are told in this order.
func NewHealth(checks ...Check) *Health { return &Health{checks: checks, timeout: lookTimeout} }

// Look looks at everything at once and returns what it found, in the order of the
// checks. A check that panics or does not answer in time is not well.
func (h *Health) Look(ctx context.Context) []Finding {
	findings := make([]Finding, len(h.checks))
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	var looking sync.WaitGroup
	for i, c := range h.checks {
		looking.Go(func() {
			findings[i].Name = c.Name
			if err := look(ctx, c); err != nil {
				findings[i].Problem = err.Error()
			}
		})
	}
	looking.Wait()
	return findings
}

func look(ctx context.Context, c Check) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("looking at %s panicked: %v", c.Name, value)
		}
	}()
	return c.Look(ctx)
}

// Problems returns the findings that are not well.
func Problems(findings []Finding) []Finding {
	var problems []Finding
	for _, f := range findings {
		if f.Problem != "" {
			problems = append(problems, f)
		}
	}
	return problems
}
