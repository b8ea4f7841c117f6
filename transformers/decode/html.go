package decode

import (
	"bytes"
	"strings"
)

// maxElements bounds how deep open elements are remembered.
const maxElements = 512

type element struct {
	tag           *tag
	chrome, crumb bool
}

// pageParser makes a page of markup.
type pageParser struct {
	page     *Page
	encoding Encoding
	part     string // what locators begin with, "" where the body is one part
	places   int    // of the grids so far
	current  textBuilder
	heading  uint8
	open     []element
	tables   []*tableFrame
	blocks   []Block // outside all tables
	count    int     // tables seen
	skip     *tag    // element whose text is not read
	inTitle  bool
	root     bool // <html> or <body> was seen
	ended    bool // and so was its end
	footnote textBuilder
	room     []rawCell // made and not yet used
	cells    int       // of all tables
	inSup    bool
}

func newPageParser(encoding Encoding) *pageParser {
	const firstChunk = 1 << 10
	return &pageParser{page: &Page{}, encoding: encoding, current: textBuilder{chunk: firstChunk}}
}

// parse reads HTML source from start on.
func (p *pageParser) parse(body []byte, start int) bool {
	lexer := htmlLexer{source: body, at: start}
	var t htmlToken
	for {
		lexer.next(&t)
		switch t.kind {
		case htmlEnd:
			p.finish()
			return true
		case htmlText:
			if !p.textRun(body[t.start:t.end], t.start) {
				return false
			}
		case htmlStart:
			p.startTag(t.tag, t.attributes, t.start, t.end-t.start)
		case htmlClose:
			p.endTag(t.tag)
		}
	}
}

func (p *pageParser) textRun(run []byte, raw int) bool {
	if p.skip != nil {
		return true
	}
	if bytes.HasPrefix(run, []byte(cdataBegins)) {
		run, raw = run[len(cdataBegins):], raw+len(cdataBegins)
	}
	run = bytes.TrimSuffix(run, []byte(cdataEnds))
	if p.inSup {
		return p.footnote.addHTML(p.encoding, run, raw)
	}
	return p.current.addHTML(p.encoding, run, raw)
}

func (p *pageParser) startTag(t *tag, attributes []attribute, raw, length int) {
	if t.unread {
		p.page.scripts = p.page.scripts || t == tagScript
		p.skip = t
		return
	}
	switch t {
	case tagInput:
		p.page.password = p.page.password || strings.EqualFold(string(valueOf(attributes, attributeType)), "password")
		return
	case tagMeta:
		p.meta(attributes)
		return
	case tagBreak:
		p.current.addBreak(raw, length)
		return
	case tagRaised:
		p.inSup = true
		return
	case tagHTML, tagBody:
		p.root = true
	case tagTitle:
		p.inTitle = true
		p.current.drop()
	}
	if t.void {
		return
	}
	if t.block {
		p.flush()
	}
	if t.heading > 0 {
		p.heading = t.heading
	}
	p.push(t, attributes)
	p.tableTag(t, attributes)
}

func (p *pageParser) endTag(t *tag) {
	if p.skip != nil {
		if p.skip.is(t) {
			p.skip = nil
		}
		return
	}
	switch t {
	case tagRaised:
		p.endSup()
		return
	case tagHTML, tagBody:
		p.ended = true
	case tagTitle:
		if p.inTitle {
			p.page.Title = p.current.take()
			p.inTitle = false
		}
	}
	if t.block {
		p.flush()
	}
	p.tableEnd(t)
	p.pop(t)
}

// endSup drops a raised footnote mark ([1], ①, 1)) and keeps every other
// raised text, such as the 2 of m².
func (p *pageParser) endSup() {
	p.inSup = false
	raised := p.footnote.take()
	text := raised.String()
	if text == "" || isFootnoteMark(text, p.current.current()) {
		return
	}
	for i, r := range text {
		start, end := raised.Raw(i, i+1)
		p.current.add(r, int(start), int(end-start))
	}
}

// isFootnoteMark reports whether a raised text is a mark and not a power.
func isFootnoteMark(raised, before string) bool {
	return strings.Trim(raised, "[]［］()（）〔〕【】0123456789①②③④⑤⑥⑦⑧⑨⑩*注 ") == "" && (before == "" || before[len(before)-1] >= 0x80 || before[len(before)-1] == ')')
}

func (p *pageParser) push(t *tag, attributes []attribute) {
	if len(p.open) >= maxElements {
		return
	}
	e := element{tag: t}
	if n := len(p.open); n > 0 {
		e.chrome, e.crumb = p.open[n-1].chrome, p.open[n-1].crumb
	}
	switch t {
	case tagNav, tagHeader, tagFooter, tagAside:
		e.chrome = true
	}
	e.crumb = e.crumb || marksCrumb(valueOf(attributes, attributeClass)) || marksCrumb(valueOf(attributes, attributeID))
	p.open = append(p.open, e)
}

func (p *pageParser) pop(t *tag) {
	for i := len(p.open) - 1; i >= 0; i-- {
		if p.open[i].tag.is(t) {
			p.open = p.open[:i]
			return
		}
		if p.open[i].tag == tagTable {
			return // an end tag never closes through a table
		}
	}
}

// flush ends the current block of text.
func (p *pageParser) flush() {
	if p.inTitle {
		return
	}
	heading := p.heading
	p.heading = 0
	if p.current.len() == 0 {
		return
	}
	text := p.current.take()
	if text.String() == "" {
		return
	}
	var e element
	if n := len(p.open); n > 0 {
		e = p.open[n-1]
	}
	look := blockLook{Chrome: e.chrome}
	switch {
	case e.crumb || isCrumb(text.String()):
		look.Kind = Crumb
	case heading > 0:
		look.Kind, look.Level = Heading, heading
	}
	p.emit(text, look)
}

func isCrumb(text string) bool {
	if text[0] < 0x80 {
		return false
	}
	for _, prefix := range []string{"当前位置", "您现在的位置", "您所在的位置", "现在的位置", "所在位置", "您的位置", "当前的位置"} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// emit puts a block of text where it belongs: a caption, a cell, or the page.
func (p *pageParser) emit(text Text, look blockLook) {
	if n := len(p.tables); n > 0 && p.tables[n-1].inCaption {
		p.tables[n-1].caption = text
		return
	}
	if cell := p.cell(); cell != nil {
		cell.add(text, look)
		return
	}
	p.blocks = append(p.blocks, Block{Text: text, blockLook: look})
}

func (p *pageParser) meta(attributes []attribute) {
	name := valueOf(attributes, attributeMetaName)
	if len(name) == 0 {
		name = valueOf(attributes, attributeProperty)
	}
	var b textBuilder
	if len(name) == 0 || !b.addHTML(p.encoding, valueOf(attributes, attributeContent), 0) {
		return
	}
	p.page.Meta = append(p.page.Meta, Meta{strings.ToLower(string(name)), strings.TrimSpace(b.current())})
}

// finish closes what the end of the body left open. In a body that was cut off
// the last open text is not trusted.
func (p *pageParser) finish() {
	p.page.Complete = p.ended || !p.root && len(p.tables) == 0 && p.skip == nil && !p.inTitle
	if p.page.Complete {
		p.flush()
	}
	p.current.drop()
	for len(p.tables) > 0 {
		if t := p.tables[len(p.tables)-1]; !p.page.Complete && t.inCell {
			row := t.rows[len(t.rows)-1]
			t.rows[len(t.rows)-1] = row[:len(row)-1]
			t.inCell = false
		}
		p.closeTable()
	}
	p.page.Blocks = number(p.blocks, p.part)
}
