package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Limits bound one query of the reader.
type Limits struct {
	Seconds    int   // it may take
	Memory     int64 // bytes it may use on one server
	ReadRows   int64 // it may read
	ResultRows int64 // it may answer
	Concurrent int   // queries of one account at a time
}

// DefaultLimits are those of the accounts that are rendered.
var DefaultLimits = Limits{Seconds: 60, Memory: 4 << 30, ReadRows: 2_000_000_000, ResultRows: 1_000_000, Concurrent: 8}

// accessColumn and what it holds where everyone may see the row. Tables without it
// whose rows are about a version of a document follow the document.
const (
	accessColumn   = "access"
	publicAccess   = "public"
	documentTable  = "document"
	versionColumn  = "version"
	documentColumn = "document"
)

const observationTable = "observation"

// NotSuppressed is the condition that keeps a reader from the cells of observations
// that table suppression of a database names, as the views name them. Nobody
// suppressed all of them: some would give a suppressed one away. The name of the
// database is quoted where it has to be.
func NotSuppressed(database string) string {
	return "(indicator, region, dims, if(basis = 'end', 'stock', 'flow'), if(basis = 'end', period_end, period_start), period_end, if(has(flags, 'restated_boundary'), 'restated', 'original'))" +
		" NOT IN (SELECT indicator, region, dims, kind, period_start, period_end, boundary FROM " + database + ".suppression)"
}

// Accounts returns the SQL that makes the accounts of a real server, for a person who
// administers it; it can be run again after migrations that add tables.
//
// The reader sees the views, with the tables that they read (a view runs with the
// rights of who asks), of which it gets the public rows only. The loader inserts into
// and reads the tables that are appended to. The migrator makes and replaces tables.
func Accounts(c Cluster, database string, all []Statement) (string, error) {
	c = c.WithDefaults()
	relations, err := Relations(all)
	if err != nil {
		return "", err
	}
	renderer := NewRenderer(c, database)
	for _, s := range all {
		if _, err := renderer.Render(s); err != nil {
			return "", err
		}
	}
	a := accounts{cluster: c, database: database, renderer: renderer, relations: relations, filled: filledByViews(all)}
	a.profiles()
	a.roles()
	a.policies()
	a.grants()
	a.users()
	return a.text.String(), nil
}

type accounts struct {
	text      strings.Builder
	cluster   Cluster
	database  string
	renderer  *Renderer
	relations []Relation
	filled    []string // tables that materialised views fill
}

// The roles, which are what rights and limits hang on; users come and go.
const (
	readerRole   = "zhibiao_reader"
	loaderRole   = "zhibiao_loader"
	migratorRole = "zhibiao_migrator"
)

func (a *accounts) write(format string, arguments ...any) {
	fmt.Fprintf(&a.text, format+";\n\n", arguments...)
}

func (a *accounts) say(lines ...string) {
	for _, line := range lines {
		a.text.WriteString("-- " + line + "\n")
	}
}

// profiles bound the reader from below too: 0 would mean no limit.
func (a *accounts) profiles() {
	l, on := DefaultLimits, a.cluster.on()
	bounded := func(name string, most int64) string { return fmt.Sprintf("%s = %d MIN 1 MAX %d", name, most, most) }
	reader := []string{
		"readonly = 2 CONST",
		bounded("max_execution_time", int64(l.Seconds)),
		bounded("max_memory_usage", l.Memory),
		bounded("max_rows_to_read", l.ReadRows),
		bounded("max_result_rows", l.ResultRows),
		bounded("max_concurrent_queries_for_user", int64(l.Concurrent)),
		"timeout_overflow_mode = 'throw' CONST",
		"read_overflow_mode = 'throw' CONST",
		"result_overflow_mode = 'throw' CONST",
	}
	loader := []string{"async_insert = 0 CONST"}
	if a.cluster.Enabled() {
		everyone := []string{"distributed_product_mode = 'global'", "load_balancing = 'in_order'"}
		reader = append(reader, everyone...)
		loader = append(loader, everyone...)
		loader = append(loader, "distributed_foreground_insert = 1 CONST", "insert_quorum = "+literalOf(a.cluster.Quorum))
	}
	a.say("Limits. readonly = 2 lets a client set what shapes its answer, within these bounds,",
		"but neither write nor change a table.")
	a.write("CREATE SETTINGS PROFILE OR REPLACE %s%s SETTINGS\n    %s", readerRole, on, strings.Join(reader, ",\n    "))
	a.say("An INSERT is confirmed when it is stored, never from a queue.")
	a.write("CREATE SETTINGS PROFILE OR REPLACE %s%s SETTINGS\n    %s", loaderRole, on, strings.Join(loader, ",\n    "))
}

