package recognise

import (
	"fmt"
	"math/big"
	"strings"
	"sync"
	"unicode/utf8"

	"zhibiao/pipeline"
)

// units knows the printed units, by symbol and alias.
type units struct {
	list []pipeline.Unit
	trie *trie
}

func compileUnits(list []pipeline.Unit) (*units, error) {
	u := &units{list: list, trie: newTrie(8 * len(list))}
	for i, unit := range list {
		if _, ok := new(big.Rat).SetString(unit.Factor); !ok {
			return nil, fmt.Errorf("compiling unit %s: factor %q is no exact number", unit.Symbol, unit.Factor)
		}
		for _, name := range append([]string{unit.Symbol}, unit.Aliases...) {
			if other, added := u.trie.add(foldName(name), int32(i)); !added && int(other) != i {
				return nil, fmt.Errorf("compiling unit %s: %q is also a name of %s", unit.Symbol, name, list[other].Symbol)
			}
		}
	}
	return u, nil
}

// Unit reads a text that is a unit and nothing else, also in brackets and with
// 单位: before it. Of two units with a stroke between, it makes their quotient.
func (r *Recogniser) Unit(text string) (pipeline.Unit, bool) {
	read := r.unitTexts.Of(text, r.readUnit)
	return read.unit, read.ok
}

// unitText is what a text means as a unit.
type unitText struct {
	unit pipeline.Unit
	ok   bool
}

func (r *Recogniser) readUnit(text string) unitText {
	name := foldName(text)
	name = strings.TrimPrefix(strings.TrimPrefix(trimBrackets(name), "计量单位:"), "单位:")
	unit, ok := r.units.named(trimBrackets(name))
	return unitText{unit, ok}
}

func trimBrackets(name string) string {
	for _, pair := range []string{"()", "[]"} {
		if strings.HasPrefix(name, pair[:1]) && strings.HasSuffix(name, pair[1:]) {
			return strings.TrimSuffix(strings.TrimPrefix(name, pair[:1]), pair[1:])
		}
	}
	return name
}

func (u *units) named(name string) (pipeline.Unit, bool) {
	if value := u.trie.whole(name); value >= 0 {
		return u.list[value], true
	}
	above, below, ok := strings.Cut(name, "/")
	if !ok || strings.Contains(below, "/") {
		return pipeline.Unit{}, false
	}
	return u.quotient(above, below)
}

func (u *units) quotient(above, below string) (pipeline.Unit, bool) {
	a, okA := u.named(above)
	b, okB := u.named(below)
	if !okA || !okB || strings.Contains(a.Symbol+b.Symbol, "/") {
		return pipeline.Unit{}, false
	}
	factor, ok := quotient(a.Factor, b.Factor)
	if !ok {
		return pipeline.Unit{}, false
	}
	return pipeline.Unit{
		Symbol:    a.Symbol + "/" + b.Symbol,
		Dimension: a.Dimension + "/" + b.Dimension,
		Factor:    factor.RatString(),
	}, true
}

// LeadingUnit returns the longest unit that a text starts with, spaces before it
// included in its length. It gives none where the word goes on as something
// else: 元/平方米 is not 元, 人民币 not 人.
func (r *Recogniser) LeadingUnit(text string) (unit pipeline.Unit, length int, ok bool) {
	const longestPrinted = 64 // bytes; no unit is longer
	if len(text) > longestPrinted {
		text = text[:longestPrinted]
	}
	if !r.units.mayLead(text) {
		return pipeline.Unit{}, 0, false
	}
	if value, length, plain := r.units.plainLead(text); plain {
		if value < 0 {
			return pipeline.Unit{}, 0, false
		}
		return r.units.list[value], length, true
	}
	p := leads.Get().(*Passage)
	defer leads.Put(p)
	p.Set(text)
	f := p.compact
	value, n := r.units.trie.longest(f.runes)
	if value < 0 {
		return pipeline.Unit{}, 0, false
	}
	unit = r.units.list[value]
	if n < len(f.runes) && f.runes[n] == '/' {
		below, m := r.units.trie.longest(f.runes[n+1:])
		if below < 0 {
			return pipeline.Unit{}, 0, false
		}
		unit, ok = r.units.quotient(unit.Symbol, r.units.list[below].Symbol)
		n += 1 + m
		if !ok || continues(f.runes[n-1], f.runes[n:]) {
			return pipeline.Unit{}, 0, false
		}
		return unit, int(f.to[n-1]), true
	}
	if continues(f.runes[n-1], f.runes[n:]) {
		return pipeline.Unit{}, 0, false
	}
	return unit, int(f.to[n-1]), true
}

