package export

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestHarmless(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"a plain text stays", "地区生产总值", "地区生产总值"},
		{"an empty text stays", "", ""},
		{"spaces alone stay", "  ", "  "},
		{"a sign inside stays", "a=1", "a=1"},
		{"a formula", "=1+1", "'=1+1"},
		{"a plus", "+1", "'+1"},
		{"a minus", "-1", "'-1"},
		{"an at", "@SUM(A1)", "'@SUM(A1)"},
		{"a tab", "\tx", "'\tx"},
		{"a carriage return", "\rx", "'\rx"},
		{"a line feed", "\n=1", "'\n=1"},
		{"after spaces", "  =1", "'  =1"},
		{"after a space that does not break", "\u00a0=1", "'\u00a0=1"},
		{"after an ideographic space", "\u3000=1", "'\u3000=1"},
		{"after a mark without width", "\u200b=1", "'\u200b=1"},
		{"after a byte order mark", "\ufeff=1", "'\ufeff=1"},
		{"an equals sign in full width", "＝1", "'＝1"},
		{"a plus in full width", "＋1", "'＋1"},
		{"a minus in full width", "－1", "'－1"},
		{"an at in full width", "＠A", "'＠A"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := Harmless(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What went through once stays as it is, and nothing is lost.
func TestHarmlessOnlyAddsAnApostrophe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		once := Harmless(text)
		if strings.TrimPrefix(once, "'") != strings.TrimPrefix(text, "'") && once != "'"+text {
			t.Fatalf("%q became %q", text, once)
		}
		if Harmless(once) != once {
			t.Fatalf("%q became %q", once, Harmless(once))
		}
	})
}
