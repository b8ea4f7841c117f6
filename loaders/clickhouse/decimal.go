package clickhouse

import (
	"encoding/binary"
	"math/bits"
)

// places are the decimals of the tables' numbers.
const places = 10

var powersOfTen = [places + 1]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10}

// appendDecimal appends an exact decimal that pipeline.CheckDecimal lets pass as
// Decimal(38, 10): the number × 10¹⁰ in 128 bits of two's complement.
func appendDecimal(out []byte, text string) []byte {
	var high, low uint64
	left := places
	negative, pointed := false, false
	for i := range len(text) {
		switch c := text[i]; c {
		case '-':
			negative = true
		case '.':
			pointed = true
		default:
			high, low = timesPlus(high, low, 10, uint64(c-'0'))
			if pointed {
				left--
			}
		}
	}
	high, low = timesPlus(high, low, powersOfTen[left], 0)
	if negative {
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	out = binary.LittleEndian.AppendUint64(out, low)
	return binary.LittleEndian.AppendUint64(out, high)
}

// timesPlus is a × factor + summand, for results of at most 128 bits.
func timesPlus(high, low, factor, summand uint64) (uint64, uint64) {
	carried, low := bits.Mul64(low, factor)
	low, carry := bits.Add64(low, summand, 0)
	return high*factor + carried + carry, low
}
