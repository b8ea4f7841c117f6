package decode

import (
	"bytes"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/html"

	"zhibiao/pipeline"
)

// Page is an HTML document: its blocks in reading order. Tables that only lay
// out the page are dissolved into the blocks of their cells.
type Page struct {
	Title  Text
	Meta   []Meta
	Blocks []Block
	// Complete is set when the markup was seen to its structural end.
	Complete bool
	// Oversized lists tables that would bring the cells of all tables above 131,072,
	// or the places of all grids above two million (a place that a span adds counts
	// eight times); they are not in Blocks.
	Oversized []string
	// Unread are lines that were seen and not understood: rows of tables in a PDF,
	// and, without text, pages of pictures.
	Unread []Block

	scripts  bool // the page has scripts
	password bool // the page asks for a password
}

// Meta is a <meta name= content=> of the page, the name in lower case.
type Meta struct {
	Name, Value string
}

// MetaValue returns the first value of that name, "" where there is none.
func (p *Page) MetaValue(name string) string {
	for _, m := range p.Meta {
		if m.Name == name {
			return m.Value
		}
	}
	return ""
}

// BlockKind says what a block of text is.
type BlockKind uint8

// The kinds.
const (
	Paragraph BlockKind = iota
	Heading             // h1 to h6
	Crumb               // the path to the page: 当前位置
	Grid                // a table of data
)

// Block is a paragraph, heading or table. Text stays empty for a table.
type Block struct {
	Kind    BlockKind
	Level   int // of a heading, 1–6
	Text    Text
	Locator string // p[12]: the twelfth block of text; table[2]: the second <table>
	Chrome  bool   // stands in nav, header, footer or aside
	Table   *Table
}

// HTML reads a body as a page.
func HTML(body []byte, mediaType string) (*Page, *Fault) {
	found, f := sniff(body, mediaType)
	if f != nil {
		return nil, f
	}
	p := &pageParser{page: &Page{}, encoding: found.encoding}
	if !p.parse(body, found.bom) {
		return nil, fault(pipeline.BadEncoding, "the text holds letters that are invalid in "+string(found.encoding)+" or were lost before they reached us (U+FFFD)")
	}
	return p.page, nil
}

// maxElements bounds how deep open elements are remembered.
const maxElements = 512

type element struct {
	name          string
	chrome, crumb bool
}

type pageParser struct {
	page      *Page
	encoding  Encoding
	part      string // what locators begin with, "" where the body is one part
	places    int    // of the grids so far
	current   textBuilder
	heading   int
	open      []element
	tables    []*tableFrame
	blocks    []Block // outside all tables
	count     int     // tables seen
	skip      string  // element whose text is not read
	inTitle   bool
	root      bool // <html> or <body> was seen
	ended     bool // and so was its end
	footnote  textBuilder
	cells     []rawCell // made and not yet used
	cellCount int
	rooms     []Block
	inSup     bool
}

func (p *pageParser) parse(body []byte, start int) bool {
	source := make([]byte, len(body)-start, len(body)-start+1) // the lexer lowers names in place
	copy(source, body[start:])
	input := parse.NewInputBytes(source)
	lexer := html.NewLexer(input)
	var tag string
	var attributes []attribute
	for {
		kind, data := lexer.Next()
		end := start + input.Offset()
		switch kind {
		case html.ErrorToken:
			p.finish()
			return true
		case html.TextToken:
			if !p.textRun(body[end-len(data):end], end-len(data)) {
				return false
			}
		case html.StartTagToken:
			tag, attributes = tagName(lexer.Text()), attributes[:0]
		case html.AttributeToken:
			attributes = append(attributes, attribute{lexer.AttrKey(), bytes.Trim(lexer.AttrVal(), `"'`)})
		case html.StartTagCloseToken, html.StartTagVoidToken:
			p.startTag(tag, attributes, end-len(data), len(data))
		case html.EndTagToken:
			p.endTag(tagName(lexer.Text()))
		}
	}
}

func (p *pageParser) textRun(run []byte, raw int) bool {
	run = bytes.TrimSuffix(bytes.TrimPrefix(run, []byte("<![CDATA[")), []byte("]]>"))
	switch {
	case p.skip != "":
		return true
	case p.inSup:
		return p.footnote.addHTML(p.encoding, run, raw)
	default:
		return p.current.addHTML(p.encoding, run, raw)
	}
}

