package supplement

import (
	"strings"
	"unicode"

	"zhibiao/pipeline"
)

// maxTyped bounds what is looked at as a number, in bytes.
const maxTyped = 200

// ParseNumber reads a number as people type it: digits and points of either width,
// thousands separators at their places, a sign, spaces around, and the cell's unit
// behind it. The result is a plain decimal with the decimals that were typed (12.50);
// pipeline.CheckDecimal's limits hold. What it cannot take it explains.
func ParseNumber(typed, unit string) (string, error) {
	if len(typed) > maxTyped {
		return "", bad("太长，请只填一个数", "it is too long: type one number")
	}
	text := narrow(strings.TrimFunc(typed, isSpace))
	text = strings.TrimFunc(strings.TrimSuffix(text, narrow(unit)), isSpace)
	sign := ""
	if rest, minus := strings.CutPrefix(text, "-"); minus {
		sign, text = "-", rest
	} else {
		text = strings.TrimPrefix(text, "+")
	}
	if text == "" {
		return "", bad("没有数字；不知道请留空，或选“未掌握”", "there is no digit; leave it blank, or say that it is not available")
	}
	if err := wrongLetters(text); err != nil {
		return "", err
	}
	integer, fraction, hasPoint := strings.Cut(text, ".")
	switch {
	case strings.Contains(fraction, "."):
		return "", bad("有两个小数点", "it has two points")
	case hasPoint && (integer == "" || fraction == ""):
		return "", bad("小数点前后都要有数字，例如 0.5", "digits are needed on both sides of the point, such as 0.5")
	case strings.Contains(fraction, ","):
		return "", bad("千分位逗号不能在小数点之后", "a thousands separator cannot stand behind the point")
	}
	integer, err := ungroup(integer)
	if err != nil {
		return "", err
	}
	if len(integer) > 1 && integer[0] == '0' {
		return "", bad("开头多了 0，请核对", "it begins with a superfluous zero: check it")
	}
	number := sign + integer
	if hasPoint {
		number += "." + fraction
	}
	if err := pipeline.CheckDecimal(Canonical(number)); err != nil {
		return "", bad("位数太多：小数点前最多 28 位，后最多 10 位", "it has too many digits: at most 28 before and 10 after the point")
	}
	if isZero(number) {
		number = strings.TrimPrefix(number, "-")
	}
	return number, nil
}

func bad(zh, en string) *Problem { return problem(Invalid, zh, en) }

// narrow makes letters of full width and look-alikes of signs those of ASCII.
func narrow(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '−', '﹣', '–', '－':
			return '-'
		case '，', '､':
			return ','
		case '．', '。':
			return '.'
		}
		if r >= '！' && r <= '～' {
			return r - '！' + '!'
		}
		return r
	}, text)
}

func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '\u2060'
}

func isBlank(text string) bool { return strings.TrimFunc(text, isSpace) == "" }

// wrongLetters says what is no part of a number.
func wrongLetters(text string) error {
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9', r == '.', r == ',':
		case strings.ContainsRune("零〇一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾", r):
			return bad("请用阿拉伯数字，并换算成本栏的单位", "type digits, in the unit of this cell")
		case strings.ContainsRune("约近余多超>≥<≤~", r):
			return bad("请填一个确定的数；只有大约数时可在说明中写明", "type one exact number; say in the reason that it is rough")
		case r == '%':
			return bad("本栏的单位不是 %，请核对单位", "the unit of this cell is not %: check the unit")
		case r == '-':
			return bad("负号只能在最前；区间请填一个数", "a minus can only stand in front; of a range type one number")
		case isSpace(r):
			return bad("数字中间有空格，请去掉", "there is a space within the number: take it out")
		case r == 'e' || r == 'E':
			return bad("请不要用科学记数法", "do not use scientific notation")
		default:
			return bad("只能填数字，“"+string(r)+"”不能识别；单位已在表头", "only a number can be taken, not "+string(r)+"; the unit stands beside the cell")
		}
	}
	return nil
}

// ungroup takes the thousands separators out of digits.
func ungroup(integer string) (string, error) {
	groups := strings.Split(integer, ",")
	if len(groups) == 1 {
		return integer, nil
	}
	for i, group := range groups {
		if i == 0 && (group == "" || len(group) > 3) || i > 0 && len(group) != 3 {
			return "", bad("逗号的位置不对：千分位每三位一个；小数请用“.”", "the commas are not at thousands; decimals are written with a point")
		}
	}
	return strings.Join(groups, ""), nil
}

// Canonical returns a plain decimal without superfluous zeros, as values are stored.
func Canonical(number string) string {
	if strings.Contains(number, ".") {
		number = strings.TrimSuffix(strings.TrimRight(number, "0"), ".")
	}
	if number == "-0" {
		return "0"
	}
	return number
}

func isZero(number string) bool { return strings.Trim(number, "-0.") == "" }
