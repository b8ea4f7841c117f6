package recognise

// trie finds the longest name that a text has at a place. Values are indices
// that its owner gives meaning to.
type trie struct {
	next   map[edge]int32
	values []int32 // by node; -1 where no name ends
}

type edge struct {
	node int32
	r    rune
}

func newTrie(size int) *trie {
	return &trie{next: make(map[edge]int32, size), values: []int32{-1}}
}

// add stores a name, which is folded and compact; a name already there keeps its
// value and add returns it with false.
func (t *trie) add(name string, value int32) (int32, bool) {
	node := int32(0)
	for _, r := range name {
		child, ok := t.next[edge{node, r}]
		if !ok {
			child = int32(len(t.values))
			t.values = append(t.values, -1)
			t.next[edge{node, r}] = child
		}
		node = child
	}
	if t.values[node] >= 0 {
		return t.values[node], false
	}
	t.values[node] = value
	return value, true
}

// longest returns the longest name that runes start with.
func (t *trie) longest(runes []rune) (value int32, length int) {
	value = -1
	node := int32(0)
	for i, r := range runes {
		child, ok := t.next[edge{node, r}]
		if !ok {
			break
		}
		node = child
		if t.values[node] >= 0 {
			value, length = t.values[node], i+1
		}
	}
	return value, length
}
