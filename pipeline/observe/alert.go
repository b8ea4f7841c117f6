package observe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.uber.org/zap"
)

// Alert is what a channel sends: what went wrong or is well again.
type Alert struct {
	Host     string    `json:"host"`
	At       time.Time `json:"at"`
	Check    string    `json:"check"`
	State    string    `json:"state"` // problem, still or recovered
	Problem  string    `json:"problem"`
	Since    time.Time `json:"since"`
	Duration string    `json:"duration"`
}

// States of an alert.
const (
	StateProblem   = "problem"
	StateStill     = "still"
	StateRecovered = "recovered"
)

// Subject says in one line what the alert is about.
func (a Alert) Subject() string {
	switch a.State {
	case StateRecovered:
		return fmt.Sprintf("zhibiao on %s: %s is well again", a.Host, a.Check)
	case StateStill:
		return fmt.Sprintf("zhibiao on %s: %s is still not well", a.Host, a.Check)
	}
	return fmt.Sprintf("zhibiao on %s: %s is not well", a.Host, a.Check)
}

// Text says what is wrong, since when, and what to do.
func (a Alert) Text() string {
	return fmt.Sprintf("%s\n\n%s\n\nsince %s (%s)\n", a.Subject(), a.Problem, a.Since.UTC().Format(time.RFC3339), a.Duration)
}

// Channel sends alerts somewhere.
type Channel interface {
	Name() string
	Send(ctx context.Context, alert Alert) error
}

// Alerts are the settings of alerting.
type Alerts struct {
	Every    time.Duration // between two looks; 1 min
	After    int           // looks in a row that must find the same check ill before it is told; 2
	Repeat   time.Duration // until a problem that lasts is told again; 24 h
	File     string        // where it is kept what was told, so that a restart tells nothing twice
	Host     string
	Channels []Channel
	Log      *zap.Logger
	Metrics  *Metrics // nil counts nothing
	Clock    func() time.Time
}

const (
	defaultEvery  = time.Minute
	defaultAfter  = 2
	defaultRepeat = 24 * time.Hour
	sendTimeout   = 30 * time.Second
)

// trouble is a check that is not well. What was told counts by channel, so that one
// that cannot be reached gets it later.
type trouble struct {
	Since   time.Time            `json:"since"`
	Problem string               `json:"problem"`
	Looks   int                  `json:"looks"`
	Told    map[string]time.Time `json:"told,omitempty"`
	Well    bool                 `json:"well,omitempty"` // recovered, and not told everywhere yet
}

// Watcher turns findings into alerts: each problem is told once, again while it
// lasts, and once more when it is over.
type Watcher struct {
	config   Alerts
	health   *Health
	troubles map[string]*trouble
}

// NewWatcher makes a watcher that goes on where the file says an earlier one ended.
func NewWatcher(config Alerts, health *Health) (*Watcher, error) {
	if config.Every == 0 {
		config.Every = defaultEvery
	}
	if config.After == 0 {
		config.After = defaultAfter
	}
	if config.Repeat == 0 {
		config.Repeat = defaultRepeat
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	w := &Watcher{config: config, health: health, troubles: map[string]*trouble{}}
	text, err := os.ReadFile(config.File)
	if errors.Is(err, fs.ErrNotExist) || config.File == "" {
		return w, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &w.troubles)
	}
	if err != nil {
		return nil, fmt.Errorf("reading which alerts were sent: %w; remove %s to begin anew", err, config.File)
	}
	for _, t := range w.troubles {
		if t.Told == nil {
			t.Told = map[string]time.Time{}
		}
	}
	return w, nil
}

// Run looks and tells until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	ticker := time.NewTicker(w.config.Every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			w.Look(ctx)
		}
	}
}

// Look looks once and sends what is due.
func (w *Watcher) Look(ctx context.Context) {
	findings := w.health.Look(ctx)
	if ctx.Err() != nil {
		return // a stopping process finds everything ill
	}
	if w.config.Metrics != nil {
		w.config.Metrics.Found(findings)
	}
	for _, f := range findings {
		w.judge(ctx, f)
	}
	if err := w.keep(); err != nil {
		w.config.Log.Error("keeping which alerts were sent failed", zap.Error(err))
	}
}

// judge takes one finding to its alert.
func (w *Watcher) judge(ctx context.Context, f Finding) {
	t := w.troubles[f.Name]
	switch {
	case t == nil && f.Problem == "":
		return
	case t == nil || t.Well && f.Problem != "":
		t = &trouble{Since: w.config.Clock().UTC(), Told: map[string]time.Time{}}
		w.troubles[f.Name] = t
	}
	if f.Problem == "" {
		t.Well = true
		if w.tellRecovery(ctx, f.Name, t) {
			delete(w.troubles, f.Name)
		}
		return
	}
	t.Looks++
	t.Problem = f.Problem
	if t.Looks < w.config.After {
		return
	}
	for _, c := range w.config.Channels {
		told, before := t.Told[c.Name()]
		switch {
		case !before:
			w.send(ctx, c, f.Name, StateProblem, t)
		case w.config.Clock().Sub(told) >= w.config.Repeat:
			w.send(ctx, c, f.Name, StateStill, t)
		}
	}
}

// tellRecovery tells the channels that were told of the problem, and reports whether
// all know.
func (w *Watcher) tellRecovery(ctx context.Context, check string, t *trouble) bool {
	for _, c := range w.config.Channels {
		if _, told := t.Told[c.Name()]; told && w.send(ctx, c, check, StateRecovered, t) {
			delete(t.Told, c.Name())
		}
	}
	for name := range t.Told {
		if slices.ContainsFunc(w.config.Channels, func(c Channel) bool { return c.Name() == name }) {
			return false
		}
	}
	return true
}

func (w *Watcher) send(ctx context.Context, c Channel, check, state string, t *trouble) bool {
	at := w.config.Clock().UTC()
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	err := c.Send(ctx, Alert{
		Host: w.config.Host, At: at, Check: check, State: state, Problem: t.Problem,
		Since: t.Since, Duration: at.Sub(t.Since).Round(time.Second).String(),
	})
	if w.config.Metrics != nil {
		w.config.Metrics.alerted(c.Name(), err)
	}
	if err != nil {
		w.config.Log.Error("sending an alert failed, trying again", zap.String("channel", c.Name()), zap.String("check", check), zap.Error(err))
		return false
	}
	t.Told[c.Name()] = at
	return true
}

// keep writes what was told, by rename, so that no half file is left.
func (w *Watcher) keep() error {
	if w.config.File == "" {
		return nil
	}
	text, err := json.MarshalIndent(w.troubles, "", "  ")
	if err != nil {
		return err
	}
	if before, err := os.ReadFile(w.config.File); err == nil && string(before) == string(text) {
		return nil
	}
	half, err := os.CreateTemp(filepath.Dir(w.config.File), "alerts-*.tmp")
	if err != nil {
		return err
	}
	_, err = half.Write(text)
	if err = errors.Join(err, half.Close()); err == nil {
		err = os.Rename(half.Name(), w.config.File)
	}
	if err != nil {
		return errors.Join(err, os.Remove(half.Name()))
	}
	return nil
}