func (p *pageParser) startTag(name string, attributes []attribute, raw, length int) {
	switch name {
	case "script", "style", "noscript", "template", "select", "option", "iframe", "textarea", "xmp":
		p.page.scripts = p.page.scripts || name == "script"
		p.skip = name
		return
	case "input":
		p.page.password = p.page.password || strings.EqualFold(string(valueOf(attributes, "type")), "password")
		return
	case "meta":
		p.meta(attributes)
		return
	case "br":
		p.current.addBreak(raw, length)
		return
	case "sup":
		p.inSup = true
		return
	case "html", "body":
		p.root = true
	case "title":
		p.inTitle = true
		p.current.drop()
	}
	if isVoid(name) {
		return
	}
	if isBlock(name) {
		p.flush()
	}
	if len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' {
		p.heading = int(name[1] - '0')
	}
	p.push(name, attributes)
	p.tableTag(name, attributes)
}

func (p *pageParser) endTag(name string) {
	if p.skip != "" {
		if p.skip == name {
			p.skip = ""
		}
		return
	}
	switch name {
	case "sup":
		p.endSup()
		return
	case "html":
		p.ended = true
	case "body":
		p.ended = true
	case "title":
		if p.inTitle {
			p.page.Title = p.current.take()
			p.inTitle = false
		}
	}
	if isBlock(name) {
		p.flush()
	}
	p.tableEnd(name)
	p.pop(name)
}

// endSup drops a raised footnote mark ([1], ①, 1)) and keeps every other
// raised text, such as the 2 of m².
func (p *pageParser) endSup() {
	p.inSup = false
	raised := p.footnote.take()
	text := raised.String()
	before := p.current.text.String() // shares the builder's memory
	if text == "" || isFootnoteMark(text, before) {
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

func (p *pageParser) push(name string, attributes []attribute) {
	if len(p.open) >= maxElements {
		return
	}
	e := element{name: name}
	if n := len(p.open); n > 0 {
		e.chrome, e.crumb = p.open[n-1].chrome, p.open[n-1].crumb
	}
	switch name {
	case "nav", "header", "footer", "aside":
		e.chrome = true
	}
	e.crumb = e.crumb || marksCrumb(valueOf(attributes, "class")) || marksCrumb(valueOf(attributes, "id"))
	p.open = append(p.open, e)
}

func (p *pageParser) pop(name string) {
	for i := len(p.open) - 1; i >= 0; i-- {
		if p.open[i].name == name {
			p.open = p.open[:i]
			return
		}
		if p.open[i].name == "table" && name != "table" {
			return // an end tag never closes through a table
		}
	}
}

// flush ends the current block of text.
func (p *pageParser) flush() {
	if p.inTitle {
		return
	}
	if p.current.blank() {
		p.current.drop()
		p.heading = 0
		return
	}
	b := Block{Text: p.current.take()}
	var e element
	if n := len(p.open); n > 0 {
		e = p.open[n-1]
	}
	b.Chrome = e.chrome
	switch {
	case e.crumb || isCrumb(b.Text.String()):
		b.Kind = Crumb
	case p.heading > 0:
		b.Kind, b.Level = Heading, p.heading
	}
	p.heading = 0
	p.emit(b)
}

func isCrumb(text string) bool {
	for _, prefix := range []string{"当前位置", "您现在的位置", "您所在的位置", "现在的位置", "所在位置", "您的位置", "当前的位置"} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

func (p *pageParser) emit(b Block) {
	if n := len(p.tables); n > 0 && p.tables[n-1].inCaption {
		p.tables[n-1].caption = b.Text
		return
	}
	if cell := p.cell(); cell != nil {
		cell.blocks = append(cell.blocks, b)
		return
	}
	p.blocks = append(p.blocks, b)
}

func (p *pageParser) meta(attributes []attribute) {
	name := valueOf(attributes, "name")
	if len(name) == 0 {
		name = valueOf(attributes, "property")
	}
	var b textBuilder
	if len(name) == 0 || !b.addHTML(p.encoding, valueOf(attributes, "content"), 0) {
		return
	}
	p.page.Meta = append(p.page.Meta, Meta{strings.ToLower(string(name)), strings.TrimSpace(b.text.String())})
}

// finish closes what the end of the body left open. In a body that was cut off
// the last open text is not trusted.
func (p *pageParser) finish() {
	p.page.Complete = p.ended || !p.root && len(p.tables) == 0 && p.skip == "" && !p.inTitle
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
