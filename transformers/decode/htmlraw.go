package decode

import "bytes"

// rawTextEnd returns where the text of an element ends in which only its own end
// tag is markup.
func (l *htmlLexer) rawTextEnd(of *tag) int {
	if of.name == "plaintext" {
		return len(l.source)
	}
	for at := l.at; ; {
		at = l.past(at, "<", 0)
		switch {
		case at == len(l.source):
			return at
		case l.byteAt(at+1) == '/':
			name := l.lettersAt(at + 2)
			if isNamed(name, of.name) {
				return at
			}
			at += 2 + len(name)
		case of.name == "script" && bytes.HasPrefix(l.source[at:], []byte("<!--")):
			end, closed := l.hiddenScriptEnd(at + len("<!--"))
			if closed {
				return end
			}
			at = end
		default:
			at++
		}
	}
}

// hiddenScriptEnd goes through a comment in a script, in which a script may stand
// with an end tag of its own. closed says that it came to the end tag of the
// script around it, which begins at end.
func (l *htmlLexer) hiddenScriptEnd(at int) (end int, closed bool) {
	inside := false
	for at < len(l.source) {
		switch {
		case l.source[at] == '-' && bytes.HasPrefix(l.source[at:], []byte("-->")):
			return at + len("-->"), false
		case l.source[at] != '<':
			at++
			continue
		}
		begins, isEnd := at, l.byteAt(at+1) == '/'
		at++
		if isEnd {
			at++
		}
		name := l.lettersAt(at)
		at += len(name)
		if !isNamed(name, "script") {
			continue
		}
		if isEnd && !inside {
			return begins, true
		}
		inside = !isEnd
	}
	return len(l.source), true
}

// foreignEnd returns the place behind an element of another vocabulary whose name
// ends at a place. One with a zero byte has no end: what follows is not trusted.
func (l *htmlLexer) foreignEnd(of *tag, at int) int {
	nested, quoted := 0, false
	for at < len(l.source) && l.source[at] != 0 {
		c := l.source[at]
		if at++; c == '"' {
			quoted = !quoted
		}
		if c != '<' || quoted {
			continue
		}
		isEnd := l.byteAt(at) == '/'
		if isEnd {
			at++
		}
		name := l.lettersAt(at)
		at += len(name)
		switch {
		case !isEnd && l.byteAt(at) == '/' || !isNamed(name, of.name):
		case !isEnd:
			nested++
		case nested > 0:
			nested--
		default:
			rest := l.source[at:]
			end := bytes.IndexByte(rest, '>')
			if zero := bytes.IndexByte(rest, 0); end < 0 || zero >= 0 && zero < end {
				return len(l.source)
			}
			return at + end + 1
		}
	}
	return len(l.source)
}

// lettersAt returns the letters at a place.
func (l *htmlLexer) lettersAt(at int) []byte {
	at = min(at, len(l.source))
	end := at
	for end < len(l.source) && isLetter(l.source[end]) {
		end++
	}
	return l.source[at:end]
}

// isNamed compares letters with a name in lower case.
func isNamed(letters []byte, name string) bool {
	if len(letters) != len(name) {
		return false
	}
	for i, c := range letters {
		if c|0x20 != name[i] {
			return false
		}
	}
	return true
}
