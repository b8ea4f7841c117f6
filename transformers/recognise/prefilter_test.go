package recognise

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

// pieced draws a text that is put together from pieces, some of them cut short.
func pieced(t *rapid.T, pieces ...string) string {
	var b strings.Builder
	for range rapid.IntRange(0, 12).Draw(t, "pieces") {
		piece := []rune(pieces[rapid.IntRange(0, len(pieces)-1).Draw(t, "piece")])
		b.WriteString(string(piece[:rapid.IntRange(1, len(piece)).Draw(t, "letters")]))
	}
	return b.String()
}

// What is passed over before a pattern or a reader is asked must be nothing that
// it would find.

func TestNoListIsPassedOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := pieced(t, "第一产业、第二产业增加值", "第一、二、三产业", "一和二产业", "三次产业增加值同比分别", "三大产业增加值分别", "一二三产业结构", "一、二、三次产业比重",
			"城乡居民人均可支配收入分别", "城乡常住居民", "城镇常住居民、农村居民人均可支配收入", "城镇和农村常住居民人均可支配收入", "占全市一般公共预算收入的比重", "占地方一般公共预算收入",
			"占GDP的比重", "产业", "增加值", "分别", "、", "5")
		kinds := mayHold([]rune(text))
		for _, p := range listPatterns {
			if kinds&p.kind == 0 && p.pattern.MatchString(text) {
				t.Fatalf("%q holds a list of kind %d that is passed over", text, p.kind)
			}
		}
	})
}

func TestNoTimeIsPassedOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		runes := fold(pieced(t, "2024年", "二〇二四年", "一季度", "第三季度", "前三季度", "前8个月", "1—8月", "一至三月", "十一月", "十二月末", "上半年", "今年以来", "去年同期",
			"截至", "年末", "月初", "十四五", "本年度", "上一年", "同期", "前年", "两年", "1", "O", "~", "-", "增长")).compact().runes
		for i := range runes {
			if _, end, ok := readTime(runes, i); ok && end > i && nextTime(runes, i) != i {
				if isDigit(runes[i]) && i > 0 && isDigit(runes[i-1]) {
					continue // inside a longer number
				}
				t.Fatalf("%q: the time %q is passed over", string(runes), string(runes[i:end]))
			}
		}
	})
}

func TestNoNameIsPassedOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.RuneFrom([]rune("元亩𠀀A"))
		shortest := rapid.IntRange(1, 3).Draw(t, "shortest")
		names := rapid.SliceOfN(rapid.StringOfN(letters, shortest, 4, -1), 1, 4).Draw(t, "names")
		tree := trieOf(names...)
		runes := []rune(rapid.StringOfN(letters, 0, 20, -1).Draw(t, "text"))
		for i := range runes {
			if value, _ := tree.longest(runes[i:]); value >= 0 && (!tree.starts(runes[i]) || !tree.goesOn(runes, i)) {
				t.Fatalf("%q of %q is passed over at %d", string(runes), names, i)
			}
		}
	})
}

func TestUnitsReadInPlainTextAreThoseReadInAnyText(t *testing.T) {
	units, err := compileUnits([]pipeline.Unit{{Symbol: "元", Factor: "1"}, {Symbol: "亿元", Factor: "1"}, {Symbol: "万元/人", Factor: "1"}, {Symbol: "人", Factor: "1"}, {Symbol: "个", Factor: "1"},
		{Symbol: "%", Factor: "1"}, {Symbol: "万吨", Factor: "1"}, {Symbol: "人次", Factor: "1"}})
	if err != nil {
		t.Fatal(err)
	}
	plain, any := &Recogniser{units: units}, &Recogniser{units: units}
	rapid.Check(t, func(t *rapid.T) {
		text := pieced(t, "亿元", "元", "万元/人", "人民币", "人次", "个百分点", "个体户", "％", "%", "万吨公里", "，", "。", "（含", "[1]", " ", "\u200b", "增长", "ａ")
		_, length, ok := plain.LeadingUnit(text)
		// A space in front changes nothing but that the text is not plain.
		_, spaced, okSpaced := any.LeadingUnit(" " + text)
		if ok != okSpaced || ok && length != spaced-1 {
			t.Fatalf("%q: a unit of %d bytes (%t), behind a space one of %d (%t)", text, length, ok, spaced, okSpaced)
		}
	})
}
