package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// States is what one process of the pipeline found and the others obey or tell: a
// loader that is held up, a source that was stopped, a letter that was replayed.
type States struct{ bucket jetstream.KeyValue }

// States opens the states.
func (b *Broker) States(ctx context.Context) (*States, error) {
	bucket, err := b.js.KeyValue(ctx, statesBucket)
	if err != nil {
		return nil, fmt.Errorf("opening the states: %w", err)
	}
	return &States{bucket}, nil
}

// Kinds of states, the first part of their keys.
const (
	loadingStates  = "loading"
	stoppedStates  = "stopped"
	counterStates  = "letters"
	replayedStates = "replayed"
)

// LoadingState says how a loading loop is held up.
type LoadingState string

// The states of a loading loop that is held up.
const (
	// LoadingWaits: the warehouse is away or cannot take rows at present.
	LoadingWaits LoadingState = "waiting"
	// LoadingHalted: the warehouse is not set up for what is loaded, which a person
	// has to mend. The loop keeps everything and goes on by itself after that.
	LoadingHalted LoadingState = "halted"
)

// Loading is a loading loop that does not get through. There is none for a loop
// that does.
type Loading struct {
	Consumer string       `json:"consumer"` // load-observations, …
	State    LoadingState `json:"state"`
	Since    time.Time    `json:"since"` // of the first attempt that failed
	Tried    time.Time    `json:"tried"` // last attempt
	Attempts int          `json:"attempts"`
	Reason   string       `json:"reason"`
}

// Stale reports whether nobody has tried for so long that the process that wrote
// the state is probably gone.
func (l Loading) Stale(now time.Time) bool { return now.Sub(l.Tried) > 5*time.Minute }

// SetLoading tells that a loading loop is held up.
func (s *States) SetLoading(ctx context.Context, l Loading) error {
	if err := s.put(ctx, loadingStates+"."+l.Consumer, l); err != nil {
		return fmt.Errorf("telling that %s is held up: %w", l.Consumer, err)
	}
	return nil
}

// ClearLoading tells that a loading loop gets through.
func (s *States) ClearLoading(ctx context.Context, consumer string) error {
	if err := s.clear(ctx, loadingStates+"."+consumer); err != nil {
		return fmt.Errorf("telling that %s gets through: %w", consumer, err)
	}
	return nil
}

// Loadings returns the loading loops that are held up, by name.
func (s *States) Loadings(ctx context.Context) ([]Loading, error) {
	return listStates[Loading](ctx, s, loadingStates)
}

// Stopped is a source that is not fetched any more because too much of it was set
// aside, until somebody releases it.
type Stopped struct {
	Source  string    `json:"source"`
	Since   time.Time `json:"since"`
	Letters int       `json:"letters"` // dead letters within the window
	Reason  string    `json:"reason"`
}

// StoppedError says that a source is stopped.
type StoppedError struct{ Stopped }

func (e *StoppedError) Error() string {
	return fmt.Sprintf("source %s is stopped since %s: %s; look at zhibiao dead list --source %s, mend the rules, and then zhibiao dead replay --source %s starts it again",
		e.Source, e.Since.Format(time.RFC3339), e.Reason, e.Source, e.Source)
}

// Stop stops a source. One that is stopped keeps its first reason.
func (s *States) Stop(ctx context.Context, stopped Stopped) error {
	_, err := writeEntry(ctx, s.bucket, stoppedStates+"."+stopped.Source, stopped, 0)
	if err != nil && !errors.Is(err, ErrMoved) {
		return fmt.Errorf("stopping source %s: %w", stopped.Source, err)
	}
	return nil
}

// Release lets a source be fetched again, and its letters be counted anew. It
// reports whether it was stopped.
func (s *States) Release(ctx context.Context, source string) (bool, error) {
	was, err := s.Stopped(ctx, source)
	if err == nil {
		err = s.clear(ctx, counterStates+"."+source)
	}
	if err == nil && was != nil {
		err = s.clear(ctx, stoppedStates+"."+source)
	}
	if err != nil {
		return false, fmt.Errorf("releasing source %s: %w", source, err)
	}
	return was != nil, nil
}

// Stopped returns why a source is stopped, nil if it is not.
func (s *States) Stopped(ctx context.Context, source string) (*Stopped, error) {
	var stopped Stopped
	revision, err := readEntry(ctx, s.bucket, stoppedStates+"."+source, &stopped)
	if err != nil {
		return nil, fmt.Errorf("asking whether source %s is stopped: %w", source, err)
	}
	if revision == 0 {
		return nil, nil
	}
	return &stopped, nil
}

// AllStopped returns the sources that are stopped, by name.
func (s *States) AllStopped(ctx context.Context) ([]Stopped, error) {
	return listStates[Stopped](ctx, s, stoppedStates)
}

func (s *States) put(ctx context.Context, key string, value any) error {
	for {
		entry, err := s.bucket.Get(ctx, key)
		revision := uint64(0)
		if err == nil {
			revision = entry.Revision()
		} else if !errors.Is(err, jetstream.ErrKeyNotFound) {
			return err
		}
		if _, err = writeEntry(ctx, s.bucket, key, value, revision); !errors.Is(err, ErrMoved) {
			return err
		}
	}
}

func (s *States) clear(ctx context.Context, key string) error {
	if err := s.bucket.Purge(ctx, key); err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return err
	}
	return nil
}

func listStates[T any](ctx context.Context, s *States, kind string) ([]T, error) {
	keys, err := listKeys(ctx, s.bucket, kind+".*")
	if err != nil {
		return nil, fmt.Errorf("listing the states %s: %w", kind, err)
	}
	slices.Sort(keys)
	var all []T
	for _, key := range keys {
		var value T
		revision, err := readEntry(ctx, s.bucket, key, &value)
		if err != nil {
			return nil, fmt.Errorf("reading the state %s: %w", strings.ReplaceAll(key, ".", " "), err)
		}
		if revision > 0 {
			all = append(all, value)
		}
	}
	return all, nil
}
