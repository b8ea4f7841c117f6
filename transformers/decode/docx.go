package decode

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"zhibiao/pipeline"
)

// docxPart is the part of a Word document that holds its text; the byte ranges
// of a DOCX page are of this part, inflated.
const docxPart = "word/document.xml"

// maxDOCXBlocks is how many paragraphs and cells a Word document may have.
const maxDOCXBlocks = 500_000

// DOCX reads the text of a Word document as a page: paragraphs as they are
// printed (deletions, hidden text and field codes left out), and tables with
// their merged cells expanded. The title is made of the short lines that it
// begins with. Byte ranges are of the inflated part word/document.xml;
// inflating it is charged to the budget.
func DOCX(body []byte, budget *Budget) (*Page, *Fault) {
	part, f := docxText(body, budget)
	if f != nil {
		return nil, f
	}
	d := &docxParser{pageParser: pageParser{page: &Page{}, encoding: UTF8, part: docxPart + "#"}}
	if f := d.read(newMarkup(part)); f != nil {
		return nil, f
	}
	d.finish()
	d.page.Title = leadingLines(d.page.Blocks)
	return d.page, nil
}

func docxText(body []byte, budget *Budget) ([]byte, *Fault) {
	archive, f := Zip(body, budget)
	if f != nil {
		return nil, f
	}
	return archive.Read(docxPart)
}

// rereadDOCX decodes a range of word/document.xml again.
func rereadDOCX(body []byte, start, end uint32, budget *Budget) (string, error) {
	part, f := docxText(body, budget)
	if f != nil {
		return "", f
	}
	if start > end || int(end) > len(part) {
		return "", fmt.Errorf("the part %s has %d bytes", docxPart, len(part))
	}
	d := &docxParser{pageParser: pageParser{page: &Page{}, encoding: UTF8}, inText: true}
	d.inRun = true
	root := newMarkup(part)
	for !root.root {
		t, err := root.next()
		if err != nil {
			return "", err
		}
		if t.kind == markupOpen {
			d.prefix, _ = wordPrefix(t)
		}
	}
	if f := d.read(markupWithin(part[start:end])); f != nil {
		return "", f
	}
	d.flush()
	if len(d.blocks) == 0 {
		return "", nil
	}
	return d.blocks[0].Text.String(), nil
}

// docxParser feeds a page with the markup of WordprocessingML.
type docxParser struct {
	pageParser
	prefix string // of the names of WordprocessingML, with its colon
	rooted bool   // the root element was seen
	seen   int    // paragraphs and cells
	skips  int    // depth inside an element that is not printed
	inText bool
	wordRun
	around []wordParagraph // paragraphs in which a text box stands
}

// wordRun is the state of a run of letters of one look.
type wordRun struct {
	inRun, hidden bool
}

// wordParagraph is an unfinished paragraph.
type wordParagraph struct {
	wordRun
	current, footnote textBuilder
	inSup             bool
}

// Namespaces of WordprocessingML, transitional and strict.
const (
	wordNamespace       = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	wordNamespaceStrict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
)

// wordPrefix finds the prefix that the root element gives the names of
// WordprocessingML.
func wordPrefix(root markupToken) (string, bool) {
	prefix := ""
	if i := strings.IndexByte(root.name, ':'); i >= 0 {
		prefix = root.name[:i+1]
	}
	declaration := "xmlns"
	if prefix != "" {
		declaration = "xmlns:" + strings.TrimSuffix(prefix, ":")
	}
	space := root.attribute(declaration)
	return prefix, strings.TrimPrefix(root.name, prefix) == "document" && (space == wordNamespace || space == wordNamespaceStrict)
}

// read goes through the markup. A part that is cut off leaves the page
// incomplete; one that is not well formed is refused.
func (d *docxParser) read(m *markup) *Fault {
	for {
		t, err := m.next()
		switch {
		case errors.Is(err, errMarkupCut):
			d.root, d.ended = true, false
			return nil
		case err != nil:
			return fault(pipeline.NotADocument, fmt.Sprintf("part %s: %v; ask the publisher for a sound file", docxPart, err))
		case t.kind == markupEnd:
			d.root, d.ended = true, true
			return nil
		case t.kind == markupText:
			if d.inText && !d.textRun(m.source[t.start:t.end], t.start) {
				return fault(pipeline.BadEncoding, fmt.Sprintf("part %s holds text that is not valid UTF-8 or was lost before it reached us (U+FFFD)", docxPart))
			}
			continue
		case m.whole && !d.rooted:
			d.rooted = true
			ok := false
			if d.prefix, ok = wordPrefix(t); !ok {
				return fault(pipeline.NotADocument, fmt.Sprintf("part %s begins with <%s>, not with a document of WordprocessingML", docxPart, shortName(t.name)))
			}
			continue
		}
		if t.kind == markupOpen {
			d.opening(t)
		}
		if t.kind == markupClose || t.empty {
			d.closing(d.local(t.name))
		}
		if d.seen > maxDOCXBlocks {
			return fault(pipeline.UnexpectedField, fmt.Sprintf("part %s has more than %d paragraphs and cells", docxPart, maxDOCXBlocks))
		}
	}
}

