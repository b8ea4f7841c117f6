package extract

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// paragraphOf draws running text that is rich in the words of cues, parts of them,
// and marks.
func paragraphOf(t *rapid.T) string {
	pieces := []string{"。", "；", "，", "\n", "！", "全年", "增长", "1", "２", "5%", " ", "(", "年", "县", "〇", "\u00e9", "𠀀"}
	for _, words := range cueWords {
		pieces = append(pieces, words...)
	}
	var b strings.Builder
	for range rapid.IntRange(0, 40).Draw(t, "pieces") {
		piece := []rune(pieces[rapid.IntRange(0, len(pieces)-1).Draw(t, "piece")])
		b.WriteString(string(piece[:rapid.IntRange(1, len(piece)).Draw(t, "letters")]))
	}
	return b.String()
}

func TestOneWalkSeesWhatLookingForEachWordSees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := paragraphOf(t)
		var sentences []string
		for _, s := range cues.survey(text, nil) {
			sentence := text[s.start:s.end]
			sentences = append(sentences, sentence)
			if s.digits != strings.ContainsAny(sentence, "0123456789０１２３４５６７８９") {
				t.Fatalf("%q: digits %t", sentence, s.digits)
			}
			for c, words := range cueWords {
				end := -1
				for _, word := range words {
					if at := strings.Index(sentence, word); at >= 0 && (end < 0 || at+len(word) < end) {
						end = at + len(word)
					}
				}
				if got := s.firstEnd(cue(c)); got != end {
					t.Fatalf("%q: a word of cue %d ends at %d first, seen at %d", sentence, c, end, got)
				}
			}
		}
		want := strings.FieldsFunc("x"+strings.NewReplacer("。", "\nx", "！", "\nx", "？", "\nx", "\n", "\nx").Replace(text), func(r rune) bool { return r == '\n' })
		for i := range want {
			want[i] = want[i][1:]
		}
		if strings.Join(sentences, "|") != strings.Join(want, "|") {
			t.Fatalf("%q is cut into %q, want %q", text, sentences, want)
		}
	})
}

func TestLongSentencesAreCutAtTheirSemicolons(t *testing.T) {
	long := strings.Repeat("增长", longSentence/len("增长")+1)
	sights := cues.survey(long+"；下降；下降，下降", nil)
	if len(sights) != 2 {
		t.Errorf("want the sentence cut at the first semicolon only, have %d parts", len(sights))
	}
	giant := strings.Repeat("增长", giantSentence/len("增长")+1)
	if sights = cues.survey(giant+"，下降，下降", nil); len(sights) != 2 {
		t.Errorf("want the sentence cut at the first comma only, have %d parts", len(sights))
	}
}

func TestLettersOfCuesHaveNumbersOfTheirOwn(t *testing.T) {
	seen := map[int]rune{}
	for _, words := range cueWords {
		for _, word := range words {
			for _, r := range word {
				n := cues.letter(r)
				if other, ok := seen[n]; n == 0 || ok && other != r {
					t.Fatalf("%q and %q share number %d: there are more letters than numbers", r, other, n)
				}
				seen[n] = r
			}
		}
	}
}
