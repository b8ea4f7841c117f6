package extract

import (
	"regexp"
	"strings"

	"zhibiao/transformers/recognise"
)

// phrase is a pattern for the words between names and numbers. Publishers use few
// of them again and again, so what the pattern said of one is remembered.
type phrase struct {
	pattern *regexp.Regexp
	verb    int // place of the group verb, -1 where it has none
	known   recognise.Memory[verdict]
}

type verdict struct {
	ok   bool
	verb string
}

func newPhrase(pattern string) *phrase {
	compiled := regexp.MustCompile(pattern)
	return &phrase{pattern: compiled, verb: compiled.SubexpIndex("verb")}
}

// MatchString reports whether the words are of the pattern.
func (p *phrase) MatchString(words string) bool { return p.known.Of(words, p.judge).ok }

// verbIn returns the verb of words that are of a pattern with one.
func verbIn(p *phrase, words string) (string, bool) {
	v := p.known.Of(words, p.judge)
	return v.verb, v.ok
}

func (p *phrase) judge(words string) verdict {
	if p.verb < 0 {
		return verdict{ok: p.pattern.MatchString(words)}
	}
	m := p.pattern.FindStringSubmatch(words)
	if m == nil {
		return verdict{}
	}
	return verdict{true, strings.Clone(m[p.verb])}
}

// The kinds of word lists below stand for patterns of plain words, for places
// where a pattern would be put to the rest of a sentence for each of its numbers.

// leading are words that a text may start with, behind white space.
type leading []string

// MatchString reports whether text starts with one of the words.
func (words leading) MatchString(text string) bool {
	text = strings.TrimLeft(text, asciiSpace)
	for _, word := range words {
		if strings.HasPrefix(text, word) {
			return true
		}
	}
	return false
}

// trailing are words that a text may end with.
type trailing []string

// MatchString reports whether text ends with one of the words.
func (words trailing) MatchString(text string) bool {
	for _, word := range words {
		if strings.HasSuffix(text, word) {
			return true
		}
	}
	return false
}

// cut returns the text without the word that it ends with.
func (words trailing) cut(text string) string {
	for _, word := range words {
		if rest, ok := strings.CutSuffix(text, word); ok {
			return rest
		}
	}
	return text
}

// anywhere are words that a text may hold.
type anywhere struct {
	words []string
	// What they start with: the last twelve bits of a letter of three bytes, as
	// Chinese ones are, or another byte.
	letters [1 << 12]bool
	bytes   [256]bool
}

func newAnywhere(words ...string) *anywhere {
	a := &anywhere{words: words}
	for _, word := range words {
		if word[0] >= threeBytes {
			a.letters[lastBits(word)] = true
		} else {
			a.bytes[word[0]] = true
		}
	}
	return a
}

// MatchString reports whether text holds one of the words.
func (a *anywhere) MatchString(text string) bool {
	return a.next(text, 0) < len(text)
}

// next returns the first place from i on where one of the words stands, else the
// length of the text.
func (a *anywhere) next(text string, i int) int {
	for i < len(text) {
		switch c := text[i]; {
		case c >= threeBytes && i+2 < len(text):
			if a.letters[lastBits(text[i:])] && a.at(text[i:]) > 0 {
				return i
			}
			i += 3
		case a.bytes[c] && a.at(text[i:]) > 0:
			return i
		default:
			i++
		}
	}
	return len(text)
}

// threeBytes is the least byte that a letter of three bytes starts with.
const threeBytes = 0xE0

func lastBits(letter string) int { return int(letter[1]&0x3F)<<6 | int(letter[2]&0x3F) }

// at returns the length of the shortest of the words that text starts with, 0 for
// none.
func (a *anywhere) at(text string) int {
	shortest := 0
	for _, word := range a.words {
		if strings.HasPrefix(text, word) && (shortest == 0 || len(word) < shortest) {
			shortest = len(word)
		}
	}
	return shortest
}

// asciiSpace is what \s means in a pattern.
const asciiSpace = "\t\n\f\r "

// separator is what joins the members of a list: nothing, or one of the marks.
type separator []string

// MatchString reports whether text is one of the marks, with white space around
// it, or only white space.
func (marks separator) MatchString(text string) bool {
	text = strings.Trim(text, asciiSpace)
	if text == "" {
		return true
	}
	for _, mark := range marks {
		if text == mark {
			return true
		}
	}
	return false
}

// starting are words that a text may start with.
type starting []string

// MatchString reports whether text starts with one of the words.
func (words starting) MatchString(text string) bool {
	for _, word := range words {
		if strings.HasPrefix(text, word) {
			return true
		}
	}
	return false
}

// sign is a text that is one of several, with white space around it.
type sign []string

// MatchString reports whether text is one of the signs.
func (signs sign) MatchString(text string) bool {
	return strings.Trim(text, asciiSpace) != "" && separator(signs).MatchString(text)
}

// guarded is a pattern that is asked only where a text has words without which it
// cannot match: most have not.
type guarded struct {
	hint interface{ MatchString(text string) bool }
	*regexp.Regexp
}

func (g guarded) MatchString(text string) bool {
	return g.hint.MatchString(text) && g.Regexp.MatchString(text)
}

func (g guarded) FindStringIndex(text string) []int {
	if !g.hint.MatchString(text) {
		return nil
	}
	return g.Regexp.FindStringIndex(text)
}
