package warehouse

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhibiao/pipeline"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// durable is what every table's migration includes in place of {{durable}}.
//
//go:embed migrations/durable.fragment
var durable string

// migrationTable remembers which migrations were applied. Replacing makes two
// processes that migrate at once harmless.
const migrationTable = `CREATE TABLE IF NOT EXISTS migration
(
    number     UInt32 COMMENT 'Number of the file',
    name       String COMMENT 'Name of the file',
    checksum   String COMMENT 'SHA-256 of the statement in hex',
    applied_at DateTime64(3, 'UTC') COMMENT 'When it was applied'
)
ENGINE = ReplacingMergeTree
ORDER BY number
{{durable}}
COMMENT 'Migrations of this database that were applied'`

// Migration is one numbered file of the schema.
type Migration struct {
	Number    uint32
	Name      string // file name
	AppliedAt time.Time
	checksum  string
	statement string
}

// Applied reports whether the migration was applied to this database.
func (m Migration) Applied() bool { return !m.AppliedAt.IsZero() }

// Migrate applies all migrations that were not applied yet, in order, and returns
// them. Each is one idempotent statement, so a run that was cut short is repeated. A
// file that changed after it was applied, and a database that is newer than this
// binary, are refused by name before anything is done.
func (w *Warehouse) Migrate(ctx context.Context) ([]Migration, error) {
	if err := w.conn.Exec(ctx, expand(migrationTable)); err != nil {
		return nil, fmt.Errorf("creating table migration: %w", err)
	}
	return w.migrate(ctx, migrationFiles)
}

// MigrationStatus lists all migrations that this binary knows, in order. It needs no
// right to write.
func (w *Warehouse) MigrationStatus(ctx context.Context) ([]Migration, error) {
	return w.migrationStatus(ctx, migrationFiles)
}

func (w *Warehouse) migrate(ctx context.Context, files fs.FS) ([]Migration, error) {
	all, err := w.migrationStatus(ctx, files)
	if err != nil {
		return nil, err
	}
	var done []Migration
	for _, m := range all {
		if m.Applied() {
			continue
		}
		if err := w.conn.Exec(ctx, m.statement); err != nil {
			return done, fmt.Errorf("applying migration %s: %w", m.Name, err)
		}
		m.AppliedAt = time.Now().UTC().Truncate(time.Millisecond)
		err := w.conn.Exec(ctx, `INSERT INTO migration (number, name, checksum, applied_at)
			SELECT {number:UInt32}, {name:String}, {checksum:String}, fromUnixTimestamp64Milli({at:Int64}, 'UTC')`,
			Parameters{"number": m.Number, "name": m.Name, "checksum": m.checksum, "at": m.AppliedAt.UnixMilli()}.named()...)
		if err != nil {
			return done, fmt.Errorf("recording migration %s: %w", m.Name, err)
		}
		done = append(done, m)
	}
	return done, nil
}

func (w *Warehouse) migrationStatus(ctx context.Context, files fs.FS) ([]Migration, error) {
	known, err := readMigrations(files)
	if err != nil {
		return nil, err
	}
	applied, err := w.appliedMigrations(ctx)
	if err != nil {
		return nil, err
	}
	for i, m := range known {
		was, found := applied[m.Number]
		if !found {
			continue
		}
		delete(applied, m.Number)
		if was.Name != m.Name || was.checksum != m.checksum {
			return nil, pipeline.WithExit(pipeline.ExitOurFault, fmt.Errorf(
				"checking migration %s: it changed after it was applied as %s on %s; applied files never change, put the change into a new migration",
				m.Name, was.Name, was.AppliedAt.Format(time.DateOnly)))
		}
		known[i].AppliedAt = was.AppliedAt
	}
	for _, m := range applied {
		return nil, pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf(
			"checking migrations: database %s has %s, which this zhibiao does not know; use the newer version that applied it", w.database, m.Name))
	}
	return known, nil
}

func (w *Warehouse) appliedMigrations(ctx context.Context) (map[uint32]Migration, error) {
	rows, err := w.conn.Query(ctx, "SELECT number, name, checksum, applied_at FROM migration FINAL ORDER BY number")
	if code(err) == unknownTable {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading applied migrations: %w", err)
	}
	defer rows.Close()
	applied := map[uint32]Migration{}
	for rows.Next() {
		var m Migration
		if err := rows.Scan(&m.Number, &m.Name, &m.checksum, &m.AppliedAt); err != nil {
			return nil, fmt.Errorf("reading applied migrations: %w", err)
		}
		applied[m.Number] = m
	}
	return applied, rows.Err()
}

// unknownTable is ClickHouse's code for a table that does not exist.
const unknownTable = 60

// readMigrations reads the files NNNN_name.sql, which are numbered from 1 without a
// gap.
func readMigrations(files fs.FS) ([]Migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	all := make([]Migration, 0, len(names))
	for i, path := range names {
		name := strings.TrimPrefix(path, "migrations/")
		digits, _, _ := strings.Cut(name, "_")
		number, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || len(digits) != 4 || int(number) != i+1 {
			return nil, fmt.Errorf("reading migration %s: want number %04d", name, i+1)
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return nil, fmt.Errorf("reading migration %s: %w", name, err)
		}
		statement := expand(string(text))
		sum := sha256.Sum256([]byte(statement))
		all = append(all, Migration{Number: uint32(number), Name: name, checksum: hex.EncodeToString(sum[:]), statement: statement})
	}
	return all, nil
}

func expand(statement string) string {
	return strings.ReplaceAll(statement, "{{durable}}", strings.TrimSpace(durable))
}
