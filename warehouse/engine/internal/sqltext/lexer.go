// Package sqltext reads as much of ClickHouse's SQL as the fronts need: where
// the data of an INSERT begins, which FORMAT a query names, and whether a text
// holds more than one statement. Everything else is left to the engine's parser.
package sqltext

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

type kind int

const (
	end kind = iota
	word
	quotedName
	literal
	number
	symbol
)

type token struct {
	kind       kind
	start, end int // byte offsets
}

// lexer splits a text into the tokens of ClickHouse, without comments and space.
type lexer struct {
	text string
	at   int
}

func (l *lexer) next() token {
	l.skipBlank()
	if l.at >= len(l.text) {
		return token{end, len(l.text), len(l.text)}
	}
	start := l.at
	kind := l.advance()
	return token{kind, start, l.at}
}

func (l *lexer) advance() kind {
	rest := l.text[l.at:]
	switch c := rest[0]; {
	case c == '\'':
		l.quoted(1, "'")
		return literal
	case c == '`' || c == '"':
		l.quoted(1, rest[:1])
		return quotedName
	case strings.HasPrefix(rest, "‘"):
		l.until(len("‘"), "’")
		return literal
	case strings.HasPrefix(rest, "“"):
		l.until(len("“"), "”")
		return quotedName
	case c == '$':
		return l.dollar()
	case isDigit(c):
		l.run(func(c byte) bool { return isWordByte(c) || c == '.' })
		return number
	case isWordByte(c):
		l.run(isWordByte)
		return word
	default:
		_, width := utf8.DecodeRuneInString(rest)
		l.at += width
		return symbol
	}
}

// dollar reads a heredoc ($tag$ text $tag$) or a word that begins with "$".
func (l *lexer) dollar() kind {
	rest := l.text[l.at:]
	if second := strings.IndexByte(rest[1:], '$'); second >= 0 {
		tag := rest[:second+2]
		if strings.IndexFunc(tag[1:len(tag)-1], func(r rune) bool { return r >= utf8.RuneSelf || !isWordByte(byte(r)) }) < 0 {
			if closing := strings.Index(rest[len(tag):], tag); closing >= 0 {
				l.at += closing + 2*len(tag)
				return literal
			}
		}
	}
	l.at++
	l.run(isWordByte)
	return word
}

// quoted passes a quoted text: a backslash hides the next byte, a doubled quote
// stands for itself.
func (l *lexer) quoted(opening int, quote string) {
	for l.at += opening; l.at < len(l.text); l.at++ {
		switch l.text[l.at] {
		case '\\':
			l.at++
		case quote[0]:
			if l.at++; l.at >= len(l.text) || l.text[l.at] != quote[0] {
				return
			}
		}
	}
	l.at = len(l.text)
}

func (l *lexer) until(opening int, closing string) {
	if found := strings.Index(l.text[l.at+opening:], closing); found >= 0 {
		l.at += opening + found + len(closing)
		return
	}
	l.at = len(l.text)
}

func (l *lexer) run(accept func(byte) bool) {
	for l.at < len(l.text) && accept(l.text[l.at]) {
		l.at++
	}
}

func (l *lexer) skipBlank() {
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		switch {
		case strings.IndexByte(" \t\n\r\f\v", rest[0]) >= 0:
			l.at++
		case strings.HasPrefix(rest, "\u00a0"), strings.HasPrefix(rest, "\u3000"), strings.HasPrefix(rest, "\ufeff"):
			_, width := utf8.DecodeRuneInString(rest)
			l.at += width
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"), strings.HasPrefix(rest, "#!"), strings.HasPrefix(rest, "# "):
			if line := strings.IndexByte(rest, '\n'); line >= 0 {
				l.at += line + 1
			} else {
				l.at = len(l.text)
			}
		case strings.HasPrefix(rest, "/*"):
			l.skipComment()
		default:
			return
		}
	}
}

// skipComment passes a comment, which may hold comments.
func (l *lexer) skipComment() {
	depth := 0
	for l.at < len(l.text) {
		switch rest := l.text[l.at:]; {
		case strings.HasPrefix(rest, "/*"):
			depth++
			l.at += 2
		case strings.HasPrefix(rest, "*/"):
			depth--
			l.at += 2
			if depth == 0 {
				return
			}
		default:
			l.at++
		}
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWordByte(c byte) bool {
	return c == '_' || c == '$' || isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// HasWord reports whether the bytes of a word stand anywhere in the text, in any
// case, in a literal or a comment too. It needs no notion of SQL, so nothing can
// hide from it but an escape.
func HasWord(text, wanted string) bool {
	lower := bytes.ToLower([]byte(text))
	for from := 0; ; {
		at := bytes.Index(lower[from:], []byte(wanted))
		if at < 0 {
			return false
		}
		at += from
		after := at + len(wanted)
		if (at == 0 || !isWordByte(lower[at-1])) && (after >= len(lower) || !isWordByte(lower[after])) {
			return true
		}
		from = at + 1
	}
}
