package decode

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The records of a BIFF5 or BIFF8 workbook that are read, after [MS-XLS].
const (
	biffFormula    = 0x0006
	biffEOF        = 0x000A
	biffDateMode   = 0x0022
	biffFilePass   = 0x002F
	biffContinue   = 0x003C
	biffCodePage   = 0x0042
	biffColInfo    = 0x007D
	biffBoundSheet = 0x0085
	biffMulRK      = 0x00BD
	biffRString    = 0x00D6
	biffXF         = 0x00E0
	biffMergeCells = 0x00E5
	biffSST        = 0x00FC
	biffLabelSST   = 0x00FD
	biffNumber     = 0x0203
	biffLabel      = 0x0204
	biffBoolErr    = 0x0205
	biffString     = 0x0207
	biffRow        = 0x0208
	biffRK         = 0x027E
	biffFormat     = 0x041E
	biffBOF        = 0x0809
)

// Versions and kinds of a BOF record.
const (
	biff5         = 0x0500
	biff8         = 0x0600
	biffGlobals   = 0x0005
	biffWorksheet = 0x0010
)

var (
	errBIFFCut       = errors.New("the workbook ends in the middle of a record")
	errBIFFEncrypted = errors.New("the workbook is encrypted")
)

// biffRecord is one record and the CONTINUE records behind it.
type biffRecord struct {
	id       uint16
	data     []byte
	segments [][]byte // data, and what continues it
}

// biffRecords walks the records of a workbook stream.
type biffRecords struct {
	stream []byte
	at     int
}

func (r *biffRecords) next() (biffRecord, error) {
	id, data, err := r.one()
	if err != nil {
		return biffRecord{}, err
	}
	record := biffRecord{id: id, data: data, segments: [][]byte{data}}
	for r.at+4 <= len(r.stream) && binary.LittleEndian.Uint16(r.stream[r.at:]) == biffContinue {
		_, more, err := r.one()
		if err != nil {
			return biffRecord{}, err
		}
		record.segments = append(record.segments, more)
	}
	return record, nil
}

func (r *biffRecords) one() (uint16, []byte, error) {
	if r.at+4 > len(r.stream) {
		return 0, nil, errBIFFCut
	}
	id, length := binary.LittleEndian.Uint16(r.stream[r.at:]), int(binary.LittleEndian.Uint16(r.stream[r.at+2:]))
	start := r.at + 4
	if start+length > len(r.stream) {
		return 0, nil, errBIFFCut
	}
	r.at = start + length
	return id, r.stream[start:r.at], nil
}

// biffCell is a cell with content.
type biffCell struct {
	row, col, xf uint16
	kind         biffKind
	text         string // of a number its shortest decimal
}

type biffKind uint8

const (
	biffText biffKind = iota
	biffNumberCell
	biffUncached // a formula whose value was not stored
)

// biffSheet is a worksheet.
type biffSheet struct {
	name          string
	offset        uint32
	hidden        bool
	cut           bool // its end is missing
	cells         []biffCell
	merges        []merge
	hiddenRows    map[uint16]bool
	hiddenColumns [maxSheetColumns]bool
	pending       int // index of the formula whose text comes next, -1 for none
}

// biffBook is a workbook.
type biffBook struct {
	version  uint16
	codePage uint16
	from1904 bool // dates count from 1904
	shared   []string
	formats  map[uint16]string // codes of number formats
	xfs      []uint16          // number format of each cell format
	sheets   []*biffSheet
	cells    int
}

// readBIFF reads the records of a workbook stream.
func readBIFF(stream []byte) (*biffBook, error) {
	b := &biffBook{formats: map[uint16]string{}}
	records := &biffRecords{stream: stream}
	first, err := records.next()
	if err != nil {
		return nil, err
	}
	if first.id != biffBOF || len(first.data) < 4 || binary.LittleEndian.Uint16(first.data[2:]) != biffGlobals {
		return nil, fmt.Errorf("the stream begins with record %#04x: a version of Excel before 5.0, or no workbook", first.id)
	}
	if b.version = binary.LittleEndian.Uint16(first.data); b.version != biff5 && b.version != biff8 {
		return nil, fmt.Errorf("version %#04x of the format is not read", b.version)
	}
	for {
		record, err := records.next()
		if err != nil {
			return nil, err
		}
		if record.id == biffEOF {
			break
		}
		if err := b.global(record); err != nil {
			return nil, err
		}
	}
	for _, sheet := range b.sheets {
		if err := b.readSheet(sheet, stream); err != nil {
			return nil, fmt.Errorf("sheet %q: %w", sheet.name, err)
		}
	}
	return b, nil
}

