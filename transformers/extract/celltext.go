package extract

import (
	"strings"
	"unicode/utf8"

	"zhibiao/transformers/recognise"
)

func isNumber(text string) bool {
	_, err := recognise.ParseNumber(text)
	return err == nil
}

// isYear reports whether a text is a bare year.
func isYear(text string) bool {
	const digits = 4
	if len(text) < digits {
		return false
	}
	text = compact(text)
	return len(text) == digits && (text[:2] == "19" || text[:2] == "20") && isDigit(text[2]) && isDigit(text[3])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// startsWithNumber reports whether a cell prints a value: a number, perhaps with
// its unit behind it.
func startsWithNumber(text string) bool {
	if isPlainNumber(text) {
		return true
	}
	if startsOtherwise(text) {
		return false
	}
	numbers := recognise.FindNumbers(text)
	return len(numbers) == 1 && strings.TrimSpace(text[:numbers[0].Start]) == "" && !numbers[0].Malformed &&
		!strings.ContainsAny(text[numbers[0].End:], "年月季") && utf8.RuneCountInString(strings.TrimSpace(text[numbers[0].End:])) <= longestUnit
}

// startsOtherwise tells at a glance most texts that begin with no value: those that
// begin with a Chinese letter, and times.
func startsOtherwise(text string) bool {
	digits := 0
	for digits < len(text) && isDigit(text[digits]) {
		digits++
	}
	rest := text[digits:]
	if digits == 0 {
		return rest == "" || rest[0] >= 0xE4 && rest[0] <= 0xE9 // of U+4000 to U+9FFF
	}
	return strings.HasPrefix(rest, "年") || strings.HasPrefix(rest, "月") || strings.HasPrefix(rest, "季")
}

// longestUnit is how many letters a unit behind a number has at most: 12315投诉举报量
// is a name.
const longestUnit = 6

// isPlainNumber reports whether a text is nothing but a few digits, perhaps with
// a minus and a point: most cells are, and need no closer look.
func isPlainNumber(text string) bool {
	const most = 20 // bytes
	digits := strings.TrimPrefix(text, "-")
	point := strings.IndexByte(digits, '.')
	if len(text) > most || digits == "" || point == 0 || point == len(digits)-1 {
		return false
	}
	for i := range len(digits) {
		if (digits[i] < '0' || digits[i] > '9') && i != point {
			return false
		}
	}
	return true
}

// isBlank reports whether a text is white space only.
func isBlank(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !isSpace(r) }) < 0
}

// isMark reports whether a text has neither letters nor digits: a mark for a
// missing value.
func isMark(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= '0' && r <= '9' || r >= 0x3400 && r < 0xFF00 || r >= 'A' && r <= 'z' }) < 0
}
