package sqltext

import "strings"

// Statement is what a front must know of a text before it runs it.
type Statement struct {
	// Keyword is the first word in upper case, looking through "(": SELECT, WITH,
	// INSERT … "" when there is none.
	Keyword string
	// Format is the name in the FORMAT clause, "" without one.
	Format string
	// FormatStart and FormatEnd are the offsets of the FORMAT clause of a statement
	// that is no INSERT, both 0 without one.
	FormatStart, FormatEnd int
	// Data is the offset at which the data of an INSERT begins, -1 when the text
	// is no INSERT with data. Head is then the offset where the text for the
	// engine ends: before FORMAT or VALUES.
	Head, Data int
	// Several is true when another statement follows a semicolon.
	Several bool
	// ClientFile names INFILE or OUTFILE, which only a command line client may
	// carry out.
	ClientFile string
	// Text is the statement without a closing semicolon.
	Text string
}

// WithoutFormat is the statement without a closing semicolon and its FORMAT
// clause, for a protocol that has a format of its own.
func (s Statement) WithoutFormat() string {
	if s.FormatEnd == 0 {
		return s.Text
	}
	return s.Text[:s.FormatStart] + " " + s.Text[s.FormatEnd:]
}

// Parse reads one text.
func Parse(text string) Statement {
	statement := Statement{Data: -1, Text: text}
	lexer := lexer{text: text}
	var depth int
	var previous token
	var semicolon = -1
	for {
		current := lexer.next()
		if current.kind == end {
			return statement
		}
		if semicolon >= 0 {
			statement.Several, statement.Text = true, text
			return statement
		}
		switch current.kind {
		case symbol:
			switch text[current.start] {
			case '(', '[', '{':
				depth++
			case ')', ']', '}':
				depth--
			case ';':
				semicolon = current.start
				statement.Text = text[:semicolon]
			}
		case word:
			if statement.readWord(text, current, depth, previous) {
				return statement
			}
			if isName(text, previous) {
				current.kind = quotedName // a name that looks like a keyword is none
			}
		case quotedName:
			statement.formatName(text, current, previous)
		}
		previous = current
	}
}

// readWord reports whether the rest of the text is data.
func (s *Statement) readWord(text string, current token, depth int, previous token) bool {
	upper := strings.ToUpper(text[current.start:current.end])
	if s.Keyword == "" {
		s.Keyword = upper
		return false
	}
	if upper == "OUTFILE" && isWord(text, previous, "INTO") || upper == "INFILE" && isWord(text, previous, "FROM") {
		s.ClientFile = upper
	}
	if depth != 0 || isName(text, previous) {
		return false
	}
	if s.Keyword == "INSERT" {
		switch {
		case isWord(text, previous, "FORMAT"):
			s.Format = text[current.start:current.end]
			s.Head, s.Data = previous.start, dataAfterFormat(text, current.end)
			return s.ClientFile == ""
		case upper == "VALUES":
			s.Format, s.Head, s.Data = "Values", current.start, current.end
			return true
		case upper == "SELECT" || upper == "WITH":
			s.Keyword = "INSERT SELECT"
		}
		return false
	}
	s.formatName(text, current, previous)
	return false
}

func (s *Statement) formatName(text string, current, previous token) {
	if !isWord(text, previous, "FORMAT") || s.Keyword == "INSERT" {
		return
	}
	after := (&lexer{text: text, at: current.end}).next()
	if after.kind == end || isWord(text, after, "SETTINGS") || text[after.start] == ';' {
		s.Format = strings.Trim(text[current.start:current.end], "`\"")
		s.FormatStart, s.FormatEnd = previous.start, current.end
	}
}

// isName reports whether the word after previous names a table.
func isName(text string, previous token) bool {
	return previous.kind == symbol && text[previous.start] == '.' || isWord(text, previous, "INTO") || isWord(text, previous, "TABLE")
}

func isWord(text string, t token, wanted string) bool {
	return t.kind == word && strings.EqualFold(text[t.start:t.end], wanted)
}

// dataAfterFormat passes the blanks and the one line break that belong to the
// text, as ClickHouse does; all that follows is data.
func dataAfterFormat(text string, at int) int {
	for at < len(text) && strings.IndexByte(" \t\f;", text[at]) >= 0 {
		at++
	}
	if at < len(text) && text[at] == '\r' {
		at++
	}
	if at < len(text) && text[at] == '\n' {
		at++
	}
	return at
}
