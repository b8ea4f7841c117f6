package recognise

import (
	"fmt"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// names knows what the catalogue's indicators are called, and the decoys: names
// of other things that would be mistaken for them.
type names struct {
	trie    *trie
	entries []entry
	// before and behind are words that make a decoy of any name that they stand
	// right before (人均…) or right behind (…能耗).
	before, behind *trie // those before back to front
	// growth leads from a level to its growth; ownGrowth holds growths whose level
	// the catalogue does not have, so that they go by the level's name.
	growth    map[string]string
	ownGrowth map[string]bool
	codes     map[string]bool
}

type entry struct {
	indicator  string // "" for a decoy
	contextual bool
}

// anyName stands in a decoy for any name of the catalogue.
const anyName = "…"

// sectors are names that mean a sector's value added only in the context of the
// gross product.
var sectors = map[string]string{
	"第一产业": "primary_value_added",
	"第二产业": "secondary_value_added",
	"第三产业": "tertiary_value_added",
}

func compileNames(indicators []pipeline.Indicator, decoys []string) (*names, error) {
	n := &names{trie: newTrie(1 << 13), before: newTrie(0), behind: newTrie(0), growth: map[string]string{}, ownGrowth: map[string]bool{}, codes: map[string]bool{}}
	for _, indicator := range indicators {
		n.codes[indicator.Code] = true
		if indicator.GrowthOf != "" {
			n.growth[indicator.GrowthOf] = indicator.Code
		} else if strings.HasSuffix(indicator.Code, ".growth") {
			n.ownGrowth[indicator.Code] = true
		}
		if err := n.addNames(indicator.Code, append([]string{indicator.NameZH}, indicator.Aliases...)); err != nil {
			return nil, err
		}
	}
	if err := n.addNames("", decoys); err != nil {
		return nil, err
	}
	for _, name := range []string{"第一产业", "第二产业", "第三产业"} {
		if code := sectors[name]; n.codes[code] {
			n.add(name, entry{indicator: code, contextual: true})
		}
	}
	return n, nil
}

// addNames adds the names of one indicator, or the decoys under the code "".
func (n *names) addNames(code string, all []string) error {
	for _, name := range all {
		folded := foldName(strings.Trim(name, anyName))
		switch {
		case folded == "":
			return fmt.Errorf("compiling the names of %q: a name is empty", code)
		case code == "" && strings.HasSuffix(name, anyName):
			n.before.add(backwards(folded), 0)
		case code == "" && strings.HasPrefix(name, anyName):
			n.behind.add(folded, 0)
		default:
			if other, ok := n.add(folded, entry{indicator: code}); !ok && other.indicator != code {
				return fmt.Errorf("compiling the names of %q: %q is also a name of %q", code, name, other.indicator)
			}
		}
	}
	return nil
}

func (n *names) add(name string, e entry) (entry, bool) {
	value, added := n.trie.add(name, int32(len(n.entries)))
	if added {
		n.entries = append(n.entries, e)
	}
	return n.entries[value], added
}

// whole returns the entry of a folded name.
func (n *names) whole(name string) (entry, bool) {
	value := n.trie.whole(name)
	if value < 0 {
		return entry{}, false
	}
	return n.entries[value], true
}

// spoiled reports whether the words around runes i to j make something else of
// the name there, and where the name with those words starts and ends.
func (n *names) spoiled(runes []rune, i, j int) (start, end int, spoiled bool) {
	const reach = 16 // runes; no such word is longer
	start = i - n.before.longestBack(runes[max(0, i-reach):i])
	_, length := n.behind.longest(runes[j:min(len(runes), j+reach)])
	end = j + length
	return start, end, start < i || end > j
}

func backwards(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}
