package ordering

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type kind int

const (
	word   kind = iota // a bare or quoted name
	text               // 'a literal'
	number             // 42, 0.5
	symbol             // one character, or :: and ->
	group              // ( … ), [ … ] or { … } with its content in inner
)

// token is a piece of SQL without comments and space. Brackets hold their content,
// so that a clause is a run of tokens of one level.
type token struct {
	kind  kind
	text  string // of a quoted name or literal: what stands between the quotes
	at    int    // byte offset
	inner []token
}

// is reports whether the token is this keyword, in any case.
func (t token) is(keyword string) bool {
	return t.kind == word && strings.EqualFold(t.text, keyword)
}

func (t token) isSymbol(s string) bool { return t.kind == symbol && t.text == s }

func (t token) isGroup(opening string) bool { return t.kind == group && t.text == opening }

// lexer reads ClickHouse's SQL. It never fails: an unclosed quote or bracket ends with
// the text.
type lexer struct {
	sql string
	at  int
}

func tokens(sql string) []token {
	l := &lexer{sql: sql}
	var all []token
	for l.at < len(l.sql) {
		all = append(all, l.level()...) // a bracket too many closes nothing
	}
	return all
}

// level reads up to the bracket that closes it.
func (l *lexer) level() []token {
	var list []token
	for {
		l.blank()
		if l.at >= len(l.sql) {
			return list
		}
		rest := l.sql[l.at:]
		switch c := rest[0]; {
		case strings.IndexByte("([{", c) >= 0:
			at := l.at
			l.at++
			list = append(list, token{kind: group, text: rest[:1], at: at, inner: l.level()})
		case strings.IndexByte(")]}", c) >= 0:
			l.at++
			return list
		default:
			list = append(list, l.one(rest))
		}
	}
}

func (l *lexer) one(rest string) token {
	at := l.at
	switch c := rest[0]; {
	case c == '\'':
		return token{kind: text, text: l.quoted(c), at: at}
	case c == '`' || c == '"':
		return token{kind: word, text: l.quoted(c), at: at}
	case '0' <= c && c <= '9':
		return token{kind: number, text: l.run(func(r rune) bool { return wordRune(r) || r == '.' }), at: at}
	case strings.HasPrefix(rest, "::") || strings.HasPrefix(rest, "->"):
		l.at += 2
		return token{kind: symbol, text: rest[:2], at: at}
	}
	if r, size := utf8.DecodeRuneInString(rest); !wordRune(r) {
		l.at += size
		return token{kind: symbol, text: rest[:size], at: at}
	}
	return token{kind: word, text: l.run(wordRune), at: at}
}

func (l *lexer) run(accept func(rune) bool) string {
	from := l.at
	for l.at < len(l.sql) {
		r, size := utf8.DecodeRuneInString(l.sql[l.at:])
		if !accept(r) {
			break
		}
		l.at += size
	}
	return l.sql[from:l.at]
}

// quoted passes a quoted text: a backslash hides the next byte, a doubled quote stands
// for itself.
func (l *lexer) quoted(quote byte) string {
	from := l.at + 1
	for l.at++; l.at < len(l.sql); l.at++ {
		switch l.sql[l.at] {
		case '\\':
			l.at++
		case quote:
			if l.at++; l.at >= len(l.sql) || l.sql[l.at] != quote {
				return l.sql[from : l.at-1]
			}
		}
	}
	l.at = len(l.sql)
	return l.sql[min(from, len(l.sql)):]
}

func (l *lexer) blank() {
	for l.at < len(l.sql) {
		rest := l.sql[l.at:]
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case unicode.IsSpace(r) || r == '\ufeff':
			l.at += size
		case strings.HasPrefix(rest, "--"):
			l.to("\n")
		case strings.HasPrefix(rest, "/*"):
			l.to("*/")
		default:
			return
		}
	}
}

func (l *lexer) to(end string) {
	if found := strings.Index(l.sql[l.at:], end); found >= 0 {
		l.at += found + len(end)
		return
	}
	l.at = len(l.sql)
}

func wordRune(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) }
