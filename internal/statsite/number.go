package statsite

import (
	"fmt"
	"strings"
)

// quantity is an exact number in a unit of the catalogue: digits × 10^-scale.
type quantity struct {
	digits int64
	scale  int
}

// printed is a number as a document shows it, beside the value that it stands for.
type printed struct {
	text  string // without unit and without sign where a verb carries the sign
	unit  string // as printed: 亿元, 万元, 万人, %, or empty
	value string // exact decimal in the catalogue's unit, sign applied
}

// show prints a quantity with so many decimals, rounding half away from zero.
func (q quantity) show(decimals int) string {
	cut := int64(1)
	for range q.scale - decimals {
		cut *= 10
	}
	return fixed(divideRounding(q.digits, cut), min(decimals, q.scale))
}

// inYiYuan prints an amount of 万元 in 亿元 with two decimals.
func inYiYuan(wan int64) printed {
	text := quantity{wan, 4}.show(2)
	return printed{text: text, unit: "亿元", value: text}
}

// inWanYuan prints an amount of 万元 as it is, with thousands separators.
func inWanYuan(wan int64) printed {
	return printed{text: grouped(wan), unit: "万元", value: fixed(wan, 4)}
}

// inWanRen prints persons in 万人 with two decimals.
func inWanRen(persons int64) printed {
	text := quantity{persons, 4}.show(2)
	return printed{text: text, unit: "万人", value: text}
}

// asShare prints tenths of a percent as a member of a ratio, without its sign of percent.
func asShare(tenths int64) printed {
	return printed{text: fixed(tenths, 1), value: fixed(tenths, 1)}
}

// asGrowth prints tenths of a percent behind a verb that carries the sign.
func asGrowth(tenths int64) printed {
	return printed{text: fixed(max(tenths, -tenths), 1), unit: "%", value: fixed(tenths, 1)}
}

// fixed writes n × 10^-decimals: fixed(-123, 2) is "-1.23".
func fixed(n int64, decimals int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	text := fmt.Sprintf("%0*d", decimals+1, n)
	if decimals == 0 {
		return sign + text
	}
	return sign + text[:len(text)-decimals] + "." + text[len(text)-decimals:]
}

// grouped writes a whole number with thousands separators.
func grouped(n int64) string {
	text := fixed(n, 0)
	var out strings.Builder
	for i, digit := range text {
		if i > 0 && (len(text)-i)%3 == 0 && text[i-1] != '-' {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}
	return out.String()
}

// divideRounding divides by a positive number and rounds half away from zero, as the publishers do.
func divideRounding(n, by int64) int64 {
	if n < 0 {
		return -divideRounding(-n, by)
	}
	return (2*n + by) / (2 * by)
}
