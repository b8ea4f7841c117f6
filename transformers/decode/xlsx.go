package decode

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"zhibiao/pipeline"
)

// Limits of a workbook.
const (
	maxWorksheets    = 1_000
	maxSharedStrings = 2_000_000
	maxStyles        = 65_536
)

// Workbook is an XLSX file whose small parts were read; its worksheets are read
// one at a time. Byte ranges are of the inflated part that a locator names.
type Workbook struct {
	Worksheets []Worksheet

	archive    *Archive
	shared     *sharedStrings
	formats    []numberFormat // by the style of a cell
	date1904   bool
	sharedPart string
}

// Worksheet is a sheet as the workbook lists it.
type Worksheet struct {
	Name   string
	Part   string // xl/worksheets/sheet1.xml
	Hidden bool
}

// OpenWorkbook reads what all worksheets share.
func OpenWorkbook(body []byte, budget *Budget) (*Workbook, *Fault) {
	archive, f := Zip(body, budget)
	if f != nil {
		return nil, f
	}
	w := &Workbook{archive: archive, shared: &sharedStrings{}}
	main := "xl/workbook.xml"
	if archive.Has("_rels/.rels") {
		targets, f := w.relations("_rels/.rels", "")
		if f != nil {
			return nil, f
		}
		for _, t := range targets {
			if t.kind == "officeDocument" {
				main = t.part
			}
		}
	}
	if strings.HasSuffix(main, ".bin") {
		return nil, fault(pipeline.UnexpectedKind, "the workbook is binary (XLSB), which is not read; save it as XLSX")
	}
	return w, w.readMain(main)
}

// relation is a line of a .rels part.
type relation struct {
	id, kind, part string
}

func (w *Workbook) relations(name, folder string) ([]relation, *Fault) {
	var list []relation
	f := w.walk(name, func(_ *markup, t markupToken, local string) *Fault {
		if t.kind != markupOpen || local != "Relationship" || strings.EqualFold(t.attribute("TargetMode"), "External") {
			return nil
		}
		kind := t.attribute("Type")
		target := attributeText(t.attribute("Target"))
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/", folder, target)
		}
		list = append(list, relation{t.attribute("Id"), kind[strings.LastIndexByte(kind, '/')+1:], strings.TrimPrefix(path.Clean(target), "/")})
		return nil
	})
	return list, f
}

func (w *Workbook) readMain(main string) *Fault {
	folder, base := path.Split(main)
	relations, f := w.relations(folder+"_rels/"+base+".rels", folder)
	if f != nil {
		return f
	}
	parts := map[string]string{}
	styles := ""
	for _, r := range relations {
		switch r.kind {
		case "worksheet":
			parts[r.id] = r.part
		case "styles":
			styles = r.part
		case "sharedStrings":
			w.sharedPart = r.part
		}
	}
	if f := w.readSheetList(main, parts); f != nil {
		return f
	}
	if styles != "" {
		if f := w.readStyles(styles); f != nil {
			return f
		}
	}
	if w.sharedPart == "" {
		return nil
	}
	w.shared, f = w.readShared(w.sharedPart)
	return f
}

func (w *Workbook) readSheetList(main string, parts map[string]string) *Fault {
	f := w.walk(main, func(_ *markup, t markupToken, local string) *Fault {
		switch {
		case t.kind != markupOpen:
		case local == "workbookPr":
			w.date1904 = isOn(t.attribute("date1904")) && t.attribute("date1904") != ""
		case local == "sheet":
			id := ""
			for _, prefix := range []string{"r:", "d3p1:", "relationships:", "rel:"} {
				if id == "" {
					id = t.attribute(prefix + "id")
				}
			}
			part, ok := parts[id]
			if !ok {
				return nil // a sheet of charts or macros
			}
			state := t.attribute("state")
			w.Worksheets = append(w.Worksheets, Worksheet{attributeText(t.attribute("name")), part, state == "hidden" || state == "veryHidden"})
		}
		return nil
	})
	switch {
	case f != nil:
		return f
	case len(w.Worksheets) == 0:
		return fault(pipeline.NotADocument, fmt.Sprintf("the part %s lists no worksheet", main))
	case len(w.Worksheets) > maxWorksheets:
		return fault(pipeline.UnexpectedField, fmt.Sprintf("the workbook has more than %d worksheets", maxWorksheets))
	}
	return nil
}

// walk goes through the markup of a part to its end: a part that is cut off or
// not well formed is a fault.
func (w *Workbook) walk(name string, visit func(m *markup, t markupToken, local string) *Fault) *Fault {
	part, f := w.part(name)
	if f != nil {
		return f
	}
	return walkMarkup(name, part, visit)
}

// part inflates a part of markup, which must be UTF-8 without lost letters.
func (w *Workbook) part(name string) ([]byte, *Fault) {
	part, f := w.archive.Read(name)
	switch {
	case f != nil:
		return nil, f
	case !utf8.Valid(part) || bytes.Contains(part, []byte("\uFFFD")):
		return nil, fault(pipeline.BadEncoding, fmt.Sprintf("the part %s is not valid UTF-8, or letters were lost before it reached us (U+FFFD)", name))
	}
	return part, nil
}

