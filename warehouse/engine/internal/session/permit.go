package session

import (
	"bytes"
	"fmt"
	"strings"

	"zhibiao/warehouse/engine/account"
	"zhibiao/warehouse/engine/internal/chdb"
	"zhibiao/warehouse/engine/internal/sqltext"
)

// harmlessTables are the table functions that a reader may call: they touch no
// file, no network, no text that is run as a query, and no table behind the back of
// the filters.
var harmlessTables = map[string]bool{
	"numbers": true, "numbers_mt": true, "zeros": true, "zeros_mt": true, "values": true,
	"generateseries": true, "generate_series": true, "generaterandom": true, "primes": true,
	"format": true, "null": true, "view": true,
}

var errClientFile = Exception(48, "NOT_IMPLEMENTED", "INTO OUTFILE and FROM INFILE name a file of the client and are not carried out by a server")

// permit refuses what must not run and tells the class of what may. For the writer
// that is only what a server does not do; for the others it is everything but
// reading tables. readonly=1 is not enough for them: under it the engine still
// writes INTO OUTFILE, reads any file with the function file() or with DESCRIBE,
// and kills queries.
func (s *Session) permit(statement chdb.Statement) (chdb.Class, error) {
	parsed := sqltext.Parse(statement.SQL)
	if parsed.ClientFile != "" {
		return 0, errClientFile
	}
	analysis, err := s.handle.Classify(statement.SQL, "default")
	if err != nil {
		return 0, err
	}
	if analysis.Class == chdb.Unknown && analysis.Statements == 0 {
		return 0, s.syntaxError(statement)
	}
	if err := s.permitClass(parsed, analysis); err != nil || s.account == account.Writer {
		return analysis.Class, err
	}
	if err := s.permitWords(statement); err != nil {
		return 0, err
	}
	tree, err := s.gate.syntaxTree(statement)
	if err != nil {
		return 0, err
	}
	if err := s.permitTree(statement.SQL, tree); err != nil || s.reads() {
		return analysis.Class, err
	}
	return analysis.Class, s.permitTables(statement)
}

// permitClass judges what the engine's parser says of a text: one statement for
// anyone, and for the reader one that only reads.
func (s *Session) permitClass(parsed sqltext.Statement, analysis chdb.Analysis) error {
	if analysis.Statements != 1 || parsed.Several {
		return Exception(62, "SYNTAX_ERROR", "Multi-statements are not allowed: send one statement a request")
	}
	if s.account != account.Writer && (analysis.Class != chdb.ReadOnly || analysis.WritesElsewhere) {
		return Exception(164, "READONLY", "the account "+s.account+" only reads tables")
	}
	return nil
}

// hidden are parts of the names of functions that read a dictionary or a Join table
// as a value, past the filters of tables.
var hidden = []string{"dictget", "dicthas", "dictisin", "joinget"}

// permitWords refuses dangerous words wherever they stand, since the syntax tree
// does not name a function where it is an argument (arrayMap(file, …),
// APPLY(file)), and the escape that could hide them. PREWHERE would be evaluated
// before the filters. The value of a parameter can be a name too.
func (s *Session) permitWords(statement chdb.Statement) error {
	if sqltext.HasWord(statement.SQL, "identifier") {
		for _, value := range statement.Parameters {
			if err := s.permitText(value); err != nil {
				return err
			}
		}
	}
	return s.permitText(statement.SQL)
}

func (s *Session) permitText(text string) error {
	lower := strings.ToLower(text)
	for _, name := range hidden {
		if strings.Contains(lower, name) {
			return refused(s.account, "functions such as "+name+"; join the table instead")
		}
	}
	switch {
	case sqltext.HasWord(text, "file"):
		return refused(s.account, "the word file, as in file(), in a query; a value can be passed as a parameter")
	case sqltext.HasWord(text, "prewhere"):
		return refused(s.account, "PREWHERE; WHERE does the same")
	case strings.Contains(text, `\x`):
		return refused(s.account, `the escape \x in a query; a value can be passed as a parameter`)
	}
	return nil
}

// permitTree looks at the functions that a reading statement calls. The engine's
// own syntax tree names them, except inside SHOW … WHERE.
func (s *Session) permitTree(sql string, tree []byte) error {
	if len(tree) == 0 || tree[0] < 'A' || tree[0] > 'Z' {
		return refused(s.account, "a statement of this kind")
	}
	if bytes.HasPrefix(bytes.ToUpper(tree), []byte("SHOW")) && sqltext.HasWord(sql, "where") {
		return refused(s.account, "SHOW … WHERE; select from the tables of the database system")
	}
	for line := range strings.SplitSeq(string(tree), "\n") {
		called, ok := strings.CutPrefix(strings.TrimLeft(line, " "), "Function ")
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(called, " ")
		if lower := strings.ToLower(name); s.gate.tables[lower] && !harmlessTables[lower] {
			return refused(s.account, "the table function "+name)
		}
	}
	return nil
}

// syntaxTree asks on a handle of its own, where the reader's limits do not count.
func (g *Gate) syntaxTree(statement chdb.Statement) ([]byte, error) {
	handle, err := g.library.Connect()
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	if err := handle.Run("SET implicit_select = 0, readonly = 1"); err != nil {
		return nil, err
	}
	tree, _, err := handle.Query(chdb.Statement{SQL: "EXPLAIN AST " + statement.SQL, Format: "TSVRaw", Parameters: statement.Parameters})
	return tree, err
}

// syntaxError lets the engine word the error without running anything: the text
// goes in as a value.
func (s *Session) syntaxError(statement chdb.Statement) error {
	if _, _, err := s.handle.Query(chdb.Statement{SQL: "SELECT formatQuery(" + quoteText(statement.SQL) + ")", Format: "Null"}); err != nil {
		message, _, _ := strings.Cut(err.Error(), ": In scope SELECT formatQuery(")
		return &chdb.Error{Text: strings.TrimSuffix(message, " (SYNTAX_ERROR)") + " (SYNTAX_ERROR)"}
	}
	return Exception(62, "SYNTAX_ERROR", "Syntax error: the statement is empty or not understood")
}

func refused(name, what string) error {
	return Exception(164, "READONLY", fmt.Sprintf("the account %s may not use %s", name, what))
}
