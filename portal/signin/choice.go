package signin

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"zhibiao/portal/account"
)

// Bounds of a password, in characters.
const (
	minPassword = 10
	maxPassword = 128
)

// frequent are parts that many passwords consist of. What is left of a password
// without them must still be something.
var frequent = []string{
	"password", "passw0rd", "qwerty", "qwertyuiop", "asdfgh", "zxcvbn", "1qaz2wsx", "admin", "administrator", "root", "welcome",
	"letmein", "iloveyou", "abc123", "123456789", "1234567890", "12345678", "123456", "88888888", "666666", "000000", "zhibiao", "shanxi", "taiyuan",
	"woaini", "5201314", "1314520", "wangyi", "mima", "miaodao", "2024", "2025", "2026", "2027",
}

// choiceProblem says why a password is not taken; "" takes it.
func choiceProblem(a account.Account, password string) (zh, en string) {
	text := normal(password)
	length := utf8.RuneCountInString(text)
	switch {
	case length < minPassword:
		return "密码至少 10 个字符。可以用几个不相关的词连成一句。", "A password has at least 10 characters. A few unrelated words make a good one."
	case length > maxPassword:
		return "密码最多 128 个字符。", "A password has at most 128 characters."
	case strings.IndexFunc(text, unicode.IsControl) >= 0 || !utf8.ValidString(text):
		return "密码中有无法输入的字符。", "The password has characters that cannot be typed."
	}
	rest := strings.ToLower(text)
	for _, part := range append([]string{a.Name, strings.ToLower(normal(a.Display))}, frequent...) {
		if part != "" {
			rest = strings.ReplaceAll(rest, part, "")
		}
	}
	different := map[rune]bool{}
	for _, r := range rest {
		different[r] = true
	}
	if len(different) < 5 {
		return "这个密码太容易被猜到：请不要只用账号、单位名称、常见密码或重复的字符。", "This password is easy to guess: do not use only the account, the unit's name, frequent passwords or repeated characters."
	}
	return "", ""
}
