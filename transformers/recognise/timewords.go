package recognise

import "strings"

// expression is what a text says of time, before its year is settled.
type expression struct {
	year     int // printed year, 0 for none
	yearWord yearWord
	unit     timeUnit
	from, to int  // quarters or months; from is 1 unless to is the same
	single   bool // one quarter or month by itself, not from January on
	end      bool // 末, 底, 截至: a stock
	sameTime bool // 同期: only ever the base of a comparison
	other    bool // a stretch of time that is no period of ours
}

type yearWord int

const (
	noYearWord yearWord = iota
	thisYear            // 今年, 本年, 当年
	lastYear            // 上年: the year before the one that is spoken of
	yesteryear          // 去年: the year before the one that is spoken in
)

type timeUnit int

const (
	noUnit timeUnit = iota
	wholeYear
	quarters
	months
)

// timeReader reads one expression of time from compact folded runes.
type timeReader struct {
	runes []rune
	at    int
}

// readTime reads the expression that runes start with at i, and where it ends.
func readTime(runes []rune, i int) (expression, int, bool) {
	r := timeReader{runes, i}
	var e expression
	if r.at < len(runes) && runes[r.at] == '截' {
		e.end = r.oneOf("截止到", "截止至", "截至", "截止") != ""
	}
	if r.at < len(runes) && startsOtherTime(runes[r.at]) {
		for _, other := range otherTimes {
			if r.word(other) {
				if other == "年初" && r.oneOf("预算", "计划", "目标", "确定", "下达", "人代会") != "" {
					return expression{}, i, false // 年初预算 is a plan, not a time
				}
				return expression{other: true, sameTime: other == "同期"}, r.at, true
			}
		}
	}
	year := r.year(&e)
	part := !e.other && r.part(&e)
	if !year && !part {
		return expression{}, i, false
	}
	r.ending(&e)
	return e, r.at, true
}

// otherTimes are stretches of time that are no period of ours.
var otherTimes = []string{"下半年", "今年以来", "去年以来", "年以来", "本年以来", "年初", "月初", "期初", "十一五", "十二五", "十三五", "十四五", "十五五", "同期"}

// startsOtherTime reports whether one of otherTimes starts with the rune.
func startsOtherTime(r rune) bool {
	switch r {
	case '下', '今', '去', '年', '本', '月', '期', '十', '同':
		return true
	}
	return false
}

func (r *timeReader) word(w string) bool {
	n := 0
	for _, c := range w {
		if r.at+n >= len(r.runes) || r.runes[r.at+n] != c {
			return false
		}
		n++
	}
	r.at += n
	return true
}

func (r *timeReader) oneOf(words ...string) string {
	for _, w := range words {
		if r.word(w) {
			return w
		}
	}
	return ""
}

// digits reads a number of at most n digits; it fails at a longer one.
func (r *timeReader) digits(n int) (int, bool) {
	value, start := 0, r.at
	for r.at < len(r.runes) && isDigit(r.runes[r.at]) {
		value = value*10 + int(r.runes[r.at]-'0')
		r.at++
		if r.at-start > n {
			r.at = start
			return 0, false
		}
	}
	return value, r.at > start
}

// chineseDigit returns the value of a digit written in Chinese, -1 for any other
// rune. The zero of a year is written in several ways.
func chineseDigit(c rune) int {
	switch c {
	case '〇', '○', '零', '0', 'O':
		return 0
	case '一':
		return 1
	case '二', '两':
		return 2
	case '三':
		return 3
	case '四':
		return 4
	case '五':
		return 5
	case '六':
		return 6
	case '七':
		return 7
	case '八':
		return 8
	case '九':
		return 9
	}
	return -1
}

