package main

import (
	"errors"
	"time"

	"zhibiao/pipeline/stream"
)

// deadSettings say when too many dead letters stop a source.
type deadSettings struct {
	Limit  int           `yaml:"limit"`  // of one source within the window; 200, -1 for none
	Window time.Duration `yaml:"window"` // 24 h
}

func (s deadSettings) check() error {
	if s.Limit < -1 || s.Window < 0 {
		return errors.New("limit is -1, 0 (the default) or a number of letters, and window is not negative")
	}
	return nil
}

// profile lays the settings over what the broker is asked for.
func (s deadSettings) profile(p stream.Profile) stream.Profile {
	p.LetterLimit, p.LetterWindow = s.Limit, s.Window
	return p
}
