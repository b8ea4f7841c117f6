package recognise_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

func TestUnitsConvertExactly(t *testing.T) {
	r := builtIn(t)
	for _, test := range []struct {
		number, unit, to             string
		sign                         pipeline.Sign
		value, factor, half, refused string
	}{
		{"3,187,462", "万元", "亿元", 1, "318.7462", "0.0001", "0.00005", ""},
		{"361.42", "亿元", "亿元", 1, "361.42", "", "0.005", ""},
		{"17.6", "%", "%", -1, "-17.6", "", "0.05", ""},
		{"-17.6", "%", "%", -1, "17.6", "", "0.05", ""},
		{"342718", "人", "万人", 1, "34.2718", "0.0001", "0.00005", ""},
		{"0.36", "万人", "人", 1, "3600", "10000", "50", ""},
		{"1.2", "倍", "%", 1, "120", "100", "5", ""},
		{"31268", "户", "万户", 1, "3.1268", "0.0001", "0.00005", ""},
		{"196400", "元/人", "万元/人", 1, "19.64", "0.0001", "0.00005", ""},
		{"19.64", "万元", "万元/人", 1, "19.64", "", "0.005", ""},
		{"105371", "元/人", "元", 1, "105371", "", "0.5", ""},
		{"873", "件", "件/万户", 1, "873", "", "0.5", ""},
		{"3462", "台", "万台", 1, "0.3462", "0.0001", "0.00005", ""},
		{"123456789.12", "元", "亿元", 1, "1.2345678912", "0.00000001", "0.0000000001", ""},
		{"0.123", "元", "亿元", 1, "", "", "", "inexact_conversion"},
		{"2.1", "万亩", "公顷", 1, "", "", "", "inexact_conversion"},
		{"35.56", "千公顷", "公顷", 1, "35560", "1000", "5", ""},
		{"2", "亿斤", "万吨", 1, "10", "5", "2.5", ""},
		{"0.87", "百分点", "%", 1, "", "", "", "incompatible_unit"},
		{"4.36", "‰", "%", 1, "", "", "", "incompatible_unit"},
		{"4.36", "万元", "人", 1, "", "", "", "incompatible_unit"},
		{"105371", "元/人", "亿元", 1, "", "", "", "incompatible_unit"},
		{"8", "美元", "元", 1, "", "", "", "incompatible_unit"},
		{"8", "元", "两", 1, "", "", "", "unknown_unit"},
	} {
		number, err := recognise.ParseNumber(test.number)
		if err != nil {
			t.Fatal(err)
		}
		unit, ok := r.Unit(test.unit)
		if !ok {
			t.Fatalf("the unit %s is unknown", test.unit)
		}
		got, reason := r.Convert(number, unit, test.sign, test.to)
		want := recognise.Converted{Value: test.value, Factor: test.factor, HalfWidth: test.half}
		if got != want || string(reason) != test.refused {
			t.Errorf("%s %s in %s: got %+v %q, want %+v %q", test.number, test.unit, test.to, got, reason, want, test.refused)
		}
	}
}

func TestEveryUnitOfTheCatalogueIsKnown(t *testing.T) {
	r := builtIn(t)
	rules, _ := loaded()
	for _, indicator := range rules.Indicators {
		if _, ok := r.Unit(indicator.Unit); !ok && indicator.Code != "" {
			t.Errorf("%s: the unit %s is unknown", indicator.Code, indicator.Unit)
		}
	}
}

// TestConvertingThereAndBackGivesTheSameNumber converts a number to a smaller
// unit and back.
func TestConvertingThereAndBackGivesTheSameNumber(t *testing.T) {
	r := builtIn(t)
	pairs := [][2]string{{"亿元", "万元"}, {"万元", "元"}, {"万人", "人"}, {"万户", "户"}, {"千公顷", "公顷"}, {"万吨", "吨"}, {"亿元", "元"}}
	rapid.Check(t, func(t *rapid.T) {
		pair := rapid.SampledFrom(pairs).Draw(t, "pair")
		number, err := recognise.ParseNumber(rapid.StringMatching(`-?[1-9][0-9]{0,9}(\.[0-9]{1,2})?`).Draw(t, "number"))
		if err != nil {
			t.Fatal(err)
		}
		large, _ := r.Unit(pair[0])
		small, _ := r.Unit(pair[1])
		there, reason := r.Convert(number, large, pipeline.Plus, pair[1])
		if reason != "" {
			t.Fatal(reason)
		}
		middle, err := recognise.ParseNumber(there.Value)
		if err != nil {
			t.Fatal(err)
		}
		back, reason := r.Convert(middle, small, pipeline.Plus, pair[0])
		if reason != "" || back.Value != number.Decimal {
			t.Fatalf("%s → %s → %s (%s)", number.Decimal, there.Value, back.Value, reason)
		}
	})
}

