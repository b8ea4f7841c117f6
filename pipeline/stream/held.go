package stream

import (
	"context"
	"fmt"

	"zhibiao/pipeline"
)

// heldStates are the lineages that may hold something, a kind of states.
const heldStates = "held"

// Held is a version of a lineage that holds tables for review, as the process that
// read it told. Another version may be the last of the lineage by now: then what
// that one holds counts.
type Held struct {
	Source   string          `json:"source"`
	Lineage  string          `json:"lineage"`
	Version  string          `json:"version"`
	Document string          `json:"document"` // hash of its body
	URL      string          `json:"url"`
	Title    string          `json:"title,omitempty"`
	Tables   []pipeline.Held `json:"tables"`
}

// HeldOf is what a version holds.
func HeldOf(doc pipeline.Document, tables []pipeline.Held) Held {
	return Held{Source: doc.Source, Lineage: doc.Lineage, Version: doc.Version, Document: doc.Hash, URL: doc.URL, Title: doc.Title, Tables: tables}
}

// SetHeld tells that a version holds tables.
func (s *States) SetHeld(ctx context.Context, held Held) error {
	if err := s.put(ctx, heldStates+"."+held.Lineage, held); err != nil {
		return fmt.Errorf("telling what lineage %s holds: %w", held.Lineage, err)
	}
	return nil
}

// ClearHeld tells that a lineage holds nothing.
func (s *States) ClearHeld(ctx context.Context, lineage string) error {
	if err := s.clear(ctx, heldStates+"."+lineage); err != nil {
		return fmt.Errorf("telling that lineage %s holds nothing: %w", lineage, err)
	}
	return nil
}

// AllHeld returns the lineages that were told to hold something, by lineage.
func (s *States) AllHeld(ctx context.Context) ([]Held, error) {
	return listStates[Held](ctx, s, heldStates)
}
