package warehouse

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"zhibiao/pipeline"
)

// secondComment marks the databases that a rebuild made: no other is ever dropped.
const secondComment = "made by zhibiao rebuild"

// replacedTable stands in a second database whose tables have changed places with
// the warehouse's: what it holds is what the warehouse held before.
const replacedTable = "replaced"

// derivedTables are the tables whose rows come from the archive alone. What
// materialised views make of them goes with them.
var derivedTables = []string{"observation", "refusal", "document"}

// loaderTables are what a loader needs beside them.
var loaderTables = []string{"touched", "standing_as_of"}

// Second is a database beside the warehouse, made by a rebuild.
type Second struct {
	Name     string
	MadeAt   time.Time
	Replaced bool // it holds what the warehouse held before
}

var databaseName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,100}$`)

// SecondName is the name that a rebuild at a time gives to its database, to the
// millisecond, so that two rebuilds in a row differ.
func (w *Warehouse) SecondName(at time.Time) string {
	return w.database + "_" + strings.ReplaceAll(at.UTC().Format("20060102_150405.000"), ".", "_")
}

// MakeSecond makes a database with the derived tables, empty, beside the warehouse
// and opens it.
// One of that name that an earlier rebuild left is dropped first; any other is
// refused.
func (w *Warehouse) MakeSecond(ctx context.Context, name string) (*Warehouse, error) {
	if !databaseName.MatchString(name) || name == w.database {
		return nil, pipeline.WithExit(pipeline.ExitYourInput,
			fmt.Errorf("making a second database: %q is not a name of letters, digits and _ other than %s", name, w.database))
	}
	var comment string
	var found uint64
	err := w.conn.QueryRow(ctx, "SELECT count(), any(comment) FROM system.databases WHERE name = {name:String}", Parameters{"name": name}.named()...).Scan(&found, &comment)
	if err != nil {
		return nil, fmt.Errorf("looking for database %s: %w", name, err)
	}
	if found > 0 && comment != secondComment {
		return nil, pipeline.WithExit(pipeline.ExitYourInput,
			fmt.Errorf("making a second database: there is a database %s already, and no rebuild made it; choose another name", name))
	}
	replaced, err := w.hasTable(ctx, name, replacedTable)
	if err == nil && replaced {
		err = pipeline.WithExit(pipeline.ExitYourInput,
			fmt.Errorf("making a second database: %s holds what the warehouse held before an earlier rebuild; drop it with rebuild --drop-old, or choose another name", name))
	}
	if err == nil {
		err = w.DropSecond(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	if err := w.conn.Exec(ctx, "CREATE DATABASE `"+name+"`"+w.onCluster()+" COMMENT '"+secondComment+"'"); err != nil {
		return nil, fmt.Errorf("making database %s: %w", name, err)
	}
	second, err := w.beside(ctx, name)
	if err != nil {
		return nil, err
	}
	files, err := derivedFiles(migrationFiles)
	if err == nil {
		_, err = second.migrate(ctx, files, func(Migration) {})
	}
	if err != nil {
		second.Close()
		return nil, fmt.Errorf("making the tables of database %s: %w", name, err)
	}
	return second, nil
}

// beside opens another database of the same server with the same account.
func (w *Warehouse) beside(ctx context.Context, name string) (*Warehouse, error) {
	options := *w.options
	options.Auth.Database = name
	other, err := open(ctx, &options)
	if err != nil {
		return nil, pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("opening database %s: %w", name, err))
	}
	other.cluster = w.cluster
	return other, nil
}

// DropSecond drops a database that a rebuild made, and nothing else.
func (w *Warehouse) DropSecond(ctx context.Context, name string) error {
	all, err := w.Seconds(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(s Second) bool { return s.Name == name }) {
		return nil
	}
	if err := w.conn.Exec(ctx, "DROP DATABASE IF EXISTS `"+name+"`"+w.onCluster()+" SYNC"); err != nil {
		return fmt.Errorf("dropping database %s: %w", name, err)
	}
	return nil
}

// Seconds lists the databases that rebuilds made, by name.
func (w *Warehouse) Seconds(ctx context.Context) ([]Second, error) {
	rows, err := w.conn.Query(ctx, `SELECT d.name, max(t.metadata_modification_time), max(t.name = {replaced:String})
		FROM system.databases AS d LEFT JOIN system.tables AS t ON t.database = d.name
		WHERE d.comment = {comment:String} GROUP BY d.name ORDER BY d.name`,
		Parameters{"replaced": replacedTable, "comment": secondComment}.named()...)
	if err != nil {
		return nil, fmt.Errorf("listing the databases of rebuilds: %w", err)
	}
	defer rows.Close()
	var all []Second
	for rows.Next() {
		var s Second
		var replaced uint8
		if err := rows.Scan(&s.Name, &s.MadeAt, &replaced); err != nil {
			return nil, fmt.Errorf("listing the databases of rebuilds: %w", err)
		}
		s.Replaced = replaced != 0
		all = append(all, s)
	}
	return all, rows.Err()
}

func (w *Warehouse) onCluster() string {
	if !w.cluster.Enabled() {
		return ""
	}
	return " ON CLUSTER `" + w.cluster.Name + "`"
}

// snapshotPrefix begins the names of snapshots in a second database.
const snapshotPrefix = "live_"

// OnCluster reports whether the tables are spread over a cluster: then there are
// no snapshots, and tables cannot be exchanged.
func (w *Warehouse) OnCluster() bool { return w.cluster.Enabled() }

// Snapshot puts the present state of the warehouse's derived tables beside the
// rebuilt ones, as snapshots that share the parts on disk: it takes moments, and
// what arrives afterwards is not in it.
func (w *Warehouse) Snapshot(ctx context.Context, second *Warehouse) error {
	for _, table := range derivedTables {
		if err := w.snapshot(ctx, second, table); err != nil {
			return fmt.Errorf("taking a snapshot of table %s: %w", table, err)
		}
	}
	return nil
}

func (w *Warehouse) snapshot(ctx context.Context, second *Warehouse, table string) error {
	from, to := w.qualified(table), second.qualified(snapshotPrefix+table)
	if err := w.conn.Exec(ctx, "CREATE TABLE "+to+" AS "+from); err != nil {
		return err
	}
	rows, err := w.conn.Query(ctx, "SELECT DISTINCT partition_id FROM system.parts WHERE active AND database = {database:String} AND table = {table:String}",
		Parameters{"database": w.database, "table": table}.named()...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var partitions []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		partitions = append(partitions, id)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, id := range partitions {
		if err := w.conn.Exec(ctx, "ALTER TABLE "+to+" ATTACH PARTITION ID '"+id+"' FROM "+from); err != nil {
			return err
		}
	}
	return nil
}

func (w *Warehouse) qualified(table string) string { return "`" + w.database + "`.`" + table + "`" }

// Exchange lets the derived tables of the second database and the warehouse's
// change places, with what materialised views made of them. Each pair changes at
// once; views and readers find the new tables under the old names. A table that
// the warehouse has lost is moved. Nothing may be loaded meanwhile. Afterwards the
// second database holds what the warehouse held before.
func (w *Warehouse) Exchange(ctx context.Context, second *Warehouse) error {
	if w.OnCluster() {
		return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf(
			"the tables of %s are spread over a cluster, where a rebuild cannot put others in their place: use rebuild --verify", w.database))
	}
	tables, err := second.exchangeable(ctx)
	if err != nil {
		return err
	}
	err = second.conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS "+second.qualified(replacedTable)+
		" (at DateTime) ENGINE = MergeTree ORDER BY at COMMENT 'The tables here are those that the warehouse had before'")
	if err != nil {
		return fmt.Errorf("marking database %s: %w", second.database, err)
	}
	for _, table := range tables {
		there, err := w.hasTable(ctx, w.database, table)
		if err != nil {
			return err
		}
		statement := "EXCHANGE TABLES " + w.qualified(table) + " AND " + second.qualified(table)
		if !there {
			statement = "RENAME TABLE " + second.qualified(table) + " TO " + w.qualified(table)
		}
		if err := w.conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("putting the rebuilt table %s in place: %w; run the rebuild again", table, err)
		}
	}
	return w.touchAll(ctx)
}

func (w *Warehouse) hasTable(ctx context.Context, database, table string) (bool, error) {
	var n uint64
	err := w.conn.QueryRow(ctx, "SELECT count() FROM system.tables WHERE database = {database:String} AND name = {table:String}",
		Parameters{"database": database, "table": table}.named()...).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("looking for table %s: %w", table, err)
	}
	return n > 0, nil
}

var viewTarget = regexp.MustCompile("(?s)^CREATE MATERIALIZED VIEW .*? TO `?[^`. ]+`?\\.`?([A-Za-z0-9_]+)`?")

// exchangeable are the derived tables and the targets of materialised views.
func (w *Warehouse) exchangeable(ctx context.Context) ([]string, error) {
	rows, err := w.conn.Query(ctx, "SELECT name, engine, create_table_query FROM system.tables WHERE database = {database:String} ORDER BY name",
		Parameters{"database": w.database}.named()...)
	if err != nil {
		return nil, fmt.Errorf("listing the tables of %s: %w", w.database, err)
	}
	defer rows.Close()
	tables := slices.Clone(derivedTables)
	for rows.Next() {
		var name, engine, query string
		if err := rows.Scan(&name, &engine, &query); err != nil {
			return nil, fmt.Errorf("listing the tables of %s: %w", w.database, err)
		}
		if found := viewTarget.FindStringSubmatch(strings.TrimSpace(query)); engine == "MaterializedView" && found != nil && !slices.Contains(tables, found[1]) {
			tables = append(tables, found[1])
		}
	}
	return tables, rows.Err()
}
