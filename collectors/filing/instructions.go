package filing

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// usualLetter is the text of the covering letter; {unit}, {cells} and {on} are filled
// in.
const usualLetter = `{unit}：
为建立质量强县基线数据，减轻基层填报负担，凡公开渠道已有、国家平台已填的数据一律不再重复收集。截至 {on}，尚有 {cells} 项数据只有贵单位掌握，请协助提供。
请在“数据”工作表的黄色单元格内填写后，将本工作簿原样发回。不掌握的请留空或选择“未掌握”，不会因此被催报或通报。

To {unit}: what public channels and the national platform already have is not asked again. On {on}, {cells} numbers were missing that only your unit has. Please fill in the yellow cells of the sheet “数据” and send this workbook back. What you do not have may stay blank.`

// rules are how the form is filled in.
var rules = []string{
	"只填数字，不带单位，单位已写在表头；千分位逗号和全角数字都可以。 Numbers only: the unit is in the head.",
	"零请填 0；留空表示不知道，不等于零。 Zero is 0; blank is not known, and not zero.",
	"没有这类事项的，在“情况”栏选“不适用”；有而不掌握的选“未掌握”。 Choose 不适用 if there is no such thing, 未掌握 if you do not have the number.",
	"超出通常范围的数字可以填，请在“说明”栏写一句原因。 Unusual numbers are accepted with a reason.",
	"请粘贴数值，不要填公式；公式的结果不会被采用。 Paste values: results of formulas are not taken.",
	"可以调整行的顺序、增加列、筛选；请不要改动表头和县名，不要合并单元格。 Rows may be moved and columns added; please leave heads and names as they are.",
	"灰色单元格不需要填写。更正已报送的数据时，改成正确的数字重新报送即可，以最后一次为准。 To correct a number, file again: the last one counts.",
}

// instructions fills the first sheet: the letter, the rules, and a line for each
// indicator.
func (m *maker) instructions() {
	f, r := m.file, m.request
	for i, width := range []float64{34, 44, 12, 18, 12} {
		name, err := excelize.ColumnNumberToName(1 + i)
		m.try(err)
		m.try(f.SetColWidth(instructionSheet, name, name, width))
	}
	row := 1
	line := func(style int, text string) {
		m.set(instructionSheet, 1, row, style, text)
		m.try(f.MergeCell(instructionSheet, fmt.Sprintf("A%d", row), fmt.Sprintf("E%d", row)))
		m.try(f.SetRowHeight(instructionSheet, row, heightOf(text)))
		row++
	}
	line(m.style.title, "质量强县数据填报说明 · How to fill in this form")
	letter := r.Letter
	if letter == "" {
		letter = usualLetter
	}
	line(m.style.text, strings.NewReplacer("{unit}", r.Unit, "{cells}", fmt.Sprint(len(m.layout.asked)), "{on}", r.On.String()).Replace(letter))
	if r.Contact != "" {
		line(m.style.text, "联系人 · contact："+r.Contact)
	}
	line(m.style.strong, "填写办法 · Rules")
	for i, rule := range rules {
		line(m.style.text, fmt.Sprintf("%d. %s", i+1, rule))
	}
	line(m.style.strong, "指标 · Indicators")
	for i, head := range []string{"指标", "Indicator", "单位", "通常范围（县、全年）", "待填格数"} {
		m.set(instructionSheet, 1+i, row, m.style.head, head)
	}
	row++
	for i := range m.layout.columns {
		c := &m.layout.columns[i]
		cells := 0
		for _, formRow := range m.layout.rows {
			if m.layout.asked[askedKey(formRow, c)] {
				cells++
			}
		}
		for part, text := range []string{c.beside(""), c.indicator.NameEN, c.indicator.Unit, rangeOf(c.indicator), fmt.Sprint(cells)} {
			m.set(instructionSheet, 1+part, row, m.style.label, text)
		}
		row++
	}
}

// heightOf guesses how high a row has to be for a text over the width of the sheet.
func heightOf(text string) float64 {
	const letters, line = 58, 17.0
	lines := 0
	for part := range strings.SplitSeq(text, "\n") {
		width := 0
		for _, r := range part {
			if width++; r < 0x2E80 {
				width-- // Latin letters are half as wide
			}
		}
		latin := len([]rune(part)) - width
		lines += 1 + (width+latin/2)/letters
	}
	return line * float64(lines)
}