// year reads 2024年, 二〇二四年, 今年, 上年; a range of years is no period.
func (r *timeReader) year(e *expression) bool {
	start := r.at
	switch r.yearWord() {
	case "今年", "本年度", "本年", "当年":
		e.yearWord = thisYear
		return true
	case "上年度", "上一年度", "上一年", "上年":
		e.yearWord = lastYear
		return true
	case "去年":
		e.yearWord = yesteryear
		return true
	case "前年":
		e.other = true
		return true
	}
	year, ok := r.yearNumber()
	if !ok {
		r.at = start
		return false
	}
	if r.yearRange() {
		e.other = true
		return true
	}
	if r.oneOf("年度", "年") == "" {
		r.at = start
		return false
	}
	e.year = year
	return true
}

// yearWord reads a word for a year, "" where none stands here.
func (r *timeReader) yearWord() string {
	if r.at >= len(r.runes) {
		return ""
	}
	switch r.runes[r.at] {
	case '今', '本', '当', '上', '去', '前':
		return r.oneOf("今年", "本年度", "本年", "当年", "上年度", "上一年度", "上一年", "上年", "去年", "前年")
	}
	return ""
}

func (r *timeReader) yearNumber() (int, bool) {
	if r.at > 0 && (isDigit(r.runes[r.at-1]) || r.runes[r.at-1] == '.') {
		return 0, false
	}
	start := r.at
	if year, ok := r.digits(4); ok && isYear(year) {
		return year, true
	}
	r.at = start
	year := 0
	for range 4 {
		if r.at >= len(r.runes) {
			return 0, false
		}
		d := chineseDigit(r.runes[r.at])
		if d < 0 {
			return 0, false
		}
		year = year*10 + d
		r.at++
	}
	return year, isYear(year)
}

func isYear(year int) bool { return year >= 1949 && year <= 2099 }

// yearRange reads the rest of 2020-2024年 and 2020年至2024年.
func (r *timeReader) yearRange() bool {
	start := r.at
	r.word("年")
	if r.separator() {
		if r.word("年") { // 2020-年: broken, left alone
			r.at = start
			return false
		}
		if _, ok := r.yearNumber(); ok {
			r.oneOf("年度", "年")
			return true
		}
	}
	r.at = start
	return false
}

func (r *timeReader) separator() bool { return r.oneOf("——", "-", "—", "~", "至", "到") != "" }

// part reads what is said within a year.
func (r *timeReader) part(e *expression) bool {
	if r.quarter(e) || r.month(e) {
		return true
	}
	switch r.partWord() {
	case "上半年":
		e.unit, e.from, e.to = quarters, 1, 2
	case "全年":
		e.unit = wholeYear
	case "年末", "年底":
		e.unit, e.end = wholeYear, true
	case "末", "底":
		if e.year == 0 && e.yearWord == noYearWord {
			return false
		}
		e.unit, e.end = wholeYear, true
	default:
		if e.year != 0 || e.yearWord != noYearWord {
			if r.word("下半年") || r.word("初") || r.word("以来") {
				e.other = true
			}
			e.unit = wholeYear
			return true
		}
		return false
	}
	return true
}

// partWord reads a word for a part of a year, "" where none stands here.
func (r *timeReader) partWord() string {
	if r.at >= len(r.runes) {
		return ""
	}
	switch r.runes[r.at] {
	case '上', '全', '年', '末', '底':
		return r.oneOf("上半年", "全年", "年末", "年底", "末", "底")
	}
	return ""
}

// ending reads 末, 底, 份, 当月, 累计 and 同期 behind an expression.
func (r *timeReader) ending(e *expression) {
	if e.unit == months {
		r.word("份")
	}
	if e.unit != noUnit && r.oneOf("末", "底") != "" {
		e.end = true
		return
	}
	if r.at >= len(r.runes) || !strings.ContainsRune("同累当以", r.runes[r.at]) {
		return
	}
	switch r.oneOf("同期", "同月", "同季", "累计", "当月", "以来") {
	case "同期", "同月", "同季":
		e.sameTime = true
	case "以来":
		e.other = true
	}
}
