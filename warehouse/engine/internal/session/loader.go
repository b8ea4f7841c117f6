package session

import (
	"fmt"
	"strings"

	"zhibiao/warehouse/engine/account"
	"zhibiao/warehouse/engine/internal/chdb"
	"zhibiao/warehouse/engine/internal/sqltext"
)

// permitLoad judges a loader's INSERT: plain data into one of its own tables, and
// nothing in the text that could be evaluated.
func (s *Session) permitLoad(statement chdb.Statement) error {
	into, err := sqltext.ParseInsert(statement.SQL)
	switch {
	case err != nil || into.Function || into.Rest != "":
		return refused(account.Loader, "an INSERT with more than a table and its columns")
	case !s.gate.loaded[into.Table]:
		return Exception(497, "ACCESS_DENIED", fmt.Sprintf("the account %s may not insert into the table %s", account.Loader, into.Table))
	case !strings.EqualFold(statement.Format, "Native"):
		return refused(account.Loader, "the format "+statement.Format+"; it sends Native")
	}
	return nil
}

// permitTables judges what a loader's query reads, by the tables that the engine
// finds in it, and bars changes on the handle.
func (s *Session) permitTables(statement chdb.Statement) error {
	if err := s.handle.Run("SET readonly = 1"); err != nil {
		return err
	}
	if described := describedTable(statement.SQL); described != "" && s.gate.loaded[described] {
		return nil
	}
	resolved, _, err := s.handle.Query(chdb.Statement{SQL: "EXPLAIN QUERY TREE " + statement.SQL, Format: "TSVRaw", Parameters: statement.Parameters})
	if err != nil {
		return err
	}
	for line := range strings.SplitSeq(string(resolved), "\n") {
		if strings.HasPrefix(strings.TrimLeft(line, " "), "TABLE_FUNCTION id: ") {
			return refused(account.Loader, "a table function")
		}
		if !strings.HasPrefix(strings.TrimLeft(line, " "), "TABLE id: ") {
			continue
		}
		_, name, _ := strings.Cut(line, "table_name: ")
		name, _, _ = strings.Cut(name, ",")
		if _, table, found := strings.Cut(name, "."); !found || !s.gate.loaded[table] {
			return Exception(497, "ACCESS_DENIED", fmt.Sprintf("the account %s may not read the table %s", account.Loader, name))
		}
	}
	return nil
}

// describedTable is the table of a plain DESCRIBE TABLE, which clients send before an
// INSERT by HTTP.
func describedTable(sql string) string {
	const describe = "DESCRIBE TABLE "
	if len(sql) < len(describe) || !strings.EqualFold(sql[:len(describe)], describe) {
		return ""
	}
	read, err := sqltext.ParseInsert("INSERT INTO " + sql[len(describe):])
	if err != nil || read.Function || read.Columns != nil || read.All || read.Rest != "" {
		return ""
	}
	return read.Table
}
