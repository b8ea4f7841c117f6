package extract

import (
	"math/bits"
	"unicode/utf8"
)

// cue is a kind of word that a rule of running text looks out for. A rule is
// asked only where a sentence has its cue: most sentences have few. All are looked
// for in one walk over a paragraph; see survey.
type cue uint8

const (
	cueFinal       cue = iota // 最终核实
	cueProvisional            // see provisionalWords
	cueTarget                 // see targetWords
	cueOtherScope             // see otherScope
	cueYearsAgo               // 年前
	cueSpan                   // see spanWords
	cueBelow                  // letters of places below a county
	cueBelowAll               // see belowAll
	cueStrongBase             // see strongBase
	cueEndedBase              // see endedBase
	cueBareYear               // 年， which may end such a base
	cueElliptic               // names that are shortened
	cueZero                   // zeros in words
	cueFlat                   // 持平
	cueFootnote               // signs of footnotes
	cueAllOf                  // 全, of 全县
	cuePerOne                 // signs of a ratio
	cueCount
)

// cueWords are the words of each cue.
var cueWords = [cueCount][]string{
	cueFinal:       finalWords.words,
	cueProvisional: provisionalHint.words,
	cueTarget:      targetWords.words,
	cueOtherScope:  otherScope.words,
	cueYearsAgo:    {"年前"},
	cueSpan:        spanWords(),
	cueBelow:       belowHint.words,
	cueBelowAll:    belowAll.words,
	cueStrongBase:  strongBase.words,
	cueEndedBase:   endedBase.words,
	cueBareYear:    {"年，", "年,"},
	cueElliptic:    ellipticWords.words,
	cueZero:        {zeroWord},
	cueFlat:        {flatWord},
	cueFootnote:    footnoteHint.words,
	cueAllOf:       {"全"},
	cuePerOne:      {":", "：", "∶"},
}

// cueSet is a set of cues.
type cueSet uint32

func (s cueSet) has(c cue) bool { return s&(1<<c) != 0 }

var cues = newLookout(cueWords)

// lookout finds all cues in one walk over a text: the automaton of Aho and
// Corasick over letters, with its failure links worked out. States and letters
// are numbered; letter 0 is any that no word has, and leads to state 0, the start.
type lookout struct {
	han   [hanLetters]uint8 // number of a Chinese letter
	page  [256]uint8        // of another letter, by its upper eight bits; 0 for an empty one
	pages [][256]uint8      // number of another letter by its lower eight bits
	next  []uint16          // by state × letters + letter
	found []cueSet          // cues of which a word ends, by state
	width int               // letters
}

// newLookout builds the automaton. Words are of letters of the basic plane.
func newLookout(words [cueCount][]string) *lookout {
	l := &lookout{pages: make([][256]uint8, 1), width: 1}
	for _, group := range words {
		for _, word := range group {
			for _, r := range word {
				l.number(r)
			}
		}
	}
	l.next, l.found = make([]uint16, l.width), make([]cueSet, 1)
	for c, group := range words {
		for _, word := range group {
			l.add(word, cue(c))
		}
	}
	l.link()
	return l
}

// Chinese letters of the basic plane, all of three bytes.
const (
	firstHan   = 0x4000
	hanLetters = 0xA000 - firstHan
)

func isHanLetter(r rune) bool { return r >= firstHan && r < firstHan+hanLetters }

// number gives a letter its number.
func (l *lookout) number(r rune) {
	if l.letter(r) != 0 {
		return
	}
	if isHanLetter(r) {
		l.han[r-firstHan] = uint8(l.width)
	} else {
		page := &l.page[r>>8&0xFF]
		if *page == 0 {
			*page = uint8(len(l.pages))
			l.pages = append(l.pages, [256]uint8{})
		}
		l.pages[*page][r&0xFF] = uint8(l.width)
	}
	l.width++
}

func (l *lookout) letter(r rune) int {
	if isHanLetter(r) {
		return int(l.han[r-firstHan])
	}
	if r > 0xFFFF {
		return 0
	}
	return int(l.pages[l.page[r>>8]][r&0xFF])
}

// add adds a word to the tree of words.
func (l *lookout) add(word string, c cue) {
	state := 0
	for _, r := range word {
		edge := &l.next[state*l.width+l.letter(r)]
		if *edge == 0 {
			*edge = uint16(len(l.found))
			l.next, l.found = append(l.next, make([]uint16, l.width)...), append(l.found, 0)
		}
		state = int(l.next[state*l.width+l.letter(r)])
	}
	l.found[state] |= 1 << c
}

