package recognise

import "math/bits"

// trie finds the longest name that a text has at a place. Values are indices
// that its owner gives meaning to. Its edges lie in one table with open
// addressing, and sets of first runes and of first pairs of runes pass over most
// places of a text without a look at the table.
type trie struct {
	first  [1 << 10]uint64             // runes of the basic plane that a name starts with
	alone  [1 << 10]uint64             // those that are a name by themselves
	short  bool                        // there are such
	pairs  [1 << (pairBits - 6)]uint64 // hashes of the first two runes of the others
	beyond bool                        // a name starts with a rune beyond it
	edges  []edge
	used   int
	shift  uint
	values []int32 // by node; -1 where no name ends
}

type edge struct {
	key   uint64 // 0 for a free place
	child int32
}

func newTrie(size int) *trie {
	t := &trie{values: []int32{-1}}
	t.resize(max(64, 2*size))
	return t
}

// trieOf returns a trie of a few names.
func trieOf(names ...string) *trie {
	t := newTrie(len(names))
	for i, name := range names {
		t.add(name, int32(i))
	}
	return t
}

// resize makes room for at least so many places, a power of two.
func (t *trie) resize(places int) {
	width := bits.Len(uint(places - 1))
	old := t.edges
	t.edges, t.shift = make([]edge, 1<<width), uint(64-width)
	for _, e := range old {
		if e.key != 0 {
			t.edges[t.place(e.key)] = e
		}
	}
}

func edgeKey(node int32, r rune) uint64 { return uint64(node)<<32 | uint64(uint32(r)) + 1 }

// place returns where an edge is, or would be.
func (t *trie) place(key uint64) int {
	const golden = 0x9E3779B97F4A7C15
	at := int(key * golden >> t.shift)
	for t.edges[at].key != 0 && t.edges[at].key != key {
		at = (at + 1) & (len(t.edges) - 1)
	}
	return at
}

// step follows one rune from a node; 0, the root, stands for nowhere.
func (t *trie) step(node int32, r rune) int32 { return t.edges[t.place(edgeKey(node, r))].child }

// starts reports whether a name may start with the rune.
func (t *trie) starts(r rune) bool {
	if r >= 0 && r <= 0xFFFF {
		return t.first[r>>6]&(1<<(uint(r)&63)) != 0
	}
	return t.beyond
}

// pairBits is how many bits the hash of a pair of runes has: few of the pairs of a
// text that start no name share one with a pair that does.
const pairBits = 16

func pairHash(a, b rune) uint32 {
	const golden = 0x9E3779B1
	return (uint32(a)<<16 ^ uint32(b)) * golden >> (32 - pairBits)
}

// goesOn reports whether a name that starts with rune i, which starts names, may
// have the next rune too.
func (t *trie) goesOn(runes []rune, i int) bool {
	r := runes[i]
	if i+1 < len(runes) {
		if h := pairHash(r, runes[i+1]); t.pairs[h>>6]&(1<<(h&63)) != 0 {
			return true
		}
	}
	return r > 0xFFFF || t.short && t.alone[r>>6]&(1<<(uint(r)&63)) != 0
}

// add stores a name, which is folded and compact; a name already there keeps its
// value and add returns it with false.
func (t *trie) add(name string, value int32) (int32, bool) {
	node := int32(0)
	t.addStart([]rune(name))
	for _, r := range name {
		child := t.step(node, r)
		if child == 0 {
			child = int32(len(t.values))
			t.values = append(t.values, -1)
			t.connect(node, r, child)
		}
		node = child
	}
	if t.values[node] >= 0 {
		return t.values[node], false
	}
	t.values[node] = value
	return value, true
}

// addStart notes how a name starts.
func (t *trie) addStart(name []rune) {
	switch {
	case len(name) == 0:
		return
	case name[0] < 0 || name[0] > 0xFFFF:
		t.beyond = true
		return
	}
	r, bit := name[0], uint64(1)<<(uint(name[0])&63)
	t.first[r>>6] |= bit
	if len(name) == 1 {
		t.alone[r>>6], t.short = t.alone[r>>6]|bit, true
		return
	}
	h := pairHash(r, name[1])
	t.pairs[h>>6] |= 1 << (h & 63)
}

func (t *trie) connect(node int32, r rune, child int32) {
	if t.used++; 2*t.used > len(t.edges) {
		t.resize(2 * len(t.edges))
	}
	key := edgeKey(node, r)
	t.edges[t.place(key)] = edge{key, child}
}

// longest returns the longest name that runes start with.
func (t *trie) longest(runes []rune) (value int32, length int) {
	value = -1
	node := int32(0)
	for i, r := range runes {
		if node = t.step(node, r); node == 0 {
			break
		}
		if t.values[node] >= 0 {
			value, length = t.values[node], i+1
		}
	}
	return value, length
}

// longestBack returns the length of the longest name that was added back to
// front and that runes end with.
func (t *trie) longestBack(runes []rune) (length int) {
	node := int32(0)
	for i := len(runes) - 1; i >= 0; i-- {
		if node = t.step(node, runes[i]); node == 0 {
			break
		}
		if t.values[node] >= 0 {
			length = len(runes) - i
		}
	}
	return length
}

// whole returns the value of a name that is the complete text, -1 for none.
func (t *trie) whole(text string) int32 {
	node := int32(0)
	for _, r := range text {
		if node = t.step(node, r); node == 0 {
			return -1
		}
	}
	if node == 0 {
		return -1
	}
	return t.values[node]
}
