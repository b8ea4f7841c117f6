package schema

import "strings"

type kind int

const (
	word    kind = iota // a keyword, name or number
	quoted              // a name in backquotes or double quotes
	literal             // a text in single quotes
	symbol              // any other byte
)

// token is a piece of a statement; comments and space lie between tokens.
type token struct {
	kind       kind
	text       string // as written, with its quotes
	start, end int    // byte offsets in the statement
	depth      int    // of brackets around it; a bracket belongs to what is outside of it
}

// is reports whether the token is one of the keywords, in whatever case.
func (t token) is(keywords ...string) bool {
	if t.kind != word {
		return false
	}
	for _, k := range keywords {
		if strings.EqualFold(t.text, k) {
			return true
		}
	}
	return false
}

func (t token) symbol(s string) bool { return t.kind == symbol && t.text == s }

// name returns the name that the token is, "" if it is none.
func (t token) name() string {
	switch t.kind {
	case word:
		return t.text
	case quoted:
		return strings.Trim(t.text, t.text[:1])
	}
	return ""
}

// scan splits a text into tokens. It reads what the migrations of this program are
// written in, not all of ClickHouse's SQL: heredocs and other alphabets' quotes are
// left to the server's own parser.
func scan(text string) []token {
	var tokens []token
	depth := 0
	for at := skipBlank(text, 0); at < len(text); {
		t := token{start: at}
		t.kind, t.end = advance(text, at)
		t.text = text[t.start:t.end]
		if t.kind == symbol && strings.Contains(")]}", t.text) {
			depth--
		}
		t.depth = depth
		if t.kind == symbol && strings.Contains("([{", t.text) {
			depth++
		}
		tokens = append(tokens, t)
		at = skipBlank(text, t.end)
	}
	return tokens
}

func advance(text string, at int) (kind, int) {
	switch c := text[at]; {
	case c == '\'':
		return literal, closing(text, at)
	case c == '`' || c == '"':
		return quoted, closing(text, at)
	case isWordByte(c):
		end := at
		for end < len(text) && isWordByte(text[end]) {
			end++
		}
		return word, end
	default:
		return symbol, at + 1
	}
}

// closing returns the offset behind a quoted text: a backslash hides the next byte,
// a doubled quote stands for itself.
func closing(text string, at int) int {
	quote := text[at]
	for at++; at < len(text); at++ {
		switch text[at] {
		case '\\':
			at++
		case quote:
			if at+1 == len(text) || text[at+1] != quote {
				return at + 1
			}
			at++
		}
	}
	return len(text)
}

func skipBlank(text string, at int) int {
	for at < len(text) {
		rest := text[at:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			at++
		case strings.HasPrefix(rest, "--"):
			at = after(text, at, "\n")
		case strings.HasPrefix(rest, "/*"):
			at = after(text, at, "*/")
		default:
			return at
		}
	}
	return at
}

func after(text string, at int, end string) int {
	if found := strings.Index(text[at:], end); found >= 0 {
		return at + found + len(end)
	}
	return len(text)
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
