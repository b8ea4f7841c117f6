package recognise

import (
	"fmt"
	"strings"
)

// isPlainNumber reports whether a text is a sign, digits, and perhaps a point and
// digits.
func isPlainNumber(text string) bool {
	i := afterDigits(text, afterSign(text))
	return i > afterSign(text) && isFraction(text[i:])
}

// isGroupedNumber reports whether a text is a number with its thousands set off by
// commas.
func isGroupedNumber(text string) bool {
	start := afterSign(text)
	i := afterDigits(text, start)
	if i == start || i > start+3 || i == len(text) || text[i] != ',' {
		return false
	}
	for i < len(text) && text[i] == ',' {
		end := afterDigits(text, i+1)
		if end != i+4 {
			return false
		}
		i = end
	}
	return isFraction(text[i:])
}

// isFraction reports whether a text is a point and digits, or nothing.
func isFraction(text string) bool {
	return text == "" || text[0] == '.' && len(text) > 1 && afterDigits(text, 1) == len(text)
}

func afterSign(text string) int {
	if text != "" && (text[0] == '+' || text[0] == '-') {
		return 1
	}
	return 0
}

func afterDigits(text string, i int) int {
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return i
}

// maxDigits bounds a printed number: more cannot be stored.
const maxDigits = 28

// ParseNumber reads a text that is one printed number and nothing else. It takes
// full width, a footnote mark behind it, a leading sign in any of its printed forms, thousands separators
// in groups of three, and spaces at the sign and the point. It has no exponents,
// and it refuses two numbers in one cell.
func ParseNumber(text string) (Number, error) {
	if isPlainNumber(text) {
		return canonical(text, text)
	}
	f := fold(text)
	start, end := 0, len(f.runes)
	for start < end && f.runes[start] == ' ' {
		start++
	}
	for end > start && (f.runes[end-1] == ' ' || f.runes[end-1] == mark) {
		end--
	}
	if start == end {
		return Number{}, fmt.Errorf("reading number %q: not one printed number", text)
	}
	from, to := f.span(start, end)
	return parseRunes(text[from:to], f.runes[start:end])
}

func parseRunes(text string, runes []rune) (Number, error) {
	if isPlainNumber(text) {
		return canonical(text, text)
	}
	var digits strings.Builder
	for i, r := range runes {
		switch {
		case r == ' ' && !betweenDigits(runes, i):
		case r == '—' && digits.Len() == 0 && i+1 < len(runes): // an en dash in the place of a minus
			digits.WriteByte('-')
		default:
			digits.WriteRune(r)
		}
	}
	printed := digits.String()
	if !isPlainNumber(printed) && !isGroupedNumber(printed) {
		return Number{}, fmt.Errorf("reading number %q: not one printed number", text)
	}
	return canonical(text, strings.ReplaceAll(printed, ",", ""))
}

// betweenDigits reports whether the space at i has digits on both sides.
func betweenDigits(runes []rune, i int) bool {
	left, right := i, i
	for left >= 0 && runes[left] == ' ' {
		left--
	}
	for right < len(runes) && runes[right] == ' ' {
		right++
	}
	return left >= 0 && right < len(runes) && isDigit(runes[left]) && isDigit(runes[right])
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// canonical makes a Number of a sign, digits and at most one point.
func canonical(text, plain string) (Number, error) {
	negative := strings.HasPrefix(plain, "-")
	integer, fraction, _ := strings.Cut(plain[afterSign(plain):], ".")
	decimals := len(fraction)
	if isCanonical(plain, integer, fraction) && len(integer)+decimals <= maxDigits {
		return Number{Text: text, Decimal: plain, Decimals: uint8(decimals), Negative: negative}, nil
	}
	integer, fraction = strings.TrimLeft(integer, "0"), strings.TrimRight(fraction, "0")
	if len(integer)+decimals > maxDigits {
		return Number{}, fmt.Errorf("reading number %q: more than %d digits", text, maxDigits)
	}
	if integer == "" {
		integer = "0"
	}
	if fraction != "" {
		integer += "." + fraction
	}
	if negative && integer != "0" {
		integer = "-" + integer
	}
	return Number{Text: text, Decimal: integer, Decimals: uint8(decimals), Negative: negative}, nil
}

// isCanonical reports whether a number of the two parts is printed as it is kept,
// as most are: without a plus, leading zeros or trailing ones.
func isCanonical(plain, integer, fraction string) bool {
	switch {
	case plain[0] == '+', fraction != "" && fraction[len(fraction)-1] == '0', integer == "":
		return false
	case integer[0] != '0':
		return true
	}
	return len(integer) == 1 && fraction != ""
}

// FindNumbers returns the printed numbers of running text in order, without
// those inside footnote marks. A hyphen is a minus only where no range can be
// meant. What a number is about, a date or a code, is for the reader to decide.
func FindNumbers(text string) []NumberAt {
	if !strings.ContainsAny(text, "0123456789") && !mayHoldWideDigits(text) {
		return nil
	}
	return NewPassage(text).Numbers()
}

// mayHoldWideDigits reports whether text has letters of more than a byte that may
// fold to a digit.
func mayHoldWideDigits(text string) bool { return strings.Contains(text, "\xef\xbc") }

// Numbers returns the printed numbers of the passage; see FindNumbers.
func (p *Passage) Numbers() []NumberAt {
	f, text := &p.plain, p.text
	found := p.numbers[:0]
	for i := 0; i < len(f.runes); i++ {
		if !isDigit(f.runes[i]) {
			continue
		}
		end := numberRun(f, i)
		start := i
		if i > 0 && f.runes[i-1] == '-' && isMinus(f.runes, i-1) {
			start--
		}
		from, to := f.span(start, end)
		at := NumberAt{Start: from, End: to}
		number, err := parseRunes(text[from:to], f.runes[start:end])
		at.Number, at.Malformed = number, err != nil
		at.Number.Text = text[from:to]
		found = append(found, at)
		i = end - 1
	}
	p.numbers = found
	return found
}

// numberRun returns the end of the run of digits, points and separators that
// starts at i. A full-width comma separates clauses unless the digits are full
// width too.
func numberRun(f *folded, i int) int {
	end := i + 1
	for end < len(f.runes) {
		r := f.runes[end]
		switch {
		case isDigit(r):
		case (r == '.' || r == ',') && end+1 < len(f.runes) && isDigit(f.runes[end+1]) && (sameWidth(f, end) || r == '.' && f.to[end]-f.from[end] == 1):
		default:
			return end
		}
		end++
	}
	return end
}

// sameWidth reports whether a separator is as wide as the digit before it.
func sameWidth(f *folded, i int) bool {
	return f.to[i]-f.from[i] == f.to[i-1]-f.from[i-1]
}

// isMinus reports whether the hyphen at i, with a digit behind it, is a sign:
// not behind a digit, a letter, a percent sign or a word of time, where it is a
// range or a code.
func isMinus(runes []rune, i int) bool {
	for i--; i >= 0 && runes[i] == ' '; i-- {
	}
	if i < 0 {
		return true
	}
	r := runes[i]
	switch {
	case isDigit(r), r >= 'A' && r <= 'Z', strings.ContainsRune("%‰-—.年月日号季期第", r):
		return false
	}
	return true
}
