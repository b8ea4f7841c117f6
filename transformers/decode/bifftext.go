package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// biffReader reads the fields of a record. After the first error all fields are
// zero.
type biffReader struct {
	segments [][]byte
	err      error
}

var errBIFFShort = errors.New("the record is shorter than its fields")

// fill moves to the next segment where the current one is used up.
func (r *biffReader) fill() bool {
	for len(r.segments) > 0 && len(r.segments[0]) == 0 {
		r.segments = r.segments[1:]
	}
	return len(r.segments) > 0
}

// take returns n bytes, which may lie in two segments.
func (r *biffReader) take(n int) []byte {
	var raw []byte
	for r.err == nil && len(raw) < n {
		if !r.fill() {
			r.err = errBIFFShort
			return nil
		}
		some := min(n-len(raw), len(r.segments[0]))
		if raw == nil && some == n {
			raw = r.segments[0][:n]
		} else {
			raw = append(raw, r.segments[0][:some]...)
		}
		r.segments[0] = r.segments[0][some:]
	}
	return raw
}

func (r *biffReader) skip(n int) {
	for n > 0 && r.err == nil {
		if !r.fill() {
			r.err = errBIFFShort
			return
		}
		some := min(n, len(r.segments[0]))
		r.segments[0] = r.segments[0][some:]
		n -= some
	}
}

// remaining is how many bytes the current segment still has.
func (r *biffReader) remaining() int {
	if r.err != nil || len(r.segments) == 0 {
		return 0
	}
	return len(r.segments[0])
}

func (r *biffReader) u8() byte {
	if raw := r.take(1); r.err == nil {
		return raw[0]
	}
	return 0
}

func (r *biffReader) u16() uint16 {
	if raw := r.take(2); r.err == nil {
		return binary.LittleEndian.Uint16(raw)
	}
	return 0
}

func (r *biffReader) u32() uint32 {
	if raw := r.take(4); r.err == nil {
		return binary.LittleEndian.Uint32(raw)
	}
	return 0
}

func (r *biffReader) u64() uint64 {
	if raw := r.take(8); r.err == nil {
		return binary.LittleEndian.Uint64(raw)
	}
	return 0
}

func (r *biffReader) float() float64 { return math.Float64frombits(r.u64()) }

// Flags of a string of BIFF8.
const (
	biffWide     = 0x01 // two bytes a letter
	biffPhonetic = 0x04
	biffRich     = 0x08
)

// text reads a string, whose length takes two bytes where long is set.
func (b *biffBook) text(r *biffReader, long bool) (string, error) {
	length := 0
	if long {
		length = int(r.u16())
	} else {
		length = int(r.u8())
	}
	if b.version == biff5 {
		raw := r.take(length)
		if r.err != nil {
			return "", r.err
		}
		return b.decodePage(raw)
	}
	flags := r.u8()
	runs, phonetic := 0, 0
	if flags&biffRich != 0 {
		runs = int(r.u16())
	}
	if flags&biffPhonetic != 0 {
		phonetic = int(r.u32())
	}
	text := r.letters(length, flags&biffWide != 0)
	r.skip(4*runs + phonetic)
	if r.err == nil && strings.ContainsRune(text, utf8.RuneError) {
		return "", errors.New("a text holds half a letter or U+FFFD")
	}
	return text, r.err
}

// letters reads UTF-16, of which the high bytes are left out where it is not
// wide. Where a string goes on in another segment, that one says anew how wide
// its letters are.
func (r *biffReader) letters(count int, wide bool) string {
	units := make([]uint16, 0, min(count, 1<<12))
	for len(units) < count && r.err == nil {
		if len(r.segments) > 0 && len(r.segments[0]) == 0 {
			r.fill()
			wide = r.u8()&biffWide != 0
			continue
		}
		if wide {
			units = append(units, r.u16())
		} else {
			units = append(units, uint16(r.u8()))
		}
	}
	return string(utf16.Decode(units))
}

// Code pages of BIFF5.
const (
	pageUnstated = 0
	pageGBK      = 936
)

// decodePage decodes the text of a workbook before Unicode.
func (b *biffBook) decodePage(raw []byte) (string, error) {
	ascii := true
	for _, c := range raw {
		ascii = ascii && c < 0x80
	}
	if ascii {
		return string(raw), nil
	}
	if b.codePage != pageGBK && b.codePage != pageUnstated {
		return "", fmt.Errorf("a text in code page %d, which is not read", b.codePage)
	}
	var text strings.Builder
	if !GB18030.each(raw, func(r rune, _, _ int) { text.WriteRune(r) }) {
		return "", errors.New("a text is not valid in code page 936")
	}
	return text.String(), nil
}
