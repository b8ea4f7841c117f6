package session

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"zhibiao/warehouse/engine/internal/chdb"
	"zhibiao/warehouse/schema"
)

// A reader sees the public rows alone: every table with a column named access is
// filtered by it, wherever a query reads it, also through views and subqueries. A
// table without that column whose rows are about a version of a document shows
// what is about public documents. Tables that read others behind the filter's
// back, such as Merge, Buffer or Dictionary, show a reader nothing unless they have
// the column themselves. Of a table of observations it does not see, either, the cells
// that table suppression of the same database names, which would give a suppressed
// one away.
const (
	onlyPublic    = "access = 'public'"
	aboutPublic   = "version IN (SELECT version FROM %s.document)" // itself filtered
	nothing       = "0"
	documentTable = "document"
)

// plainEngines are those whose tables hold their own rows.
const plainEngines = `engine LIKE '%MergeTree' OR engine IN ('View', 'MaterializedView', 'Memory', 'Log', 'TinyLog', 'StripeLog', 'Set', 'Null', 'GenerateRandom')`

// revealing are system tables with the texts or the errors of other accounts'
// statements.
var revealing = []string{
	"asynchronous_inserts", "background_schedule_pool", "backups", "crash_log", "dropped_tables", "errors", "jemalloc_profile_text",
	"merges", "moves", "mutations", "named_collections", "processes", "query_cache", "query_condition_cache", "query_log",
	"query_metric_log", "query_result_cache", "query_thread_log", "query_views_log", "remote_data_paths", "stack_trace",
	"text_log", "trace_log", "user_processes", "view_refreshes", "warnings", "zookeeper", "zookeeper_log",
}

const tablesOfTheEngine = `SELECT database, name,
		(` + plainEngines + `) AS plain,
		engine = 'View' AS view,
		(database, name) IN (SELECT database, table FROM system.columns WHERE name = 'access') AS classified,
		(database, name) IN (SELECT database, table FROM system.columns WHERE name IN ('version', 'document') GROUP BY ALL HAVING count() = 2) AS about,
		database IN (SELECT database FROM system.columns WHERE table = '` + documentTable + `' AND name = 'access') AS documented,
		database IN (SELECT database FROM system.tables WHERE name = 'suppression')
			AND (database, name) IN (SELECT database, table FROM system.columns
				WHERE name IN ('indicator', 'region', 'dims', 'basis', 'period_start', 'period_end', 'flags', 'access') GROUP BY ALL HAVING count() = 8) AS celled
	FROM system.tables WHERE lower(database) NOT IN ('system', 'information_schema')`

// wallSettings keep a reader's own conditions above the filters: a condition that
// is evaluated first could tell of a row by failing on it.
var wallSettings = map[string]string{
	"optimize_move_to_prewhere": "0", "query_plan_optimize_prewhere": "0", "query_plan_merge_filters": "0",
	"query_plan_merge_filter_into_join_condition": "0", "use_query_condition_cache": "0", "use_query_cache": "0",
	"enable_analyzer": "1",
}

// filters are the value of additional_table_filters for a reader. They are made
// anew after each statement that may have changed a table.
func (g *Gate) filters() (string, error) {
	g.wall.Lock()
	defer g.wall.Unlock()
	at := g.schema.Load()
	if g.walled != "" && g.walledAt == at {
		return g.walled, nil
	}
	handle, err := g.library.Connect()
	if err != nil {
		return "", err
	}
	defer handle.Close()
	listed, _, err := handle.Query(chdb.Statement{SQL: tablesOfTheEngine, Format: "TSVRaw"})
	if err != nil {
		return "", fmt.Errorf("asking the engine for its tables: %w", err)
	}
	filters := map[string]string{}
	for _, table := range revealing {
		filters["system."+table] = nothing
	}
	for line := range strings.Lines(string(listed)) {
		if filter := filterOf(strings.Split(strings.TrimSuffix(line, "\n"), "\t"), filters); filter != nil {
			return "", filter
		}
	}
	g.walled, g.walledAt = mapLiteral(filters), at
	return g.walled, nil
}

// filterOf adds the filter of one listed table.
func filterOf(fields []string, filters map[string]string) error {
	if len(fields) != 8 {
		return Exception(36, "BAD_ARGUMENTS", fmt.Sprintf("a table with the name %q cannot be kept from a reader: rename it", strings.Join(fields, " ")))
	}
	database, name := fields[0], fields[1]
	plain, view, classified, about, documented := fields[2] == "1", fields[3] == "1", fields[4] == "1", fields[5] == "1", fields[6] == "1"
	key := database + "." + name
	switch {
	case view: // what it reads is filtered
	case classified && fields[7] == "1":
		filters[key] = onlyPublic + " AND " + schema.NotSuppressed(quoteName(database))
	case classified:
		filters[key] = onlyPublic
	case !plain:
		filters[key] = nothing
	case about && documented:
		filters[key] = fmt.Sprintf(aboutPublic, quoteName(database))
	}
	return nil
}

func mapLiteral(filters map[string]string) string {
	pairs := make([]string, 0, len(filters))
	for _, table := range slices.Sorted(maps.Keys(filters)) {
		pairs = append(pairs, quoteText(table)+": "+quoteText(filters[table]))
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

// changes notes that a statement may change tables. It is called before and after
// the statement.
func (g *Gate) changes() { g.schema.Add(1) }
