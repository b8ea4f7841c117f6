package warehouse

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"zhibiao/pipeline"
	"zhibiao/warehouse/schema"
)

// ClickHouse's codes for what another process that migrates at the same time may
// bring about, and for an account that may not.
const (
	tableExists  = 57
	unknownTable = 60
	accessDenied = 497
)

// attempts bounds how often a statement is tried that met another process.
const attempts = 5

// Migrate applies all migrations that are pending, in order, and returns them. Each is
// one statement that can be applied twice, so a run that was cut short is repeated,
// and two runs at once end with the same tables. A table's file that changed after it
// was applied, and a database that is newer than this binary, are refused by name
// before anything is done. A database that is up to date is only read, so that an
// account which may not create tables is enough for it.
func (w *Warehouse) Migrate(ctx context.Context) ([]Migration, error) {
	return w.migrate(ctx, migrationFiles, func(Migration) {})
}

// MigrateEach does what Migrate does and tells of each migration when it is applied.
func (w *Warehouse) MigrateEach(ctx context.Context, applied func(Migration)) error {
	_, err := w.migrate(ctx, migrationFiles, applied)
	return err
}

func (w *Warehouse) migrate(ctx context.Context, files fs.FS, tell func(Migration)) ([]Migration, error) {
	all, err := w.migrationStatus(ctx, files)
	if err != nil {
		return nil, err
	}
	if err := w.CheckMigrations(all); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(all, func(m Migration) bool { return m.State == MigrationPending }) {
		return nil, nil
	}
	rendered, err := renderMigrations(all, w.cluster, w.database)
	if err != nil {
		return nil, err
	}
	record, err := renderMigrationTable(w.cluster, w.database)
	if err != nil {
		return nil, err
	}
	if err := w.execAll(ctx, record); err != nil {
		return nil, w.explain("creating table migration", err)
	}
	var done []Migration
	for i, m := range all {
		if m.State != MigrationPending {
			continue
		}
		if err := w.apply(ctx, m, rendered[i]); err != nil {
			return done, err
		}
		m.State, m.AppliedAt = MigrationApplied, time.Now().UTC().Truncate(time.Millisecond)
		if err := w.record(ctx, m); err != nil {
			return done, err
		}
		done = append(done, m)
		tell(m)
	}
	return done, nil
}

// apply runs the statements of one migration. Where another process that migrates at
// the same time made or replaced the same thing a moment before, they are tried again.
func (w *Warehouse) apply(ctx context.Context, m Migration, statements []string) error {
	var err error
	for range attempts {
		err = w.execAll(ctx, statements)
		if c := code(err); c != tableExists && c != unknownTable {
			break
		}
	}
	if err != nil {
		return w.explain("applying migration "+m.Name, err)
	}
	return nil
}

func (w *Warehouse) execAll(ctx context.Context, statements []string) error {
	for _, s := range statements {
		if err := w.conn.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (w *Warehouse) explain(doing string, err error) error {
	if code(err) == accessDenied {
		return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("%s: %w; run zhibiao migrate with the account of the migrator first", doing, err))
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func (w *Warehouse) record(ctx context.Context, m Migration) error {
	err := w.conn.Exec(ctx, `INSERT INTO migration (number, name, checksum, applied_at)
		SELECT {number:UInt32}, {name:String}, {checksum:String}, fromUnixTimestamp64Milli({at:Int64}, 'UTC')`,
		Parameters{"number": m.Number, "name": m.Name, "checksum": m.checksum, "at": m.AppliedAt.UnixMilli()}.named()...)
	if err != nil {
		return w.explain("recording migration "+m.Name, err)
	}
	return nil
}

// renderMigrations returns the statements of each migration where they are applied.
// Those that are applied already are rendered too, because what follows depends on
// which tables are sharded.
func renderMigrations(all []Migration, c schema.Cluster, database string) ([][]string, error) {
	renderer := schema.NewRenderer(c, database)
	rendered := make([][]string, len(all))
	for i, m := range all {
		statement, err := schema.Parse(expand(m.text, c))
		if err == nil {
			rendered[i], err = renderer.Render(statement)
		}
		if err != nil {
			return nil, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("rendering migration %s: %w", m.Name, err))
		}
	}
	return rendered, nil
}

func renderMigrationTable(c schema.Cluster, database string) ([]string, error) {
	statement, err := schema.Parse(expand(migrationTable, c))
	if err != nil {
		return nil, err
	}
	return schema.NewRenderer(c, database).Render(statement)
}
