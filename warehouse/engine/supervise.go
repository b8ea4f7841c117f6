package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"
)

const (
	shortestPause = 20 * time.Millisecond
	longestPause  = 5 * time.Second
	// healthyAfter is how long a child must live for its predecessors' deaths to
	// be forgotten.
	healthyAfter = time.Minute
	// maxDeaths in a row end the engine.
	maxDeaths = 10
	// lockPatience is how long a start waits for the child of a killed parent to
	// go away.
	lockPatience = 10 * time.Second
)

// firstChild starts the child. The child of a parent that was just killed may
// still hold the engine's own lock for a moment.
func (e *Engine) firstChild(ctx context.Context) (*child, error) {
	pause := time.NewTicker(100 * time.Millisecond)
	defer pause.Stop()
	for deadline := time.Now().Add(lockPatience); ; {
		child, err := e.spawn(ctx)
		if err == nil || !strings.Contains(err.Error(), "Cannot lock file") {
			return child, err
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("the warehouse in %s is open in another process: stop that one, or use another data folder: %w", e.config.Dir, err)
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-pause.C:
		}
	}
}

// supervise owns the child until the engine ends.
func (e *Engine) supervise(current *child) {
	defer close(e.done)
	defer e.release()
	deaths := 0
	for {
		born := time.Now()
		select {
		case <-e.stop:
			e.err = e.end(current)
			return
		case <-current.exited:
		}
		if time.Since(born) > healthyAfter {
			deaths = 0
		}
		e.config.Logger.Error("the warehouse engine died and is started again", zap.Error(current.death()), zap.Int("deaths", deaths+1))
		next, err := e.revive(&deaths)
		if err != nil {
			e.err = err
			return
		}
		if next == nil {
			return // closed meanwhile
		}
		current = next
		e.restarts.Add(1)
	}
}

// revive starts the next child, with growing pauses between attempts. It gives
// nil without an error when the engine is closed meanwhile.
func (e *Engine) revive(deaths *int) (*child, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-e.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	for {
		*deaths++
		if *deaths > maxDeaths {
			return nil, fmt.Errorf("the warehouse engine in %s died %d times in a row and is given up", e.config.Dir, maxDeaths)
		}
		pause := time.NewTimer(min(shortestPause<<(*deaths-1), e.config.longestPause))
		select {
		case <-e.stop:
			pause.Stop()
			return nil, nil
		case <-pause.C:
		}
		child, err := e.spawn(ctx)
		if err == nil {
			return child, nil
		}
		if ctx.Err() != nil {
			return nil, nil
		}
		e.config.Logger.Error("starting the warehouse engine again failed", zap.Error(err), zap.Int("deaths", *deaths+1))
	}
}

// end lets the child drain and finish.
func (e *Engine) end(current *child) error {
	current.askToStop()
	limit := time.NewTimer(e.config.DrainTimeout + 5*time.Second)
	defer limit.Stop()
	select {
	case <-current.exited:
		return nil
	case <-e.kill:
	case <-limit.C:
	}
	current.kill()
	<-current.exited
	return errors.New("the warehouse engine did not end in time and was killed; requests that were not answered may not be stored")
}