// link leads each state on by every letter: where its own word does not go on, to
// the longest end of it that is the start of another.
func (l *lookout) link() {
	failure := make([]int, len(l.found))
	queue := make([]int, 0, len(l.found))
	for letter := range l.width {
		if child := int(l.next[letter]); child != 0 {
			queue = append(queue, child)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		l.found[state] |= l.found[failure[state]]
		for letter := range l.width {
			edge, fallback := &l.next[state*l.width+letter], l.next[failure[state]*l.width+letter]
			if *edge == 0 {
				*edge = fallback
				continue
			}
			failure[*edge] = int(fallback)
			queue = append(queue, int(*edge))
		}
	}
}

// sight is what a walk over a paragraph saw of one sentence.
type sight struct {
	start, end int  // its bytes in the paragraph
	digits     bool // it has a digit
	accents    bool // it may have letters of pinyin
	cues       cueSet
	ends       [cueCount]int32 // where the first word of a cue ends, in the sentence
}

// firstEnd returns where the first word of a cue ends in the sentence, -1 for none.
func (s *sight) firstEnd(c cue) int {
	if !s.cues.has(c) {
		return -1
	}
	return int(s.ends[c])
}

// note takes down the cues of words that end at an offset of the paragraph.
func (s *sight) note(found cueSet, at int) {
	for fresh := found &^ s.cues; fresh != 0; fresh &= fresh - 1 {
		s.ends[bits.TrailingZeros32(uint32(fresh))] = int32(at - s.start)
	}
	s.cues |= found
}

// survey cuts a paragraph into sentences and notes what each has, in one walk. It
// replaces what was seen before.
func (l *lookout) survey(text string, seen []sight) []sight {
	seen = append(seen[:0], sight{})
	s, state := &seen[0], 0
	for i := 0; i < len(text); {
		letter := 0
		if c := text[i]; c >= firstHanByte && c <= lastHanByte && i+2 < len(text) {
			letter = int(l.han[int(c&0x0F-firstHanByte&0x0F)<<12|int(text[i+1]&0x3F)<<6|int(text[i+2]&0x3F)])
			i += 3
		} else {
			r, n := letterAt(text, i)
			if endsSentence(r, i-s.start) {
				s.end = i
				i += n
				seen = append(seen, sight{start: i})
				s, state = &seen[len(seen)-1], 0
				continue
			}
			s.accents = s.accents || r >= firstAccent && r <= lastAccent
			s.digits = s.digits || r >= '0' && r <= '9' || r >= '０' && r <= '９'
			letter = l.letter(r)
			i += n
		}
		if letter == 0 {
			state = 0 // as mostly
			continue
		}
		state = int(l.next[state*l.width+letter])
		if l.found[state]&^s.cues != 0 {
			s.note(l.found[state], i)
		}
	}
	s.end = len(text)
	return seen
}

// The letters with accents that pinyin uses are among these; none stands in Chinese
// text.
const (
	firstAccent = 0xC0
	lastAccent  = 0x1FF
)

// letterAt decodes the letter at i. Those of one byte and marks of three, as most
// are that are not Chinese, are decoded here.
func letterAt(text string, i int) (rune, int) {
	c := text[i]
	if c < utf8.RuneSelf {
		return rune(c), 1
	}
	if (c == 0xE3 || c == 0xEF) && i+2 < len(text) && text[i+1]&0xC0 == 0x80 && text[i+2]&0xC0 == 0x80 {
		return rune(c&0x0F)<<12 | rune(text[i+1]&0x3F)<<6 | rune(text[i+2]&0x3F), 3
	}
	return utf8.DecodeRuneInString(text[i:])
}

// The first bytes of Chinese letters.
const (
	firstHanByte = 0xE4
	lastHanByte  = 0xE9
)

// Lengths in bytes from which a sentence is cut at a semicolon, and anywhere:
// what a sentence holds is compared pair by pair.
const (
	longSentence  = 4000
	giantSentence = 16000
)

// endsSentence reports whether a letter ends a sentence of so many bytes.
func endsSentence(r rune, length int) bool {
	return r == '。' || r == '！' || r == '？' || r == '\n' || r == '；' && length > longSentence || r == '，' && length > giantSentence
}
