package decode

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// cellRecord reads the records that hold cells.
func (b *biffBook) cellRecord(s *biffSheet, id uint16, r *biffReader) error {
	switch id {
	case biffNumber, biffRK, biffMulRK, biffLabel, biffRString, biffLabelSST, biffFormula, biffBoolErr:
	case biffString:
		if s.pending >= 0 {
			text, err := b.text(r, true)
			if err != nil {
				return err
			}
			s.cells[s.pending].text, s.cells[s.pending].kind = text, biffText
			s.pending = -1
		}
		return nil
	default:
		return nil
	}
	s.pending = -1
	c := biffCell{row: r.u16(), col: r.u16()}
	if id == biffMulRK {
		return s.addMulRK(c, r)
	}
	c.xf = r.u16()
	var err error
	switch id {
	case biffNumber:
		c.setNumber(r.float())
	case biffRK:
		c.setNumber(rkNumber(r.u32()))
	case biffLabel, biffRString:
		c.text, err = b.text(r, true)
	case biffLabelSST:
		i := r.u32()
		if r.err == nil && int64(i) >= int64(len(b.shared)) {
			return fmt.Errorf("shared string %d of %d", i, len(b.shared))
		}
		if r.err == nil {
			c.text = b.shared[i]
		}
	case biffFormula:
		b.setFormula(s, &c, r)
	case biffBoolErr:
		c.setTruth(r.u8(), r.u8() != 0)
	}
	if err == nil && r.err == nil {
		s.cells = append(s.cells, c)
	}
	return errors.Join(err, r.err)
}

func (s *biffSheet) addMulRK(c biffCell, r *biffReader) error {
	for r.remaining() >= 8 {
		c.xf = r.u16()
		c.setNumber(rkNumber(r.u32()))
		s.cells = append(s.cells, c)
		c.col++
	}
	return r.err
}

func (c *biffCell) setNumber(value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		c.text = "#NUM!"
		return
	}
	c.kind, c.text = biffNumberCell, strconv.FormatFloat(value, 'f', -1, 64)
}

// setFormula takes the value that was calculated when the file was saved. A
// stored 0 is what programs write that never calculate, so it is no value.
func (b *biffBook) setFormula(s *biffSheet, c *biffCell, r *biffReader) {
	raw := r.u64()
	if raw>>48 != 0xFFFF {
		if c.setNumber(math.Float64frombits(raw)); c.kind == biffNumberCell && (c.text == "0" || c.text == "-0") {
			c.kind, c.text = biffUncached, "#N/C!"
		}
		return
	}
	switch byte(raw) {
	case 0: // the text is in the STRING record that comes next
		c.kind, c.text = biffUncached, "#N/C!"
		s.pending = len(s.cells)
	case 1:
		c.setTruth(byte(raw>>16), false)
	case 2:
		c.setTruth(byte(raw>>16), true)
	}
}

// setTruth takes a truth value or the number of an error.
func (c *biffCell) setTruth(value byte, isError bool) {
	switch {
	case !isError && value == 0:
		c.text = "FALSE"
	case !isError:
		c.text = "TRUE"
	case value == 0x07:
		c.text = "#DIV/0!"
	case value == 0x2A:
		c.text = "#N/A"
	default:
		c.text = "#VALUE!"
	}
}

// rkNumber decodes a number that was packed into 30 bits.
func rkNumber(rk uint32) float64 {
	value := math.Float64frombits(uint64(rk&^3) << 32)
	if rk&2 != 0 {
		value = float64(int32(rk) >> 2)
	}
	if rk&1 != 0 {
		value /= 100
	}
	return value
}
