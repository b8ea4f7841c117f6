package schema

import (
	"fmt"
	"slices"
	"strings"
)

// command is one of the commands of an ALTER TABLE.
type command struct {
	tokens []token
	text   string
}

// commands splits an ALTER at its commas. MODIFY QUERY takes the rest, because a
// SELECT has commas of its own.
func (s Statement) commands() []command {
	tokens := s.tokens[s.head+1:]
	var list []command
	start := 0
	take := func(end int) {
		if end > start {
			part := tokens[start:end]
			list = append(list, command{part, s.Text[part[0].start:part[len(part)-1].end]})
		}
		start = end + 1
	}
	for i, t := range tokens {
		if begins(tokens[start:], "MODIFY", "QUERY") {
			break
		}
		if t.depth == 0 && t.symbol(",") {
			take(i)
		}
	}
	take(len(tokens))
	return list
}

// repeatable are the beginnings of commands that can be applied twice.
var repeatable = []string{
	"ADD COLUMN IF NOT EXISTS", "ADD INDEX IF NOT EXISTS", "ADD PROJECTION IF NOT EXISTS", "ADD CONSTRAINT IF NOT EXISTS",
	"DROP COLUMN IF EXISTS", "DROP INDEX IF EXISTS", "DROP PROJECTION IF EXISTS", "DROP CONSTRAINT IF EXISTS",
	"RENAME COLUMN IF EXISTS", "MODIFY", "COMMENT COLUMN", "MATERIALIZE", "RESET SETTING",
}

func (c command) begins(words string) bool { return begins(c.tokens, strings.Fields(words)...) }

func checkAlter(s Statement) error {
	commands := s.commands()
	if len(commands) == 0 {
		return fmt.Errorf("altering %s: there is no command", s.Name)
	}
	for _, c := range commands {
		if !slices.ContainsFunc(repeatable, c.begins) {
			return fmt.Errorf("altering %s: %q cannot be applied twice or is not known: want one of %s",
				s.Name, opening(c.tokens), strings.Join(repeatable, ", "))
		}
	}
	return nil
}

// shapesColumns reports a command that a distributed table has to follow: it holds
// the columns and the comment, but no parts, indices or settings.
func (c command) shapesColumns() bool {
	return slices.ContainsFunc([]string{"ADD COLUMN", "DROP COLUMN", "RENAME COLUMN", "MODIFY COLUMN", "COMMENT COLUMN", "MODIFY COMMENT"}, c.begins)
}

// alteredColumns follows the names of columns over an ALTER.
func alteredColumns(s Statement, columns []string) []string {
	columns = slices.Clone(columns)
	for _, c := range s.commands() {
		switch {
		case c.begins("ADD COLUMN IF NOT EXISTS") && len(c.tokens) > 5:
			if name := c.tokens[5].name(); !slices.Contains(columns, name) {
				columns = append(columns, name)
			}
		case c.begins("DROP COLUMN IF EXISTS") && len(c.tokens) > 4:
			columns = slices.DeleteFunc(columns, func(name string) bool { return name == c.tokens[4].name() })
		case c.begins("RENAME COLUMN IF EXISTS") && len(c.tokens) > 6:
			if at := slices.Index(columns, c.tokens[4].name()); at >= 0 {
				columns[at] = c.tokens[6].name()
			}
		}
	}
	return columns
}