func (b *biffBook) global(record biffRecord) error {
	r := &biffReader{segments: record.segments}
	switch record.id {
	case biffFilePass:
		return errBIFFEncrypted
	case biffCodePage:
		b.codePage = r.u16()
	case biffDateMode:
		b.from1904 = r.u16() == 1
	case biffXF:
		r.u16()
		b.xfs = append(b.xfs, r.u16())
	case biffFormat:
		id := r.u16()
		code, err := b.text(r, b.version == biff8)
		if err != nil {
			return err
		}
		b.formats[id] = code
	case biffBoundSheet:
		offset, visibility, kind := r.u32(), r.u8(), r.u8()
		name, err := b.text(r, false)
		if err != nil {
			return err
		}
		if kind == 0 {
			b.sheets = append(b.sheets, &biffSheet{name: name, offset: offset, hidden: visibility&3 != 0, hiddenRows: map[uint16]bool{}, pending: -1})
		}
	case biffSST:
		return b.readShared(r)
	}
	return r.err
}

// readShared reads the table of shared strings.
func (b *biffBook) readShared(r *biffReader) error {
	r.u32()
	count := int(r.u32())
	for range count {
		text, err := b.text(r, true)
		if err != nil {
			return fmt.Errorf("reading shared string %d: %w", len(b.shared), err)
		}
		b.shared = append(b.shared, text)
	}
	return nil
}

// maxBIFFCells bounds the cells with content of a workbook.
const maxBIFFCells = 1_000_000

func (b *biffBook) readSheet(s *biffSheet, stream []byte) error {
	if int64(s.offset) >= int64(len(stream)) {
		s.cut = true
		return nil
	}
	records := &biffRecords{stream: stream, at: int(s.offset)}
	first, err := records.next()
	if err != nil {
		s.cut = true
		return nil
	}
	if first.id != biffBOF || len(first.data) < 4 {
		return errors.New("it does not begin where the directory of sheets says")
	}
	if binary.LittleEndian.Uint16(first.data[2:]) != biffWorksheet {
		return nil // a chart or a sheet of macros
	}
	for depth := 1; ; {
		record, err := records.next()
		switch {
		case err != nil:
			s.cut = true
			return nil
		case record.id == biffBOF:
			depth++
		case record.id == biffEOF:
			if depth--; depth == 0 {
				return nil
			}
		case depth == 1:
			before := len(s.cells)
			if err := b.sheetRecord(s, record); err != nil {
				return fmt.Errorf("record %#04x: %w", record.id, err)
			}
			if b.cells += len(s.cells) - before; b.cells > maxBIFFCells {
				return fmt.Errorf("the workbook has more than %d cells with content", maxBIFFCells)
			}
		}
	}
}

func (b *biffBook) sheetRecord(s *biffSheet, record biffRecord) error {
	r := &biffReader{segments: record.segments}
	switch record.id {
	case biffFilePass:
		return errBIFFEncrypted
	case biffRow:
		row := r.u16()
		r.skip(10)
		if r.u16()&0x20 != 0 && r.err == nil {
			s.hiddenRows[row] = true
		}
	case biffColInfo:
		from, to := r.u16(), r.u16()
		r.skip(4)
		if r.u16()&1 != 0 && r.err == nil {
			for i := int(from); i <= min(int(to), maxSheetColumns-1); i++ {
				s.hiddenColumns[i] = true
			}
		}
	case biffMergeCells:
		for range int(r.u16()) {
			top, bottom, left, right := r.u16(), r.u16(), r.u16(), r.u16()
			if r.err == nil && top <= bottom && left <= right {
				s.merges = append(s.merges, merge{uint32(top), uint32(bottom), left, right})
			}
		}
	default:
		return b.cellRecord(s, record.id, r)
	}
	return r.err
}

// inOrder returns the cells by row and column.
func (s *biffSheet) inOrder() []biffCell {
	slices.SortStableFunc(s.cells, func(a, b biffCell) int { return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.col, b.col)) })
	return s.cells
}

// isHidden reports whether a cell stands in a row or column that is not shown.
func (s *biffSheet) isHidden(c biffCell) bool {
	return s.hiddenRows[c.row] || c.col < maxSheetColumns && s.hiddenColumns[c.col]
}
