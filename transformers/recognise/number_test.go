package recognise_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

func TestPrintedNumbersAreReadExactly(t *testing.T) {
	for _, test := range []struct {
		text, decimal string
		decimals      uint8
		negative      bool
	}{
		{"361.42", "361.42", 2, false},
		{"3.40", "3.4", 2, false},
		{"0.0", "0", 1, false},
		{"-0.0", "0", 1, true},
		{"3,187,462", "3187462", 0, false},
		{"1,234.5", "1234.5", 1, false},
		{"１２３.４", "123.4", 1, false},
		{"３０８．２７", "308.27", 2, false},
		{"１，２３４", "1234", 0, false},
		{"－12.9", "-12.9", 1, true},
		{"−4.8", "-4.8", 1, true},
		{"﹣4.8", "-4.8", 1, true},
		{"–4.8", "-4.8", 1, true},
		{"- 9.7", "-9.7", 1, true},
		{"+2.1", "2.1", 1, false},
		{" 　12 .3 ", "12.3", 1, false},
		{"007", "7", 0, false},
		{"2313①", "2313", 0, false},
		{"2313[2]", "2313", 0, false},
	} {
		n, err := recognise.ParseNumber(test.text)
		if err != nil || n.Decimal != test.decimal || n.Decimals != test.decimals || n.Negative != test.negative {
			t.Errorf("%q: got %+v %v, want %s with %d decimals", test.text, n, err, test.decimal, test.decimals)
		}
	}
}

func TestWhatIsNoPrintedNumberIsRefused(t *testing.T) {
	for _, text := range []string{"", " ", "—", "-", "…", "1.2.3", "1,23", "12,34,567", "1234,567", "1e5", "1 234", "55.72 58.36", "12%", "4.5:3",
		".5", "5.", "--3", "3-", "①", "五", "㎡", "2024年", "1,234,", strings.Repeat("9", 29)} {
		if n, err := recognise.ParseNumber(text); err == nil {
			t.Errorf("%q is read as %+v", text, n)
		}
	}
}

func TestNumbersInRunningText(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"地区生产总值[2]2313亿元", "2313"},
		{"地区生产总值（1）2313亿元", "2313"},
		{"自然增长率-3.13‰", "-3.13"},
		{"贡献率5.3∶−31.2∶125.9", "5.3 -31.2 125.9"},
		{"1-8月份增长3.6%", "1 8 3.6"},
		{"2020-2024年", "2020 2024"},
		{"增长2.6%-3.1%", "2.6 3.1"},
		{"第5-7名", "5 7"},
		{"收入2,917元，3188人", "2917 3188"},
		{"４．５％、５７．６％和３７．９％", "4.5 57.6 37.9"},
		{"下降１，２３４元", "1234"},
		{"增长5.3%，1234户", "5.3 1234"},
		{"2024.4.18", "!"},
		{"利润总额−32618万元", "-32618"},
		{"晋ICP备05-1", "5 1"},
		{"面积5㎡", "5"},
		{"无数字", ""},
	} {
		var got []string
		for _, n := range recognise.FindNumbers(test.text) {
			if n.Number.Text != test.text[n.Start:n.End] {
				t.Errorf("%q: text %q is not at %d–%d", test.text, n.Number.Text, n.Start, n.End)
			}
			if n.Malformed {
				got = append(got, "!")
			} else {
				got = append(got, n.Number.Decimal)
			}
		}
		if joined := strings.Join(got, " "); joined != test.want {
			t.Errorf("%q: got %s, want %s", test.text, joined, test.want)
		}
	}
}

// TestNumbersPrintedInAnyFormReadTheSame prints a number with separators and in
// full width and reads it back.
func TestNumbersPrintedInAnyFormReadTheSame(t *testing.T) {
	wide := strings.NewReplacer("0", "０", "1", "１", "2", "２", "3", "３", "4", "４", "5", "５", "6", "６", "7", "７", "8", "８", "9", "９", ".", "．", ",", "，", "-", "－")
	rapid.Check(t, func(t *rapid.T) {
		integer := rapid.StringMatching(`[1-9][0-9]{0,11}`).Draw(t, "integer")
		fraction := rapid.StringMatching(`[0-9]{0,5}`).Draw(t, "fraction")
		sign := rapid.SampledFrom([]string{"", "-"}).Draw(t, "sign")
		grouped := integer
		for i := len(integer) - 3; i > 0; i -= 3 {
			grouped = grouped[:i] + "," + grouped[i:]
		}
		tail := ""
		if fraction != "" {
			tail = "." + fraction
		}
		want, err := recognise.ParseNumber(sign + integer + tail)
		if err != nil {
			t.Fatal(err)
		}
		if err := pipeline.CheckDecimal(want.Decimal); err != nil {
			t.Fatal(err)
		}
		for _, printed := range []string{sign + grouped + tail, wide.Replace(sign + grouped + tail), wide.Replace(sign + integer + tail)} {
			got, err := recognise.ParseNumber(printed)
			if err != nil || got.Decimal != want.Decimal || got.Decimals != want.Decimals || int(got.Decimals) != len(fraction) {
				t.Fatalf("%q: got %+v %v, want %+v", printed, got, err, want)
			}
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{"361.42", "３，１８７．５", "-4.8①", "1.2.3", "\xff1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := recognise.ParseNumber(text); err == nil {
			if err := pipeline.CheckDecimal(n.Decimal); err != nil && n.Decimals <= 10 {
				t.Errorf("%q: %v", text, err)
			}
		}
		last := 0
		for _, n := range recognise.FindNumbers(text) {
			if n.Start < last || n.End <= n.Start || n.End > len(text) {
				t.Fatalf("%q: place %d–%d behind %d", text, n.Start, n.End, last)
			}
			last = n.End
		}
	})
}
