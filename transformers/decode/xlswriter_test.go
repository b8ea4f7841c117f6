package decode

import (
	"encoding/binary"
	"math"
	"unicode/utf16"
)

// A small writer of XLS workbooks: the records that tests name, in a container
// of one stream.

type xlsRecord struct {
	id   uint16
	data []byte
}

type xlsSheetOf struct {
	name    string
	hidden  bool
	records []xlsRecord
}

type xlsBookOf struct {
	version uint16 // biff8 if zero
	globals []xlsRecord
	shared  []string // with letters beyond Latin-1 they are wide
	segment int      // bytes after which the shared strings go on in another record; 8224 if zero
	sheets  []xlsSheetOf
}

func le(fields ...any) []byte {
	var b []byte
	for _, f := range fields {
		switch f := f.(type) {
		case byte:
			b = append(b, f)
		case uint16:
			b = binary.LittleEndian.AppendUint16(b, f)
		case int: // row, column or format
			b = binary.LittleEndian.AppendUint16(b, uint16(f))
		case uint32:
			b = binary.LittleEndian.AppendUint32(b, f)
		case float64:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
		case string:
			for _, unit := range utf16.Encode([]rune(f)) {
				b = binary.LittleEndian.AppendUint16(b, unit)
			}
		case []byte:
			b = append(b, f...)
		}
	}
	return b
}

func wideText(text string) []byte {
	return le(len(utf16.Encode([]rune(text))), byte(biffWide), text)
}

func (r xlsRecord) bytes() []byte { return le(r.id, len(r.data), r.data) }

func (b xlsBookOf) stream() []byte {
	if b.version == 0 {
		b.version = biff8
	}
	head := xlsRecord{biffBOF, le(b.version, uint16(biffGlobals), uint32(0))}.bytes()
	for _, r := range b.globals {
		head = append(head, r.bytes()...)
	}
	var tail, bodies []byte
	if b.shared != nil {
		tail = b.sharedStrings()
	}
	tail = append(tail, xlsRecord{id: biffEOF}.bytes()...)
	var directory []xlsRecord
	size := len(head) + len(tail)
	for _, s := range b.sheets {
		directory = append(directory, xlsRecord{biffBoundSheet, b.sheetEntry(s, 0)})
		size += len(directory[len(directory)-1].bytes())
	}
	for i, s := range b.sheets {
		directory[i].data = b.sheetEntry(s, uint32(size+len(bodies)))
		bodies = append(bodies, xlsRecord{biffBOF, le(b.version, uint16(biffWorksheet), uint32(0))}.bytes()...)
		for _, r := range s.records {
			bodies = append(bodies, r.bytes()...)
		}
		bodies = append(bodies, xlsRecord{id: biffEOF}.bytes()...)
	}
	for _, r := range directory {
		head = append(head, r.bytes()...)
	}
	return append(append(head, tail...), bodies...)
}

func (b xlsBookOf) sheetEntry(s xlsSheetOf, offset uint32) []byte {
	visibility := byte(0)
	if s.hidden {
		visibility = 1
	}
	if b.version == biff5 {
		return le(offset, visibility, byte(0), byte(len(s.name)), []byte(s.name))
	}
	return le(offset, visibility, byte(0), byte(len([]rune(s.name))), byte(biffWide), s.name)
}

// sharedStrings writes the SST record; a string that reaches the end of a
// segment goes on behind a new flag.
func (b xlsBookOf) sharedStrings() []byte {
	segment := b.segment
	if segment == 0 {
		segment = 8224
	}
	id := uint16(biffSST)
	current := le(uint32(len(b.shared)), uint32(len(b.shared)))
	var out []byte
	next := func() {
		out = append(out, xlsRecord{id, current}.bytes()...)
		id, current = biffContinue, nil
	}
	for _, text := range b.shared {
		if len(current)+3 > segment {
			next()
		}
		units := utf16.Encode([]rune(text))
		current = append(current, le(len(units), byte(biffWide))...)
		for _, unit := range units {
			if len(current)+2 > segment {
				next()
				current = append(current, biffWide)
			}
			current = binary.LittleEndian.AppendUint16(current, unit)
		}
	}
	next()
	return out
}

func (b xlsBookOf) file() []byte { return oleOf("Workbook", b.stream()) }

// oleOf packs one stream into a container: small ones into small sectors.
func oleOf(name string, stream []byte) []byte {
	const sector = 512
	pad := func(b []byte, to int) []byte { return append(b, make([]byte, (to-len(b)%to)%to)...) }
	size := len(stream)
	small := size < 4096
	content := pad(stream, sector)
	sectors := len(content) / sector
	fatSectors := (sectors+2)/(sector/4) + 1
	first := fatSectors + 2 // behind the FAT, the directory and the table of small sectors
	fat := make([]byte, 0, fatSectors*sector)
	for range fatSectors {
		fat = binary.LittleEndian.AppendUint32(fat, 0xFFFFFFFD)
	}
	fat = le(fat, uint32(oleEnd), uint32(oleEnd))
	for i := range sectors {
		next := uint32(first + i + 1)
		if i == sectors-1 {
			next = oleEnd
		}
		fat = binary.LittleEndian.AppendUint32(fat, next)
	}
	for len(fat)%sector != 0 {
		fat = append(fat, 0xFF)
	}
	var miniFAT []byte
	for i := 0; i*oleMiniSector < size && small; i++ {
		next := uint32(i + 1)
		if (i+1)*oleMiniSector >= size {
			next = oleEnd
		}
		miniFAT = binary.LittleEndian.AppendUint32(miniFAT, next)
	}
	for len(miniFAT)%sector != 0 || len(miniFAT) == 0 {
		miniFAT = append(miniFAT, 0xFF)
	}
	rootStart, rootSize, start := uint32(oleEnd), 0, uint32(first)
	if small {
		rootStart, rootSize, start = uint32(first), len(content), 0
	}
	directory := append(oleDirectoryEntry("Root Entry", oleKindRoot, 1, rootStart, rootSize), oleDirectoryEntry(name, oleKindStream, oleNoEntry, start, size)...)
	header := le([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 16), uint16(0x3E), uint16(3), uint16(0xFFFE), uint16(9), uint16(6), make([]byte, 6),
		uint32(0), uint32(fatSectors), uint32(fatSectors), uint32(0), uint32(4096), uint32(fatSectors+1), uint32(1), uint32(oleEnd), uint32(0))
	for i := range oleHeaderFATs {
		n := uint32(oleNoEntry)
		if i < fatSectors {
			n = uint32(i)
		}
		header = binary.LittleEndian.AppendUint32(header, n)
	}
	return le(header, fat, pad(directory, sector), miniFAT, content)
}

func oleDirectoryEntry(name string, kind byte, child, start uint32, size int) []byte {
	text := le(name, uint16(0))
	entry := append(text, make([]byte, 64-len(text))...)
	return le(entry, len(text), kind, byte(1), uint32(oleNoEntry), uint32(oleNoEntry), child, make([]byte, 36), start, uint32(size), uint32(0))
}

// Cells, by row, column and cell format.
func labelAt(row, col, shared int) xlsRecord {
	return xlsRecord{biffLabelSST, le(row, col, 0, uint32(shared))}
}

func numberAt(row, col, format int, value float64) xlsRecord {
	return xlsRecord{biffNumber, le(row, col, format, value)}
}

func formulaAt(row, col int, result []byte) xlsRecord {
	return xlsRecord{biffFormula, le(row, col, 0, result, 0, uint32(0), 0)}
}
