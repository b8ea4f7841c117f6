// Package schema reads the statements of the warehouse's migrations and writes them
// out for where they run: as they stand for the embedded engine and for one server,
// and for a cluster with ON CLUSTER, replicated engines and distributed tables. It
// works on text alone and knows no connection.
package schema

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Kind is what a statement does.
type Kind string

// The statements that a migration may hold. Each can be applied twice with the
// outcome of once, so that a migration that was cut short is simply repeated.
const (
	Table            Kind = "table"             // CREATE TABLE IF NOT EXISTS
	View             Kind = "view"              // CREATE OR REPLACE VIEW, also one with parameters
	MaterializedView Kind = "materialized view" // CREATE MATERIALIZED VIEW IF NOT EXISTS name TO table
	Dictionary       Kind = "dictionary"        // CREATE OR REPLACE DICTIONARY
	Function         Kind = "function"          // CREATE OR REPLACE FUNCTION
	Alter            Kind = "alter"             // ALTER TABLE with IF [NOT] EXISTS, MODIFY, COMMENT or MATERIALIZE
	Drop             Kind = "drop"              // DROP TABLE, VIEW, DICTIONARY or FUNCTION IF EXISTS
	Insert           Kind = "insert"            // INSERT INTO … SELECT, into a table that keeps equal rows once
)

// Statement is the one statement of a migration.
type Statement struct {
	Kind Kind
	Name string // of what it creates, changes, drops or fills
	Text string // without leading comments and closing semicolon
	// Replaces says that the statement replaces what stands under its name.
	Replaces bool

	tokens []token
	head   int // index of the token that holds Name
}

// form is the beginning of a statement of one kind; the name follows.
type form struct {
	words    string
	kind     Kind
	replaces bool
}

var forms = []form{
	{"CREATE TABLE IF NOT EXISTS", Table, false},
	{"CREATE OR REPLACE VIEW", View, true},
	{"CREATE MATERIALIZED VIEW IF NOT EXISTS", MaterializedView, false},
	{"CREATE OR REPLACE DICTIONARY", Dictionary, true},
	{"CREATE OR REPLACE FUNCTION", Function, true},
	{"ALTER TABLE", Alter, false},
	{"DROP TABLE IF EXISTS", Drop, false},
	{"DROP VIEW IF EXISTS", Drop, false},
	{"DROP DICTIONARY IF EXISTS", Drop, false},
	{"DROP FUNCTION IF EXISTS", Drop, false},
	{"INSERT INTO", Insert, false},
}

// Parse reads the text of one migration. It refuses what cannot be applied twice,
// and more than one statement.
func Parse(text string) (Statement, error) {
	tokens := scan(text)
	if n := len(tokens); n > 0 && tokens[n-1].symbol(";") {
		tokens = tokens[:n-1]
	}
	if len(tokens) == 0 {
		return Statement{}, errors.New("there is no statement")
	}
	for _, t := range tokens {
		if t.symbol(";") {
			return Statement{}, errors.New("there is more than one statement: want one statement a file")
		}
	}
	start, end := tokens[0].start, tokens[len(tokens)-1].end
	for i := range tokens {
		tokens[i].start -= start
		tokens[i].end -= start
	}
	for _, f := range forms {
		words := strings.Fields(f.words)
		if !begins(tokens, words...) || len(tokens) == len(words) {
			continue
		}
		s := Statement{Kind: f.kind, Text: text[start:end], Replaces: f.replaces, tokens: tokens, head: len(words)}
		if s.Name = tokens[s.head].name(); s.Name == "" {
			return Statement{}, fmt.Errorf("want a name after %s", f.words)
		}
		return s, s.check()
	}
	return Statement{}, fmt.Errorf("a statement that begins with %q cannot be applied twice or is not known: want one of %s",
		opening(tokens), beginnings())
}

func (s Statement) check() error {
	if following := s.tokens[s.head+1:]; len(following) > 0 && following[0].symbol(".") {
		return fmt.Errorf("%s names a database: a migration names none, so that it serves every database", s.Name)
	}
	switch s.Kind {
	case Alter:
		return checkAlter(s)
	case MaterializedView:
		return checkMaterializedView(s)
	case Table:
		_, err := parseTable(s)
		return err
	}
	return nil
}

// Checksum is the SHA-256 in hex of what the statement says: comments and space
// outside of quotes do not count.
func (s Statement) Checksum() string {
	hash := sha256.New()
	for _, t := range s.tokens {
		hash.Write([]byte(t.text))
		hash.Write([]byte{0})
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// insertAfter returns the text with an addition behind the token of that index.
func (s Statement) insertAfter(index int, addition string) string {
	at := s.tokens[index].end
	return s.Text[:at] + addition + s.Text[at:]
}

func begins(tokens []token, words ...string) bool {
	if len(tokens) < len(words) {
		return false
	}
	for i, w := range words {
		if !tokens[i].is(w) {
			return false
		}
	}
	return true
}

func opening(tokens []token) string {
	var words []string
	for _, t := range tokens[:min(len(tokens), 4)] {
		words = append(words, t.text)
	}
	return strings.Join(words, " ")
}

func beginnings() string {
	list := make([]string, 0, len(forms))
	for _, f := range forms {
		list = append(list, f.words)
	}
	return strings.Join(list, ", ")
}
