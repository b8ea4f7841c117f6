package supplement

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

func TestNumbersAreTakenAsPeopleTypeThem(t *testing.T) {
	tests := []struct{ name, typed, unit, want string }{
		{"digits", "12", "家", "12"},
		{"decimals stay as typed", "12.50", "亿元", "12.50"},
		{"digits of full width", "１２．５", "亿元", "12.5"},
		{"thousands separators", "1,234,567", "家", "1234567"},
		{"thousands separators of full width", "1，234.5", "亿元", "1234.5"},
		{"spaces around", " 　12 ", "家", "12"},
		{"the unit behind it", "12家", "家", "12"},
		{"the unit behind a space", "12 万件", "万件", "12"},
		{"percent where the unit is percent", "99.5％", "%", "99.5"},
		{"a minus", "-3.2", "%", "-3.2"},
		{"a minus of full width", "－3", "%", "-3"},
		{"a typographic minus", "−3", "%", "-3"},
		{"a plus", "+3", "%", "3"},
		{"zero", "0", "家", "0"},
		{"zero with decimals", "0.00", "亿元", "0.00"},
		{"minus zero is zero", "-0.0", "%", "0.0"},
		{"a Chinese full stop for the point", "12。5", "亿元", "12.5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseNumber(test.typed, test.unit)
			if err != nil || got != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
		})
	}
}

func TestNonsenseIsRefusedWithWords(t *testing.T) {
	tests := []struct{ name, typed, words string }{
		{"blank", " ", "没有数字"},
		{"only a unit", "家", "没有数字"},
		{"Chinese digits", "十二", "阿拉伯数字"},
		{"another unit's letters", "12万", "阿拉伯数字"},
		{"about", "约12", "确定的数"},
		{"a range", "12-15", "负号"},
		{"percent where the unit is none", "12%", "不是 %"},
		{"two points", "1.2.3", "两个小数点"},
		{"a comma for a point", "12,5", "逗号"},
		{"commas at other places", "1,23,456", "逗号"},
		{"a comma behind the point", "1.234,5", "逗号"},
		{"scientific notation", "1e5", "科学记数法"},
		{"a space within", "1 234", "空格"},
		{"letters", "abc", "只能填数字"},
		{"a formula", "=1+2", "只能填数字"},
		{"a superfluous zero", "012", "开头多了 0"},
		{"no digit behind the point", "12.", "小数点前后"},
		{"too many decimals", "0.12345678901", "位数太多"},
		{"far too long", strings.Repeat("1", 300), "太长"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseNumber(test.typed, "家")
			var p *Problem
			if !errors.As(err, &p) || !strings.Contains(p.Words.ZH, test.words) || p.Words.EN == "" {
				t.Errorf("got %q (%v), want words with %q", got, err, test.words)
			}
		})
	}
}

func TestEveryDecimalIsTakenExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		integer := rapid.StringMatching(`0|[1-9][0-9]{0,20}`).Draw(t, "integer")
		fraction := rapid.StringMatching(`(\.[0-9]{1,10})?`).Draw(t, "fraction")
		sign := rapid.SampledFrom([]string{"", "-"}).Draw(t, "sign")
		typed := sign + group(integer) + fraction
		if rapid.Bool().Draw(t, "wide") {
			typed = strings.Map(func(r rune) rune { return r - '!' + '！' }, typed)
		}
		got, err := ParseNumber(typed, "亿元")
		if err != nil {
			t.Fatalf("%q: %v", typed, err)
		}
		want, _ := new(big.Rat).SetString(sign + integer + fraction)
		if rational(got).Cmp(want) != 0 {
			t.Fatalf("%q became %s", typed, got)
		}
		if strings.TrimPrefix(fraction, ".") != strings.TrimPrefix(got[strings.IndexAny(got+".", "."):], ".") {
			t.Fatalf("%q lost decimals: %s", typed, got)
		}
		if err := pipeline.CheckDecimal(Canonical(got)); err != nil {
			t.Fatal(err)
		}
	})
}

func group(integer string) string {
	for i := len(integer) - 3; i > 0; i -= 3 {
		integer = integer[:i] + "," + integer[i:]
	}
	return integer
}

func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{"12", "１，２３４．５", "-0", "1e5", "\xff", "12家"} {
		f.Add(seed, "家")
	}
	f.Fuzz(func(t *testing.T, typed, unit string) {
		number, err := ParseNumber(typed, unit)
		if err == nil && (pipeline.CheckDecimal(Canonical(number)) != nil || strings.ContainsAny(number, ",+ ")) {
			t.Errorf("%q became %q", typed, number)
		}
	})
}