func (a *accounts) roles() {
	on := a.cluster.on()
	a.write("CREATE ROLE IF NOT EXISTS %s, %s, %s%s", readerRole, loaderRole, migratorRole, on)
	a.write("ALTER ROLE %s%s SETTINGS PROFILE '%s'", readerRole, on, readerRole)
	a.write("ALTER ROLE %s%s SETTINGS PROFILE '%s'", loaderRole, on, loaderRole)
	a.write("CREATE QUOTA OR REPLACE %s%s KEYED BY user_name FOR INTERVAL 1 hour MAX queries = 10000, execution_time = 7200 TO %s", readerRole, on, readerRole)
}

// policies stand on the tables that hold the rows. Without the first kind, which lets
// everyone see everything, a restrictive policy would leave nothing to anyone.
func (a *accounts) policies() {
	a.say("Rows that are not public stay out of every query of the reader, also through views.")
	on := a.cluster.on()
	for _, r := range a.relations {
		condition := a.condition(r)
		if condition == "" {
			continue
		}
		stored := a.database + "." + a.stored(r.Name)
		a.write("CREATE ROW POLICY OR REPLACE everyone%s ON %s USING 1 AS PERMISSIVE TO ALL", on, stored)
		a.write("CREATE ROW POLICY OR REPLACE only_public%s ON %s USING %s AS RESTRICTIVE TO %s", on, stored, condition, readerRole)
	}
}

func (a *accounts) condition(r Relation) string {
	has := func(column string) bool { return slices.Contains(r.Columns, column) }
	switch {
	case r.View:
		return ""
	case has(accessColumn):
		condition := accessColumn + " = " + literalOf(publicAccess)
		if r.Name == observationTable {
			condition += " AND " + NotSuppressed(a.database)
		}
		return condition
	case has(versionColumn) && has(documentColumn):
		return fmt.Sprintf("%s IN (SELECT %s FROM %s.%s WHERE %s = %s)", versionColumn, versionColumn, a.database, documentTable, accessColumn, literalOf(publicAccess))
	}
	return ""
}

// stored is the table that holds the rows of another on each server.
func (a *accounts) stored(name string) string {
	if a.renderer.Sharded(name) {
		return name + Local
	}
	return name
}

func (a *accounts) grants() {
	on, all := strings.TrimSpace(a.cluster.on()), a.database+".*"
	grant := func(role string, rights ...string) {
		a.write("%s", strings.TrimSpace("GRANT "+on)+" "+strings.Join(rights, ",\n    ")+"\n    TO "+role)
	}
	var reads, loads []string
	for _, r := range a.relations {
		name := a.database + "." + r.Name
		if stored := a.stored(r.Name); stored != r.Name {
			reads = append(reads, "SELECT ON "+a.database+"."+stored)
		}
		reads = append(reads, "SELECT ON "+name)
		if !r.View && !r.Dimension && !slices.Contains(a.filled, r.Name) {
			loads = append(loads, "INSERT, SELECT ON "+name)
			if stored := a.stored(r.Name); stored != r.Name {
				loads = append(loads, "INSERT, SELECT ON "+a.database+"."+stored)
			}
		}
	}
	applied := "SELECT ON " + a.database + ".migration" // a command looks whether the tables are up to date
	grant(readerRole, append(reads, applied)...)
	grant(loaderRole, append(loads, applied, "SHOW TABLES, SHOW COLUMNS ON "+all)...)
	rights := []string{
		"SELECT, INSERT, ALTER, CREATE TABLE, CREATE VIEW, CREATE DICTIONARY, DROP TABLE, DROP VIEW, DROP DICTIONARY, TRUNCATE, OPTIMIZE ON " + all,
		"CREATE DATABASE ON " + all,
		"CREATE FUNCTION, DROP FUNCTION ON *.*",
	}
	if a.cluster.Enabled() {
		rights = append(rights, "CLUSTER ON *.*", "REMOTE ON *.*")
	}
	grant(migratorRole, rights...)
}

func (a *accounts) users() {
	on := a.cluster.on()
	a.say("The accounts themselves. Put the SHA-256 of each password in hex in its place:",
		"printf %s 'the password' | sha256sum. A server refuses the text that stands there now.")
	for _, u := range []struct{ name, role string }{{"reader", readerRole}, {"loader", loaderRole}, {"migrator", migratorRole}} {
		a.write("CREATE USER IF NOT EXISTS %s%s IDENTIFIED WITH sha256_hash BY 'SHA-256 of the password of %s' DEFAULT ROLE %s",
			u.name, on, u.name, u.role)
		a.write("GRANT %s TO %s", strings.TrimSpace(on+" "+u.role), u.name)
	}
}

// filledByViews are the tables that materialised views insert into.
func filledByViews(all []Statement) []string {
	var names []string
	for _, s := range all {
		if s.Kind == MaterializedView {
			names = append(names, s.tokens[s.head+2].name())
		}
	}
	return names
}
