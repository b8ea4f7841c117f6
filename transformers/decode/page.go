package decode

import "zhibiao/pipeline"

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
	Text    Text
	Locator string // p[12]: the twelfth block of text; table[2]: the second <table>
	Table   *Table
	blockLook
}

// blockLook is what the markup says of a block.
type blockLook struct {
	Kind   BlockKind
	Level  uint8 // of a heading, 1–6
	Chrome bool  // stands in nav, header, footer or aside
}

// HTML reads a body as a page.
func HTML(body []byte, mediaType string) (*Page, *Fault) {
	found, f := sniff(body, mediaType)
	if f != nil {
		return nil, f
	}
	p := newPageParser(found.encoding)
	if !p.parse(body, found.bom) {
		return nil, fault(pipeline.BadEncoding, "the text holds letters that are invalid in "+string(found.encoding)+" or were lost before they reached us (U+FFFD)")
	}
	return p.page, nil
}
