package recognise

import "unicode/utf8"

// Passage is a piece of running text in which names, times, regions and numbers
// are looked for. It is folded once for all of them. The zero Passage is empty;
// it is reused from sentence to sentence and not safe for several goroutines.
type Passage struct {
	text    string
	plain   folded
	compact *folded // plain itself where nothing is left out
	room    folded

	// What was found last. It holds until the next search of its kind.
	names   []Hit
	periods []PeriodHit
	numbers []NumberAt
	regions []RegionHit
	starts  []int // of regions with their parents, in runes
}

// NewPassage returns a passage of the text.
func NewPassage(text string) *Passage {
	p := &Passage{}
	p.Set(text)
	return p
}

// Set replaces the text of the passage.
func (p *Passage) Set(text string) {
	p.text = text
	p.plain.fold(text)
	p.compact = &p.plain
	if p.plain.gaps {
		p.plain.compactInto(&p.room)
		p.compact = &p.room
	}
}

// startsWith reports whether runes begin with a word.
func startsWith(runes []rune, word string) bool {
	n := 0
	for _, r := range word {
		if n >= len(runes) || runes[n] != r {
			return false
		}
		n++
	}
	return true
}

// endsWith reports whether runes end with a word.
func endsWith(runes []rune, word string) bool {
	n := len(runes) - utf8.RuneCountInString(word)
	return n >= 0 && startsWith(runes[n:], word)
}

func startsWithAny(runes []rune, words []string) bool {
	for _, word := range words {
		if startsWith(runes, word) {
			return true
		}
	}
	return false
}

func endsWithAny(runes []rune, words []string) bool {
	for _, word := range words {
		if endsWith(runes, word) {
			return true
		}
	}
	return false
}