// plainLead finds the unit at the start of a text that has nothing but plain
// letters around there: no spaces, brackets, footnotes or strokes. The value is -1
// where there is no unit.
func (u *units) plainLead(text string) (value int32, length int, plain bool) {
	const window = 24 // runes; no unit with what continues it is longer
	var room [window]rune
	var ends [window]int
	table, node, matched := foldTable(), int32(0), -1
	value = -1
	n, walking := 0, true
	for at := 0; at < len(text) && n < window; n++ {
		r, width := decodeRune(text, at)
		at += width
		if r < 0x4E00 || r > 0x9FFF {
			if r = plainRune(table, r); r == 0 {
				return -1, 0, false
			}
		}
		room[n], ends[n] = r, at
		if walking {
			if node = u.trie.step(node, r); node == 0 {
				walking = false
			} else if u.trie.values[node] >= 0 {
				value, matched = u.trie.values[node], n
			}
		}
		if !walking && n > matched+longestContinuation {
			n++
			break
		}
	}
	if value >= 0 && continues(room[matched], room[matched+1:n]) {
		value = -1
	}
	if value < 0 {
		return -1, 0, true
	}
	return value, ends[matched], true
}

// plainRune folds a rune that stays one, 0 for any other and for those that a unit
// is not read across.
func plainRune(table *[tabled]uint16, r rune) rune {
	if r > 0xFF00 && r < 0xFF5F { // full-width ASCII
		r -= 0xFEE0
	}
	if r >= tabled {
		return 0
	}
	switch plain := rune(table[r]); plain {
	case '(', '[', '*', '/', ' ', mark, noWidth, severalRunes:
		return 0
	default:
		return plain
	}
}

// mayLead looks at the first letter of a text only. Most of what stands behind a
// number is no unit: a comma, the rest of a name.
func (u *units) mayLead(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	switch {
	case r >= 0x4E00 && r <= 0x9FFF:
		return u.trie.starts(r)
	case r == '，' || r == ',':
		return u.trie.starts(',')
	case r == '；' || r == ';':
		return u.trie.starts(';')
	case r == '。' || r == '、' || r == '.':
		return u.trie.starts(r)
	}
	return text != ""
}

// leads is room for the starts of texts.
var leads = sync.Pool{New: func() any { return new(Passage) }}

// continuations are the words that make something else of a unit's last rune.
var continuations = map[rune][]string{
	'人': {"民币", "均", "份", "公里"},
	'元': {"月", "旦", "素"},
	'分': {"别", "之", "点", "钟", "公司", "行业", "项", "类", "布", "支"},
	'个': {"月", "体", "人", "小时", "百分点", "千分点"},
	'家': {"庭", "用"},
	'台': {"阶"},
	'户': {"均", "籍"},
	'件': {"套"},
	'项': {"目"},
	'斤': {"/"},
	'亩': {"均", "产"},
	'吨': {"公里", "位"},
	'次': {"产业", "性", "氯"},
	'场': {"所", "地", "馆"},
	'张': {"家"},
}

// longestContinuation is the most letters that one of them has.
const longestContinuation = 3

func continues(last rune, rest []rune) bool {
	return len(rest) > 0 && (rest[0] == '/' || startsWithAny(rest, continuations[last]))
}
