package warehouse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// Export is the canonical form of one derived table: all stored columns of its
// distinct rows, ordered by the key, in ClickHouse's RowBinary. Two tables that
// hold the same have the same export, whatever order, parts and duplicates they
// were loaded in.
type Export struct {
	Table     string // observation, refusal or document
	warehouse *Warehouse
	stored    string // name of the table that is read
}

// Exports are the exports of the warehouse's derived tables.
func (w *Warehouse) Exports() []Export { return w.exports("") }

// SnapshotExports are the exports of the snapshots that Snapshot took into this
// second database.
func (w *Warehouse) SnapshotExports() []Export { return w.exports(snapshotPrefix) }

func (w *Warehouse) exports(prefix string) []Export {
	all := make([]Export, len(derivedTables))
	for i, table := range derivedTables {
		all[i] = Export{Table: table, warehouse: w, stored: prefix + table}
	}
	return all
}

// exportForm says how a table is cut into slices and ordered. The key is what
// makes two rows the same row.
type exportForm struct {
	decade string // the year that tells the decade
	key    []string
}

var exportForms = map[string]exportForm{
	"observation": {"toYear(period_end)", []string{"indicator", "region", "freq", "basis", "dims", "period_start", "period_end", "source", "lineage",
		"known_at", "document", "byte_start", "locator", "derivation", "op"}},
	"refusal":  {"toYear(fetched_at)", []string{"source", "lineage", "reason", "place", "label", "known_at", "document", "derivation", "closed"}},
	"document": {"toYear(fetched_at)", []string{"source", "lineage", "version"}},
}

// Slice is the part of a table that is about one source and one decade: of the
// period of observations, of the fetch otherwise.
type Slice struct {
	Table, Source string
	Decade        uint16 // its first year
}

func (s Slice) String() string { return fmt.Sprintf("%s of %s, %ds", s.Table, s.Source, s.Decade) }

// Digest is what the rows of a slice come to.
type Digest struct {
	Rows   uint64
	SHA256 string // of the SHA-256 of all rows in the order of the export, hex
}

// exportSettings keep a sort of everything within memory.
const exportSettings = " SETTINGS max_bytes_before_external_sort = 1000000000, max_block_size = 65536"

// Digests reads the whole export once, in its order, and digests each slice. It
// holds as many digests as there are slices.
func (e Export) Digests(ctx context.Context) (map[Slice]Digest, error) {
	form := exportForms[e.Table]
	row, err := e.rowExpression(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := e.warehouse.conn.Query(ctx, fmt.Sprintf(
		"SELECT CAST(source, 'String') AS of, toUInt16(intDiv(%s, 10) * 10) AS decade, SHA256(%s) AS digest FROM %s FINAL ORDER BY %s%s",
		form.decade, row, e.warehouse.qualified(e.stored), strings.Join(form.key, ", "), exportSettings))
	if err != nil {
		return nil, fmt.Errorf("exporting %s: %w", e.stored, err)
	}
	defer rows.Close()
	type running struct {
		rows uint64
		hash hash.Hash
	}
	slices := map[Slice]*running{}
	for rows.Next() {
		slice := Slice{Table: e.Table}
		var digest string
		if err := rows.Scan(&slice.Source, &slice.Decade, &digest); err != nil {
			return nil, fmt.Errorf("exporting %s: %w", e.stored, err)
		}
		s := slices[slice]
		if s == nil {
			s = &running{hash: sha256.New()}
			slices[slice] = s
		}
		s.rows++
		s.hash.Write([]byte(digest))
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("exporting %s: %w", e.stored, err)
	}
	digests := make(map[Slice]Digest, len(slices))
	for slice, s := range slices {
		digests[slice] = Digest{Rows: s.rows, SHA256: hex.EncodeToString(s.hash.Sum(nil))}
	}
	return digests, nil
}

// rowExpression is the canonical bytes of a row: every stored column, by name.
func (e Export) rowExpression(ctx context.Context) (string, error) {
	columns, err := e.columns(ctx)
	if err != nil {
		return "", err
	}
	return "formatRow('RowBinary', " + strings.Join(columns, ", ") + ")", nil
}

// columns are the expressions of the stored columns, by name; a map, whose order
// says nothing, by its keys.
func (e Export) columns(ctx context.Context) ([]string, error) {
	rows, err := e.warehouse.conn.Query(ctx, `SELECT name, type FROM system.columns
		WHERE database = {database:String} AND table = {table:String} AND default_kind NOT IN ('ALIAS', 'EPHEMERAL') ORDER BY name`,
		Parameters{"database": e.warehouse.database, "table": e.stored}.named()...)
	if err != nil {
		return nil, fmt.Errorf("listing the columns of %s: %w", e.stored, err)
	}
	defer rows.Close()
	var columns []string
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return nil, fmt.Errorf("listing the columns of %s: %w", e.stored, err)
		}
		if strings.HasPrefix(kind, "Map(") {
			columns = append(columns, "arraySort(arrayZip(mapKeys("+name+"), mapValues("+name+"))) AS "+name+"_sorted")
			continue
		}
		columns = append(columns, name)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("listing the columns of %s: %w", e.stored, err)
	}
	if len(columns) == 0 {
		return nil, fmt.Errorf("exporting %s: database %s has no such table; migrate or rebuild it", e.stored, e.warehouse.database)
	}
	return columns, nil
}
