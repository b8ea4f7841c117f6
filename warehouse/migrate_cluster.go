package warehouse

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"zhibiao/pipeline"
	"zhibiao/warehouse/schema"
)

// quorumTimeout is how long an INSERT waits for its quorum of replicas, in ms.
const quorumTimeout = 60_000

// clusterSettings go with every query to a cluster. An INSERT is confirmed only when a
// quorum of replicas of every shard that it touches has it (promise 1): distributed
// tables would confirm it from a queue on the first server otherwise. Reads prefer the
// replica that inserts went to, and joins of two distributed tables fetch the right
// side once instead of being refused.
func clusterSettings(c schema.Cluster) clickhouse.Settings {
	if !c.Enabled() {
		return nil
	}
	return clickhouse.Settings{
		"async_insert":                  0,
		"distributed_foreground_insert": 1,
		"insert_quorum":                 c.WithDefaults().Quorum,
		"insert_quorum_timeout":         quorumTimeout,
		"load_balancing":                "in_order",
		"distributed_product_mode":      "global",
	}
}

// RenderedMigration is a file of the schema as a person would run it.
type RenderedMigration struct {
	Name       string // of the file
	Statements []string
}

// RenderMigrations returns the statements that Migrate runs, in order, without a
// server: with a cluster those for the cluster, without one those for one server.
// Errors carry the exit code of the user's input.
func RenderMigrations(c schema.Cluster, database string) ([]RenderedMigration, error) {
	all, err := readMigrations(migrationFiles)
	if err != nil {
		return nil, err
	}
	statements, err := renderMigrations(all, c, database)
	if err != nil {
		return nil, err
	}
	rendered := make([]RenderedMigration, len(all))
	for i, m := range all {
		rendered[i] = RenderedMigration{Name: m.Name, Statements: statements[i]}
	}
	return rendered, nil
}

// Script writes rendered migrations as one file for clickhouse-client --queries-file,
// which starts by making the database.
func Script(c schema.Cluster, database string, files []RenderedMigration) string {
	var text strings.Builder
	fmt.Fprintf(&text, "-- The schema of zhibiao for %s, %s files. Run it with clickhouse-client --queries-file FILE.\n", place(c), strconv.Itoa(len(files)))
	text.WriteString("-- zhibiao migrate applies the same statements and remembers which it applied.\n\n")
	fmt.Fprintf(&text, "%s;\n\nUSE `%s`;\n", c.CreateDatabase(database), database)
	for _, f := range files {
		text.WriteString("\n" + f.script())
	}
	return text.String()
}

// RenderAccounts returns the SQL that makes the accounts of a server or cluster.
func RenderAccounts(c schema.Cluster, database string) (string, error) {
	all, err := readMigrations(migrationFiles)
	if err != nil {
		return "", err
	}
	statements := make([]schema.Statement, len(all))
	for i, m := range all {
		statements[i] = m.statement
	}
	accounts, err := schema.Accounts(c, database, statements)
	if err != nil {
		return "", pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("rendering the accounts: %w", err))
	}
	head := fmt.Sprintf("-- The accounts of zhibiao for %s. An administrator runs this after zhibiao migrate,\n"+
		"-- and again after a migration that adds a table. Made by: zhibiao migrate --accounts.\n\n", place(c))
	return head + accounts, nil
}

func (f RenderedMigration) script() string {
	return "-- " + f.Name + "\n" + strings.Join(f.Statements, ";\n\n") + ";\n"
}

func place(c schema.Cluster) string {
	if c.Enabled() {
		return "cluster " + c.Name
	}
	return "one server"
}

// DatabaseOf returns the database that a warehouse's URL names, DefaultDatabase where
// it names none.
func DatabaseOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	if _, database, _ := strings.Cut(rest, "/"); database != "" {
		return database
	}
	return DefaultDatabase
}
