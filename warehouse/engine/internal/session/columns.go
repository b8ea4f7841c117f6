package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"zhibiao/warehouse/engine/internal/chdb"
	"zhibiao/warehouse/engine/internal/native"
	"zhibiao/warehouse/engine/internal/sqltext"
)

// Header gives the columns of a statement whose result has no rows, none for a
// statement without a result. The statement was permitted before.
func (s *Session) Header(statement chdb.Statement, keyword string) ([]native.Column, error) {
	described := statement
	described.Format = "JSONCompactEachRow"
	if Streams(keyword) {
		described.SQL = "DESCRIBE (" + statement.SQL + "\n)"
		return s.listColumns(described)
	}
	if !answers[keyword] {
		return nil, nil
	}
	described.Format = "JSONCompactEachRowWithNamesAndTypes"
	content, _, err := s.handle.Query(described)
	if err != nil {
		return nil, err
	}
	var lines [2][]string
	decoder := json.NewDecoder(bytes.NewReader(content))
	for i := range lines {
		if err := decoder.Decode(&lines[i]); err != nil {
			return nil, fmt.Errorf("reading the columns of a result: %w", err)
		}
	}
	columns := make([]native.Column, len(lines[0]))
	for i := range columns {
		columns[i] = native.Column{Name: lines[0][i], Type: lines[1][i]}
	}
	return columns, nil
}

// answers are the first words of statements with a result, besides queries.
var answers = map[string]bool{"SHOW": true, "DESCRIBE": true, "DESC": true, "EXISTS": true, "EXPLAIN": true, "CHECK": true}

// listColumns runs a DESCRIBE.
func (s *Session) listColumns(describe chdb.Statement) ([]native.Column, error) {
	content, _, err := s.handle.Query(describe)
	if err != nil {
		return nil, err
	}
	var columns []native.Column
	for line := range bytes.Lines(content) {
		var fields []string
		if err := json.Unmarshal(line, &fields); err != nil || len(fields) < 4 {
			return nil, fmt.Errorf("reading the engine's list of columns: %w", err)
		}
		columns = append(columns, native.Column{Name: fields[0], Type: fields[1], Default: fields[2], Expression: fields[3]})
	}
	return columns, nil
}

// InsertColumns gives the columns that an INSERT takes, in its order.
func (s *Session) InsertColumns(statement chdb.Statement) ([]native.Column, error) {
	if err := s.permitInsert(statement); err != nil {
		return nil, err
	}
	into, err := sqltext.ParseInsert(statement.SQL)
	if err != nil || into.Function {
		return nil, Exception(48, "NOT_IMPLEMENTED", "an INSERT with data goes into a table, with a plain list of columns")
	}
	known, err := s.listColumns(chdb.Statement{SQL: "DESCRIBE TABLE " + into.Target, Format: "JSONCompactEachRow"})
	if err != nil {
		return nil, err
	}
	chosen, err := insertColumns(into, known)
	for i := range chosen {
		if s.plain {
			chosen[i].Type = plainTexts.Replace(chosen[i].Type)
		}
	}
	return chosen, err
}

// noDictionaries is the setting with which a client asks a server for columns
// without dictionaries.
const noDictionaries = "low_cardinality_allow_in_native_format"

var plainTexts = strings.NewReplacer("LowCardinality(String)", "String")

func insertColumns(into sqltext.Insert, known []native.Column) ([]native.Column, error) {
	var chosen []native.Column
	if into.Columns == nil || into.All {
		for _, column := range known {
			computed := column.Default == "ALIAS" || column.Default == "MATERIALIZED" || column.Default == "EPHEMERAL"
			if !computed && !slices.Contains(into.Columns, column.Name) {
				chosen = append(chosen, column)
			}
		}
		return chosen, nil
	}
	for _, name := range into.Columns {
		at := slices.IndexFunc(known, func(c native.Column) bool { return c.Name == name })
		if at < 0 {
			return nil, Exception(16, "NO_SUCH_COLUMN_IN_TABLE", "No such column "+name+" in table "+into.Table)
		}
		chosen = append(chosen, known[at])
	}
	return chosen, nil
}
