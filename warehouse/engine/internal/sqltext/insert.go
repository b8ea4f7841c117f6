package sqltext

import (
	"errors"
	"strings"
)

// Insert is what stands in the head of an INSERT.
type Insert struct {
	// Target is the table as written, to be used in a query; Table is its name
	// without the database.
	Target, Table string
	// Function is true for INSERT INTO FUNCTION.
	Function bool
	// Columns are the names listed, nil without a list. All is true for a list that
	// begins with *, and Columns are then those that it excepts.
	Columns []string
	All     bool
	// Rest is what follows before FORMAT, VALUES or the end, such as SETTINGS.
	Rest string
}

var errNoInsert = errors.New("no INSERT into a table")

// ParseInsert reads the head of an INSERT up to FORMAT or VALUES.
func ParseInsert(text string) (Insert, error) {
	p := insertParser{lexer: lexer{text: text}}
	p.next()
	if !p.word("INSERT") || !p.word("INTO") {
		return Insert{}, errNoInsert
	}
	var into Insert
	if p.is("TABLE") {
		if after := (&lexer{text: text, at: p.token.end}).next(); after.kind != end && text[after.start] != '.' && text[after.start] != '(' {
			p.next()
		}
	}
	if p.is("FUNCTION") {
		into.Function = true
		return into, nil
	}
	if err := p.target(&into); err != nil {
		return Insert{}, err
	}
	if p.symbol('(') {
		if err := p.columns(&into); err != nil {
			return Insert{}, err
		}
	}
	from := p.token.start
	for p.token.kind != end && !p.is("FORMAT") && !p.is("VALUES") {
		p.next()
	}
	into.Rest = strings.TrimRight(strings.TrimSpace(text[from:p.token.start]), ";")
	return into, nil
}

type insertParser struct {
	lexer lexer
	token token
}

func (p *insertParser) next() { p.token = p.lexer.next() }

func (p *insertParser) is(wanted string) bool { return isWord(p.lexer.text, p.token, wanted) }

func (p *insertParser) word(wanted string) bool {
	found := p.is(wanted)
	p.next()
	return found
}

func (p *insertParser) symbol(wanted byte) bool {
	if p.token.kind != symbol || p.lexer.text[p.token.start] != wanted {
		return false
	}
	p.next()
	return true
}

// name reads a plain or quoted name. Names with escapes are not read.
func (p *insertParser) name() (string, error) {
	written := p.lexer.text[p.token.start:p.token.end]
	kind := p.token.kind
	p.next()
	switch {
	case kind == word:
		return written, nil
	case kind == quotedName && len(written) > 2 && !strings.ContainsAny(written[1:len(written)-1], "\\`\""):
		return written[1 : len(written)-1], nil
	}
	return "", errNoInsert
}

func (p *insertParser) target(into *Insert) error {
	start := p.token.start
	for {
		last := p.token.end
		name, err := p.name()
		if err != nil {
			return err
		}
		into.Target, into.Table = p.lexer.text[start:last], name
		if !p.symbol('.') {
			return nil
		}
	}
}

func (p *insertParser) columns(into *Insert) error {
	if into.All = p.symbol('*'); into.All {
		if p.symbol(')') {
			return nil
		}
		if !p.word("EXCEPT") {
			return errNoInsert
		}
		if !p.symbol('(') {
			if err := p.column(into); err != nil {
				return err
			}
			return p.closed()
		}
		defer p.symbol(')')
	}
	for {
		if err := p.column(into); err != nil {
			return err
		}
		if !p.symbol(',') {
			return p.closed()
		}
	}
}

func (p *insertParser) closed() error {
	if !p.symbol(')') {
		return errNoInsert
	}
	return nil
}

// column reads one name, which has dots for a part of a nested column.
func (p *insertParser) column(into *Insert) error {
	var parts []string
	for {
		name, err := p.name()
		if err != nil {
			return err
		}
		if parts = append(parts, name); !p.symbol('.') {
			into.Columns = append(into.Columns, strings.Join(parts, "."))
			return nil
		}
	}
}
