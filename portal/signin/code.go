package signin

import (
	"crypto/rand"
	"strings"
	"time"
)

// alphabet has no letters that are taken for one another: no 0, 1, I, L, O, U.
const alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	codeGroups = 3
	codeGroup  = 4 // 12 characters of 30: 58 bits
)

// DefaultCodeValid is how long a one-time code may be used.
const DefaultCodeValid = 14 * 24 * time.Hour

// newCode returns a code that can be read out on the telephone.
func newCode() string {
	var b strings.Builder
	for i := range codeGroups * codeGroup {
		if i > 0 && i%codeGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[randomBelow(len(alphabet))])
	}
	return b.String()
}

// randomBelow returns an even number from 0 to n-1.
func randomBelow(n int) int {
	one := make([]byte, 1)
	for {
		_, _ = rand.Read(one) // never fails
		if limit := 256 / n * n; int(one[0]) < limit {
			return int(one[0]) % n
		}
	}
}

// typedCode brings a code as somebody typed it into one form: without groups, in
// capitals, full-width forms as plain ones.
func typedCode(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-—– \u3000", r) {
			return -1
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(normal(text))))
}
