package warehouse

import (
	"context"
	"fmt"
	"time"
)

// Gap is a document version whose rows are not those that its record says. Where
// Recorded and Present are equal, other rows are here.
type Gap struct {
	Source, Lineage, Version string
	Document                 string // SHA-256 of the body, hex
	Recorded                 uint64 // rows that its record says it published; 0 also where no record was loaded
	Present                  uint64 // distinct rows in observation
}

// Reconcile compares, for every document version, the number and the digest of
// the rows in its record (pipeline.RowsDigest) with those in observation, and
// returns the versions that differ, by source, lineage and version. Rows whose
// record is still on its way are a gap too, so it runs when nothing is being
// loaded. It reads the sorting key of the whole table.
func (w *Warehouse) Reconcile(ctx context.Context) ([]Gap, error) {
	rows, err := w.conn.Query(ctx, named("reconcile").SQL)
	if err != nil {
		return nil, fmt.Errorf("reconciling: %w", err)
	}
	defer rows.Close()
	var gaps []Gap
	for rows.Next() {
		var g Gap
		if err := rows.Scan(&g.Source, &g.Lineage, &g.Version, &g.Document, &g.Recorded, &g.Present); err != nil {
			return nil, fmt.Errorf("reconciling: %w", err)
		}
		gaps = append(gaps, g)
	}
	return gaps, rows.Err()
}

// Versions are the document versions that the warehouse has a record of.
func (w *Warehouse) Versions(ctx context.Context) (map[string]bool, error) {
	rows, err := w.conn.Query(ctx, "SELECT DISTINCT toString(version) FROM document")
	if err != nil {
		return nil, fmt.Errorf("listing the documents: %w", err)
	}
	defer rows.Close()
	versions := map[string]bool{}
	for rows.Next() {
		var version string
		if err := rows.Scan(&version); err != nil {
			return nil, fmt.Errorf("listing the documents: %w", err)
		}
		versions[version] = true
	}
	return versions, rows.Err()
}

// Holding is what the warehouse holds of one source.
type Holding struct {
	Source       string
	Documents    uint64 // versions read
	Observations uint64 // distinct rows
	OpenRefusals uint64
	LastKnownAt  time.Time
}

// Holdings counts what is stored of each source, by name. It reads the sorting key of
// the whole table.
func (w *Warehouse) Holdings(ctx context.Context) ([]Holding, error) {
	rows, err := w.conn.Query(ctx, named("status").SQL)
	if err != nil {
		return nil, fmt.Errorf("counting holdings: %w", err)
	}
	defer rows.Close()
	var all []Holding
	for rows.Next() {
		var h Holding
		if err := rows.Scan(&h.Source, &h.Documents, &h.Observations, &h.OpenRefusals, &h.LastKnownAt); err != nil {
			return nil, fmt.Errorf("counting holdings: %w", err)
		}
		all = append(all, h)
	}
	return all, rows.Err()
}
