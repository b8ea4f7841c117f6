package supplement

import (
	"strings"
	"unicode"
)

// cleanText makes a typed text one that is stored, shown and read back as it is: valid
// UTF-8, without letters that were lost (which a reader takes for a damaged document),
// control letters other than line ends, and letters that turn the direction of what
// stands beside them.
func cleanText(text string) string {
	return strings.TrimFunc(strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r == '\uFFFD':
			return '?'
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\ufeff':
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "?")), isSpace)
}
