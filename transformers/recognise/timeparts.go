package recognise

// quarter reads 一季度, 第1季度, 前三季度, 1-3季度.
func (r *timeReader) quarter(e *expression) bool {
	start := r.at
	if start >= len(r.runes) || !startsPart(r.runes[start]) {
		return false
	}
	first := r.word("前")
	ordinal := !first && r.word("第")
	from, ok := r.small()
	if !ok {
		r.at = start
		return false
	}
	to, ranged := from, false
	if !first && r.separator() {
		r.word("第")
		if to, ranged = r.small(); !ranged {
			r.at = start
			return false
		}
	}
	if first {
		r.word("个")
	}
	if !r.word("季度") {
		r.at = start
		return false
	}
	switch {
	case to < 1 || to > 4 || from < 1 || from > to || first && (to < 2 || ordinal), ranged && from != 1:
		e.other = true
	case first || ranged:
		e.from = 1
	default:
		e.from, e.single = from, true
	}
	e.unit, e.to = quarters, to
	return true
}

// startsPart reports whether a quarter or a month may start with the rune.
func startsPart(r rune) bool {
	return isDigit(r) || r == '前' || r == '第' || r == '十' || chineseDigit(r) >= 0
}

// month reads 8月份, 1—8月, 1月至8月, 前8个月; a day makes a date of it.
func (r *timeReader) month(e *expression) bool {
	start := r.at
	if start >= len(r.runes) || !startsPart(r.runes[start]) {
		return false
	}
	if r.at > 0 && (isDigit(r.runes[r.at-1]) || r.runes[r.at-1] == '.') {
		return false
	}
	if r.word("前") {
		return r.firstMonths(e, start)
	}
	from, ok := r.small()
	if !ok {
		return false
	}
	hasMonth := r.word("月")
	afterFirst := r.at
	to, ranged := from, false
	if hasMonth {
		r.word("份")
	}
	if r.separator() {
		if to, ranged = r.small(); ranged && !r.word("月") {
			ranged = false
		}
	}
	if !ranged {
		r.at, to = afterFirst, from
	}
	if !hasMonth && !ranged {
		r.at = start
		return false
	}
	e.unit, e.to, e.single = months, to, !ranged
	e.from = from
	e.other = from < 1 || to > 12 || from > to || ranged && from != 1
	if day, ok := r.day(); ok {
		e.readDay(day)
	}
	return true
}

// firstMonths reads the rest of 前8个月.
func (r *timeReader) firstMonths(e *expression, start int) bool {
	to, ok := r.small()
	if !ok || !r.word("个月") || to < 2 || to > 12 {
		r.at = start
		return false
	}
	e.unit, e.from, e.to = months, 1, to
	return true
}

// day reads the day of a date.
func (r *timeReader) day() (int, bool) {
	start := r.at
	if day, ok := r.small(); ok && r.oneOf("日", "号") != "" {
		return day, true
	}
	r.at = start
	return 0, false
}

// readDay makes a stock of 截至12月31日 and no period of any other date.
func (e *expression) readDay(day int) {
	lastDays := [...]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if !e.end || e.other || !e.single || day < lastDays[e.to] {
		e.other = true
		return
	}
	if e.to == 12 {
		e.unit = wholeYear
	}
}

// small reads a number up to 99 in digits, or up to 31 in Chinese.
func (r *timeReader) small() (int, bool) {
	start := r.at
	if n, ok := r.digits(2); ok {
		return n, true
	}
	r.at = start
	tens, ones, seen := 0, 0, false
	if d := r.peekChinese(); d > 0 {
		ones, seen = d, true
		r.at++
	}
	if r.word("十") {
		tens, ones, seen = max(ones, 1), 0, true
		if d := r.peekChinese(); d > 0 {
			ones = d
			r.at++
		}
	}
	return tens*10 + ones, seen
}

func (r *timeReader) peekChinese() int {
	if r.at >= len(r.runes) || isDigit(r.runes[r.at]) {
		return -1
	}
	return chineseDigit(r.runes[r.at])
}