func walkMarkup(name string, part []byte, visit func(m *markup, t markupToken, local string) *Fault) *Fault {
	m := newMarkup(part)
	prefix, rooted := "", false
	for {
		t, err := m.next()
		switch {
		case errors.Is(err, errMarkupCut):
			return fault(pipeline.Truncated, fmt.Sprintf("the part %s is cut off; fetch the document again", name))
		case err != nil:
			return fault(pipeline.Truncated, fmt.Sprintf("the part %s is damaged: %v; fetch the document again", name, err))
		case t.kind == markupEnd:
			return nil
		case !rooted && t.kind == markupOpen:
			rooted, prefix = true, t.name[:strings.IndexByte(t.name, ':')+1]
		}
		local, own := strings.CutPrefix(t.name, prefix)
		if !own || strings.IndexByte(local, ':') >= 0 {
			local = "" // of another vocabulary
		}
		if f := visit(m, t, local); f != nil {
			return f
		}
		if t.empty {
			t.kind = markupClose
			if f := visit(m, t, local); f != nil {
				return f
			}
		}
	}
}

func attributeText(raw string) string {
	var b textBuilder
	if !b.addXML([]byte(raw), 0) {
		return ""
	}
	return b.text.String()
}

// sharedStrings are the texts that cells point to by number.
type sharedStrings struct {
	part    []byte
	ranges  [][2]uint32 // of what stands between <si> and </si>
	decoded map[uint32]Text
}

func (w *Workbook) readShared(name string) (*sharedStrings, *Fault) {
	part, f := w.part(name)
	if f != nil {
		return nil, f
	}
	shared := &sharedStrings{part: part, decoded: map[uint32]Text{}}
	start := 0
	return shared, walkMarkup(name, part, func(_ *markup, t markupToken, local string) *Fault {
		switch {
		case local != "si":
		case t.kind == markupOpen:
			start = t.end
		case len(shared.ranges) >= maxSharedStrings:
			return fault(pipeline.UnexpectedField, fmt.Sprintf("the part %s has more than %d texts", name, maxSharedStrings))
		default:
			end := max(t.start, start)
			if end-start > maxCellBytes {
				return fault(pipeline.UnexpectedField, fmt.Sprintf("the part %s has a text of more than %d KiB", name, maxCellBytes>>10))
			}
			shared.ranges = append(shared.ranges, [2]uint32{uint32(start), uint32(end)})
		}
		return nil
	})
}

// text decodes the nth text.
func (s *sharedStrings) text(n uint32) Text {
	text, ok := s.decoded[n]
	if !ok {
		text = richText(s.part, s.ranges[n][0], s.ranges[n][1])
		s.decoded[n] = text
	}
	return text
}

// richText decodes the runs of a shared or inline string, without the readings
// of its characters.
func richText(part []byte, start, end uint32) Text {
	if from, to, ok := plainRun(part[start:end]); ok {
		return identity(string(part[int(start)+from:int(start)+to]), int(start)+from).TrimSpace()
	}
	m := markupWithin(part[start:end])
	var b textBuilder
	phonetic, inText := 0, false
	for {
		t, err := m.next()
		if err != nil || t.kind == markupEnd {
			return b.take()
		}
		local := t.name[strings.IndexByte(t.name, ':')+1:]
		switch {
		case t.kind == markupText:
			if inText && phonetic == 0 && !b.addXML(m.source[t.start:t.end], int(start)+t.start) {
				return Text{}
			}
		case local == "rPh" && t.kind == markupOpen && !t.empty:
			phonetic++
		case local == "rPh" && t.kind == markupClose:
			phonetic--
		case local == "t":
			inText = t.kind == markupOpen && !t.empty
		}
	}
}

// plainRun finds the text of a string that is one run and holds nothing to be
// decoded.
func plainRun(inside []byte) (from, to int, ok bool) {
	from = bytes.IndexByte(inside, '>') + 1
	to = len(inside) - len("</t>")
	if to < from || from < len("<t>") || string(inside[:2]) != "<t" || inside[2] != '>' && inside[2] != ' ' || string(inside[to:]) != "</t>" {
		return 0, 0, false
	}
	for _, b := range inside[from:to] {
		if b < ' ' || b == '<' || b == '&' || b == '_' {
			return 0, 0, false
		}
	}
	return from, to, !bytes.Contains(inside[from:to], []byte("\u200b")) && !bytes.Contains(inside[from:to], []byte("\ufeff"))
}

// addXML appends a text run of XML that starts at byte raw of the part. _x000D_
// is how office programs write letters that XML has no place for.
func (b *textBuilder) addXML(run []byte, raw int) bool {
	skip := 0
	return UTF8.each(run, func(r rune, at, length int) {
		switch {
		case at < skip:
		case r == '&':
			if decoded, n := entity(run[at:]); n > 0 {
				skip = at + n
				r, length = decoded, n
			}
			b.addLetter(r, raw+at, length)
		case r == '_' && escaped(run[at:]):
			code, _ := strconv.ParseUint(string(run[at+2:at+6]), 16, 16)
			skip = at + 7
			b.addLetter(rune(code), raw+at, 7)
		default:
			b.addLetter(r, raw+at, length)
		}
	})
}

func (b *textBuilder) addLetter(r rune, raw, length int) {
	if r == '\n' || r == '\t' || r >= ' ' && r != '\uFEFF' && r != '\u200B' && utf8.ValidRune(r) {
		b.add(r, raw, length)
	}
}

func escaped(run []byte) bool {
	if len(run) < 7 || run[1] != 'x' || run[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(string(run[2:6]), 16, 16)
	return err == nil
}
