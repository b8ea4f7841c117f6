package main

import (
	"slices"
	"strings"
	"unicode"
)

// outputClause finds a clause at the end of a statement that says how its output is
// written, FORMAT or INTO OUTFILE, which a client reads and this one does not; "" for
// none. In doubt, such as of a column that is called format, there is none.
func outputClause(sql string) string {
	tokens := sqlTokens(sql)
	if len(tokens) > 0 && tokens[len(tokens)-1] == ";" {
		tokens = tokens[:len(tokens)-1]
	}
	for i := 1; i+1 < len(tokens); i++ {
		word, next := strings.ToUpper(tokens[i]), tokens[i+1]
		if word == "INTO" && strings.EqualFold(next, "OUTFILE") {
			return "INTO OUTFILE"
		}
		last := i+2 == len(tokens) || strings.EqualFold(tokens[i+2], "SETTINGS")
		if word == "FORMAT" && last && isWord(next) && !isOneOf(next, "ASC", "DESC", "NULLS", "SETTINGS") && endsExpression(tokens[i-1]) {
			return "FORMAT " + next
		}
	}
	return ""
}

// endsExpression reports whether a token may be the last one before a clause.
func endsExpression(token string) bool {
	switch {
	case isOneOf(token, "SELECT", "DISTINCT", "BY", "WHERE", "PREWHERE", "HAVING", "AND", "OR", "NOT", "AS", "ON", "USING", "IN", "LIKE", "ILIKE",
		"BETWEEN", "FROM", "JOIN", "LIMIT", "OFFSET", "WITH", "CASE", "WHEN", "THEN", "ELSE"):
		return false
	case isWord(token):
		return true
	}
	return slices.Contains([]string{"'", `"`, ")", "]", "}", "*"}, token)
}

func isOneOf(token string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(token, w) })
}

func isWord(token string) bool {
	return token != "" && (token[0] == '_' || unicode.IsLetter(rune(token[0])) || unicode.IsDigit(rune(token[0])))
}

// sqlTokens takes a statement apart into words and single characters, without space
// and comments. A text is a ' and a quoted name a ", whatever stands in them.
func sqlTokens(sql string) []string {
	var tokens []string
	for sql = strings.TrimSpace(sql); sql != ""; sql = strings.TrimSpace(sql) {
		switch {
		case strings.HasPrefix(sql, "--") || sql[0] == '#':
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql[2:], "*/")
		case sql[0] == '\'':
			tokens, sql = append(tokens, "'"), afterQuoted(sql)
		case sql[0] == '"' || sql[0] == '`':
			tokens, sql = append(tokens, `"`), afterQuoted(sql)
		default:
			n := strings.IndexFunc(sql, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
			if n < 0 {
				n = len(sql)
			}
			n = max(n, 1)
			tokens, sql = append(tokens, sql[:n]), sql[n:]
		}
	}
	return tokens
}

// afterQuoted is what follows the text that begins with a quote. A doubled quote
// makes two texts of one, which is as good here.
func afterQuoted(sql string) string {
	for i := 1; i < len(sql); i++ {
		switch sql[i] {
		case '\\':
			i++
		case sql[0]:
			return sql[i+1:]
		}
	}
	return ""
}
