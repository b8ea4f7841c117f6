package main

import (
	"errors"
	"fmt"
	"time"
)

// scheduleSettings are the settings of the nightly runs.
type scheduleSettings struct {
	// Jitter bounds how long a source waits after its time; each waits a part of it
	// that is its own. 5 minutes; 0s is none.
	Jitter *time.Duration `yaml:"jitter"`
	// CatchUp is how far back a missed night is caught up; 7 days.
	CatchUp time.Duration `yaml:"catch_up"`
	// Parallel is how many sources run at once; 4.
	Parallel int `yaml:"parallel"`
}

const defaultJitter = 5 * time.Minute

func (s scheduleSettings) jitter() time.Duration {
	if s.Jitter != nil {
		return *s.Jitter
	}
	return defaultJitter
}

const (
	mostJitter   = 6 * time.Hour
	mostCatchUp  = 366 * 24 * time.Hour
	mostParallel = 64
)

func (s scheduleSettings) check() error {
	var problems []error
	if j := s.jitter(); j < 0 || j > mostJitter {
		problems = append(problems, fmt.Errorf("jitter: %s is not between 0s and %s", j, mostJitter))
	}
	if s.CatchUp < 0 || s.CatchUp > mostCatchUp {
		problems = append(problems, fmt.Errorf("catch_up: %s is not between 0s and %s", s.CatchUp, mostCatchUp))
	}
	if s.Parallel < 0 || s.Parallel > mostParallel {
		problems = append(problems, fmt.Errorf("parallel: %d is not between 1 and %d", s.Parallel, mostParallel))
	}
	return errors.Join(problems...)
}