func TestUnitsAtTheStartOfText(t *testing.T) {
	r := builtIn(t)
	for _, test := range []struct {
		text, symbol, printed string
	}{
		{"亿元，增长", "亿元", "亿元"},
		{" 万 元", "万元", " 万 元"},
		{"％、", "%", "％"},
		{"个百分点", "百分点", "个百分点"},
		{"个千分点", "千分点", "个千分点"},
		{"元/人；", "元/人", "元/人"},
		{"人次，", "人次", "人次"},
		{"万人次", "万人次", "万人次"},
		{"倍。", "倍", "倍"},
		{"元/平方米", "元/平方米", "元/平方米"},
		{"吨标准煤/万元", "吨标准煤/万元", "吨标准煤/万元"},
		{"元/某物", "", ""},
		{"人民币", "", ""},
		{"个月", "个月", "个月"},
		{"分别增长", "", ""},
		{"次产业", "", ""},
		{"亿", "", ""},
		{"家庭", "", ""},
		{"月", "", ""},
		{"", "", ""},
	} {
		unit, length, ok := r.LeadingUnit(test.text)
		if ok != (test.symbol != "") || unit.Symbol != test.symbol || test.text[:length] != test.printed {
			t.Errorf("%q: got %q at %d, want %q", test.text, unit.Symbol, length, test.symbol)
		}
	}
	for text, symbol := range map[string]string{"（亿元）": "亿元", "单位：万元": "万元", "(单位：人)": "人", "％": "%", "计量单位：户": "户", "台（套）": "台", "亿元、%": ""} {
		unit, ok := r.Unit(text)
		if ok != (symbol != "") || unit.Symbol != symbol {
			t.Errorf("%q: got %q, want %q", text, unit.Symbol, symbol)
		}
	}
}

func TestTextsInTheStandOfANumber(t *testing.T) {
	r := builtIn(t)
	for text, want := range map[string]pipeline.Flag{
		"": pipeline.FlagNotAvailable, "—": pipeline.FlagNotApplicable, "－": pipeline.FlagNotApplicable, "-": pipeline.FlagNotApplicable,
		"…": pipeline.FlagNotAvailable, "……": pipeline.FlagNotAvailable, " 无 ": pipeline.FlagNotAvailable, "（x）": pipeline.FlagSuppressed,
		"0": "", "零": "", "约": "", "略": "",
	} {
		got, ok := r.Absent(text)
		if got != want || ok != (want != "") {
			t.Errorf("%q: got %q %v, want %q", text, got, ok, want)
		}
	}
}

func TestAmbiguousRulesDoNotCompile(t *testing.T) {
	for name, test := range map[string]struct {
		rules pipeline.Rules
		want  string
	}{
		"one name of two indicators": {pipeline.Rules{Indicators: []pipeline.Indicator{{Code: "a", NameZH: "总值"}, {Code: "b", NameZH: "总 值"}}}, "also a name of"},
		"one name of two units":      {pipeline.Rules{Units: []pipeline.Unit{{Symbol: "元", Factor: "1"}, {Symbol: "块", Aliases: []string{"元"}, Factor: "1"}}}, "also a name of"},
		"a factor that is none":      {pipeline.Rules{Units: []pipeline.Unit{{Symbol: "元", Factor: "x"}}}, "no exact number"},
		"one label of two codes":     {pipeline.Rules{Source: pipeline.SourceRules{Labels: map[string]string{"总值": "a", "总 值": "b"}}}, "is both"},
	} {
		if _, err := recognise.Compile(&test.rules); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
