package warehouse

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhibiao/pipeline"
	"zhibiao/warehouse/schema"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// What every table's migration includes in place of {{durable}}.
var (
	//go:embed migrations/durable.fragment
	durable string
	//go:embed migrations/durable_cluster.fragment
	durableOnCluster string
)

// migrationTable remembers which migrations were applied. The row that was written
// last stands: a view is applied again, and two processes may migrate at once.
const migrationTable = `CREATE TABLE IF NOT EXISTS migration
(
    number     UInt32 COMMENT 'Number of the file',
    name       String COMMENT 'Name of the file',
    checksum   String COMMENT 'SHA-256 in hex of the statement without comments and space',
    applied_at DateTime64(3, 'UTC') COMMENT 'When it was applied'
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY number
{{durable}}
COMMENT 'Migrations of this database that were applied'`

// MigrationState is how a migration stands in a database.
type MigrationState string

const (
	// MigrationApplied means that the database has it as the file says.
	MigrationApplied MigrationState = "applied"
	// MigrationPending means that Migrate will apply it. A view that was applied from another
	// text is pending again, and has the time at which that was applied.
	MigrationPending MigrationState = "pending"
	// MigrationChanged means that the file of a table differs from what was applied.
	MigrationChanged MigrationState = "changed"
	// MigrationUnknown means that the database has it and this binary does not.
	MigrationUnknown MigrationState = "unknown"
)

// Migration is one numbered file of the schema.
type Migration struct {
	Number    uint32
	Name      string // file name
	State     MigrationState
	AppliedAt time.Time // zero for never

	checksum  string
	text      string           // with {{durable}} in it
	statement schema.Statement // for one server
}

// Applied reports whether the database has the migration as the file says.
func (m Migration) Applied() bool { return m.State == MigrationApplied }

// MigrationStatus lists the migrations of this binary and of the database, by number.
// It needs no right to write.
func (w *Warehouse) MigrationStatus(ctx context.Context) ([]Migration, error) {
	return w.migrationStatus(ctx, migrationFiles)
}

// CheckMigrations names the first migration that stands in the way of a newer one: a
// table whose file changed after it was applied, or one that this binary does not
// know. The error carries the exit code of the user's input, because the answer is
// another binary or another database.
func (w *Warehouse) CheckMigrations(all []Migration) error {
	for _, m := range all {
		switch m.State {
		case MigrationChanged:
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf(
				"checking migration %s: it differs from what database %s got under number %d on %s; the file of a table never changes once it was applied, put the change into a new migration",
				m.Name, w.database, m.Number, m.AppliedAt.Format(time.DateOnly)))
		case MigrationUnknown:
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf(
				"checking migrations: database %s has %s, which this zhibiao does not know; use the newer version that applied it", w.database, m.Name))
		}
	}
	return nil
}

func (w *Warehouse) migrationStatus(ctx context.Context, files fs.FS) ([]Migration, error) {
	all, err := readMigrations(files)
	if err != nil {
		return nil, err
	}
	applied, err := w.appliedMigrations(ctx)
	if err != nil {
		return nil, err
	}
	for i, m := range all {
		was, found := applied[m.Number]
		if !found {
			continue
		}
		delete(applied, m.Number)
		all[i].AppliedAt = was.AppliedAt
		switch {
		case was.Name == m.Name && was.checksum == m.checksum:
			all[i].State = MigrationApplied
		case was.Name != m.Name || !m.statement.Replaces:
			all[i].State = MigrationChanged
		}
	}
	for _, m := range applied {
		m.State = MigrationUnknown
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Migration) int { return int(a.Number) - int(b.Number) })
	return all, nil
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
	if err := rows.Err(); err != nil && code(err) != unknownTable {
		return nil, fmt.Errorf("reading applied migrations: %w", err)
	}
	return applied, nil
}

// readMigrations reads the files NNNN_name.sql in the order of their numbers, of which
// each occurs once; numbers may be left out. It reports every file that is wrong.
func readMigrations(files fs.FS) ([]Migration, error) {
	paths, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var all []Migration
	var problems []error
	for _, path := range paths {
		m, err := readMigration(files, path)
		if err == nil && len(all) > 0 && all[len(all)-1].Number == m.Number {
			err = fmt.Errorf("it has the number of %s", all[len(all)-1].Name)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("reading migration %s: %w", strings.TrimPrefix(path, "migrations/"), err))
			continue
		}
		all = append(all, m)
	}
	return all, errors.Join(problems...)
}

func readMigration(files fs.FS, path string) (Migration, error) {
	name := strings.TrimPrefix(path, "migrations/")
	digits, _, _ := strings.Cut(name, "_")
	number, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || len(digits) != 4 || number == 0 {
		return Migration{}, errors.New("want a number of four digits at the start of its name, such as 0001_observation.sql")
	}
	text, err := fs.ReadFile(files, path)
	if err != nil {
		return Migration{}, err
	}
	statement, err := schema.Parse(expand(string(text), schema.Cluster{}))
	if err != nil {
		return Migration{}, err
	}
	return Migration{
		Number: uint32(number), Name: name, State: MigrationPending,
		checksum: statement.Checksum(), text: string(text), statement: statement,
	}, nil
}

// expand puts in the settings that make a table survive a loss of power, and that
// drop a block which is sent again: replicated tables remember it in Keeper.
func expand(text string, c schema.Cluster) string {
	fragment := durable
	if c.Enabled() {
		fragment = durableOnCluster
	}
	return strings.ReplaceAll(text, "{{durable}}", strings.TrimSpace(fragment))
}
