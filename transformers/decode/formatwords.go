package decode

import (
	"regexp"
	"unicode"
)

// harmlessWords are the literal words of a format that leave a number what it is:
// units and times.
var harmlessWords = regexp.MustCompile(`^[十百千万亿]*(?:人民币|美元|元|人次|人|户|家|个|吨|公斤|千克|斤|亩|公顷|公里|千米|米|平方米|平方千米|平方公里|立方米|千瓦时|度|辆|件|台|套|张|次|条|名|项|所|头|只|年|月|日|号|季度|期|位|岁|天|倍|个百分点)?$`)

// changesMeaning reports whether a format prints words with the number that are
// neither unit nor time: "下降"0.0 shows the fall of a positive number.
func changesMeaning(code string) bool {
	word := []rune{}
	quoted, inBrackets := false, false
	for _, r := range code + ";" {
		switch {
		case r == '"':
			quoted = !quoted
		case r == '[' && !quoted:
			inBrackets = true
		case r == ']' && !quoted:
			inBrackets = false
		}
		if unicode.Is(unicode.Han, r) && !inBrackets {
			word = append(word, r)
			continue
		}
		if r == '\\' || r == '!' { // before each letter of a word without quotes
			continue
		}
		if !harmlessWords.MatchString(string(word)) {
			return true
		}
		word = word[:0]
	}
	return false
}