func shortName(name string) string { return name[:min(len(name), maxEntity)] }

// local is the name of an element without the prefix of WordprocessingML; the
// names of other vocabularies keep theirs.
func (d *docxParser) local(name string) string {
	if d.prefix != "" && !strings.HasPrefix(name, d.prefix) {
		if strings.Contains(name, ":") {
			return name
		}
		return ":" + name
	}
	return name[len(d.prefix):]
}

// isUnprinted reports whether what an element holds is not on the page:
// deletions, former properties, the readings of characters, and the second copy
// of a drawing for old programs.
func isUnprinted(name string) bool {
	switch name {
	case "del", "moveFrom", "rt", "mc:Fallback":
		return true
	}
	return strings.HasSuffix(name, "PrChange")
}

func (d *docxParser) opening(t markupToken) {
	name := d.local(t.name)
	if d.skips > 0 || isUnprinted(name) {
		d.skips++
		return
	}
	switch name {
	case "p":
		d.seen++
		d.around = append(d.around, wordParagraph{d.wordRun, d.current, d.footnote, d.inSup})
		d.current, d.footnote, d.inSup, d.wordRun = textBuilder{}, textBuilder{}, false, wordRun{}
	case "pStyle":
		if strings.HasPrefix(strings.ToUpper(d.value(t)), "TOC") {
			d.open = []element{{tag: tagParagraph, chrome: true}} // the table of contents
		}
	case "r":
		d.wordRun = wordRun{inRun: true}
	case "vertAlign":
		d.inSup = d.inSup || d.inRun && d.value(t) == "superscript"
	case "position": // letters that were lifted by hand
		d.inSup = d.inSup || d.inRun && d.value(t) != "" && d.value(t) != "0" && d.value(t)[0] != '-'
	case "vanish":
		d.hidden = d.inRun && isOn(d.value(t))
	case "t":
		d.inText = d.inRun && !d.hidden
	case "tab", "br", "cr", "noBreakHyphen", "sym", "m:oMath":
		d.mark(name, t)
	default:
		d.tableMarkup(name, t)
	}
}

// value returns the attribute val of an element.
func (d *docxParser) value(t markupToken) string { return t.attribute(d.prefix + "val") }

// isOn reads a switch: its mere presence turns it on.
func isOn(value string) bool { return value != "0" && value != "false" && value != "off" }

// unknownSign stands for a printed sign that no letter is known for: a number
// beside it is not taken for a number without it.
const unknownSign = '\uFFFC'

// mark adds the letter that an element stands for.
func (d *docxParser) mark(name string, t markupToken) {
	if name != "m:oMath" && (!d.inRun || d.hidden) {
		return
	}
	letters := &d.current
	if d.inSup {
		letters = &d.footnote
	}
	length := min(t.end-t.start, maxEntity)
	switch name {
	case "tab":
		letters.add('\t', t.start, length)
	case "br", "cr":
		letters.addBreak(t.start, length)
	case "noBreakHyphen":
		letters.add('-', t.start, length)
	case "sym":
		letters.add(symbolOf(t.attribute(d.prefix+"font"), t.attribute(d.prefix+"char")), t.start, length)
	default:
		letters.add(unknownSign, t.start, length)
	}
}

// symbolOf returns the letter of a character of a symbol font; only those that
// change a number are known.
func symbolOf(font, char string) rune {
	code, err := strconv.ParseUint(char, 16, 16)
	if err != nil || font != "Symbol" {
		return unknownSign
	}
	switch code & 0xFF {
	case 0x2D:
		return '−'
	case 0x2B:
		return '+'
	case 0x25:
		return '%'
	}
	return unknownSign
}

func (d *docxParser) closing(name string) {
	if d.skips > 0 {
		d.skips--
		return
	}
	switch name {
	case "t":
		d.inText = false
	case "r":
		if d.inSup {
			d.endSup()
		}
		d.wordRun = wordRun{}
	case "p":
		d.flush()
		d.open = nil
		if n := len(d.around); n > 0 {
			p := d.around[n-1]
			d.around = d.around[:n-1]
			d.wordRun, d.current, d.footnote, d.inSup = p.wordRun, p.current, p.footnote, p.inSup
		}
	case "tbl":
		if n := len(d.tables); n > 0 {
			d.tables[n-1].foldMerges()
		}
		d.tableEnd(tagTable)
	case "tr":
		d.tableEnd(tagRow)
	case "tc":
		d.tableEnd(tagCell)
	}
}

// leadingLines makes a title of the short lines that a document begins with, up
// to the first sentence or table.
func leadingLines(blocks []Block) Text {
	const lines, longest = 4, 50
	var title []Block
	for _, b := range blocks {
		text := b.Text.String()
		if b.Kind == Crumb {
			continue
		}
		if len(title) == lines || b.Kind == Grid || b.Chrome || strings.Contains(text, "。") || utf8.RuneCountInString(text) > longest {
			break
		}
		title = append(title, b)
	}
	return joined(title)
}
