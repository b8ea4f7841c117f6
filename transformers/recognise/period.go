package recognise

import (
	"regexp"
	"strconv"
	"strings"

	"zhibiao/pipeline"
)

var (
	bareYear  = regexp.MustCompile(`^(?:19|20)\d\d$`)
	bareMonth = regexp.MustCompile(`^((?:19|20)\d\d)-(\d\d)$`)
	bareQ     = regexp.MustCompile(`^((?:19|20)\d\d)年?-?Q([1-4])$`)
	// periodTail may stand behind a period in a table's head without changing it.
	periodTail = regexp.MustCompile(`(?:累计完成|累计数|累计|完成数|完成|绝对数|绝对量|实绩|实际|数值|值|数)$`)
)

// Period reads a text that is one expression of time and nothing else. Words
// decide: 一季度 is a quarter's flow, 1—3月 is cumulative by months. It finds
// nothing where the year is not known or the stretch is none of ours.
func Period(text string, ctx PeriodContext) (pipeline.Period, bool) {
	name := trimBrackets(foldName(text))
	if m := bareQ.FindStringSubmatch(name); m != nil {
		year, _ := strconv.Atoi(m[1])
		quarter, _ := strconv.Atoi(m[2])
		return expression{year: year, unit: quarters, from: quarter, to: quarter, single: true}.resolve(ctx)
	}
	if m := bareMonth.FindStringSubmatch(name); m != nil {
		year, _ := strconv.Atoi(m[1])
		month, _ := strconv.Atoi(m[2])
		return expression{year: year, unit: months, from: month, to: month, single: true}.resolve(ctx)
	}
	if bareYear.MatchString(name) {
		name += "年"
	}
	for _, candidate := range []string{name, periodTail.ReplaceAllString(name, "")} {
		runes := []rune(candidate)
		if e, end, ok := readTime(runes, 0); ok && end == len(runes) && end > 0 && !e.sameTime {
			return e.resolve(ctx)
		}
	}
	return pipeline.Period{}, false
}

// PeriodsIn finds the expressions of time in running text, in order.
func PeriodsIn(text string, ctx PeriodContext) []PeriodHit { return NewPassage(text).Periods(ctx) }

// Periods finds the expressions of time in the passage, in order.
func (p *Passage) Periods(ctx PeriodContext) []PeriodHit {
	f := p.compact
	hits := p.periods[:0]
	named := 0 // the year that the passage named last
	for i := 0; i < len(f.runes); {
		if next := nextTime(f.runes, i); next > i {
			i = next
			continue
		}
		e, end, ok := readTime(f.runes, i)
		if !ok || partOfWord(f.runes, i, end) {
			i++
			continue
		}
		start, stop := f.span(i, end)
		hit := PeriodHit{Start: start, End: stop, Comparison: e.sameTime || compared(f.runes, i, end)}
		if period, known := e.resolve(e.inYear(ctx, named)); known {
			hit.Period = period
		} else {
			hit.Other = true
		}
		if e.year != 0 && !e.other && !hit.Comparison && !isAside(f.runes, i, end) {
			named = e.year
		}
		hits = append(hits, hit)
		i = end
	}
	p.periods = hits
	return hits
}

// inYear is the context of an expression behind one that printed its year: a bare
// month is of that year, 2024年12月…，11月. 今年 and 去年 are not.
func (e expression) inYear(ctx PeriodContext, named int) PeriodContext {
	if named != 0 && (e.yearWord == noYearWord || e.yearWord == lastYear) {
		ctx.Year = named
	}
	return ctx
}

// startedWords behind a year are of what began in it: 2021年启动的项目.
var startedWords = []string{"启动", "建成", "建设", "开工", "开展", "出台", "印发", "发布", "成立", "投产", "签约", "引进", "实施", "立项", "的"}

// isAside reports whether a time of runes i to end is named only in passing: in a
// bracket, in the name of a document, as where a change or a project began.
func isAside(runes []rune, i, end int) bool {
	if endsWithAny(runes[:i], []string{"由", "从", "自"}) || startsWithAny(runes[end:], startedWords) {
		return true
	}
	for j := i - 1; j >= 0; j-- {
		switch runes[j] {
		case '(', '《', '“':
			return true
		case ')', '》', '”':
			return false
		}
	}
	return false
}

// nextTime returns the first place from i on where an expression of time may
// start. One that starts with digits goes on with a rune of time behind them.
func nextTime(runes []rune, i int) int {
	for i < len(runes) {
		switch r := runes[i]; {
		case isDigit(r):
			end := i + 1
			for end < len(runes) && isDigit(runes[end]) {
				end++
			}
			if end < len(runes) && followsTimeDigits(runes[end]) {
				return i
			}
			i = end
		case timeStarts.starts(r) && startsTime(runes, i):
			return i
		default:
			i++
		}
	}
	return i
}

// timeStarts are the runes but digits that startsTime looks at.
var timeStarts = trieOf("截", "今", "去", "当", "全", "本", "上", "年", "下", "月", "期", "同", "前", "第", "十",
	"〇", "一", "二", "三", "四", "五", "六", "七", "八", "九", "○", "零", "两", "O")

// followsTimeDigits reports whether the rune may stand behind the digits of a
// time: a unit, or what joins a range.
func followsTimeDigits(r rune) bool {
	switch r {
	case '年', '季', '月', '-', '—', '~', '至', '到':
		return true
	}
	return false
}

// startsTime reports whether an expression of time may start at rune i, which is
// no digit, from it and the next: none is of one rune.
func startsTime(runes []rune, i int) bool {
	if i+1 >= len(runes) {
		return false
	}
	next := runes[i+1]
	switch runes[i] {
	case '截':
		return next == '至' || next == '止'
	case '今', '去', '当', '全', '本':
		return next == '年'
	case '上':
		return next == '年' || next == '一' || next == '半'
	case '年':
		return next == '以' || next == '初' || next == '末' || next == '底'
	case '下':
		return next == '半'
	case '月', '期':
		return next == '初'
	case '同':
		return next == '期'
	case '前':
		return next == '年' || isDigit(next) || next == '十' || chineseDigit(next) >= 0
	case '第':
		return isDigit(next) || next == '十' || chineseDigit(next) >= 0
	case '十', '〇', '一', '二', '三', '四', '五', '六', '七', '八', '九', '○', '零', '两', 'O':
		return next == '十' || next == '季' || next == '月' || chineseDigit(next) >= 0 || strings.ContainsRune("-—~至到", next)
	}
	return false
}

// partOfWord reports whether runes i to j only look like a time: the 年末 of a year
// that is none, the end of a longer numeral, a part of a date with points.
func partOfWord(runes []rune, i, j int) bool {
	if i > 0 && j-i == 2 && runes[i] == '年' && (isDigit(runes[i-1]) || chineseDigit(runes[i-1]) >= 0) {
		return true
	}
	if i > 0 && chineseDigit(runes[i]) >= 0 && !isDigit(runes[i]) && chineseDigit(runes[i-1]) >= 0 {
		return true
	}
	return i > 0 && (runes[i-1] == '.' || runes[i-1] == '-' && i > 1 && isDigit(runes[i-2])) && isDigit(runes[i])
}

// Words before and behind a time that make it the base of a comparison.
var (
	comparedBefore = []string{"较", "比起", "相比于", "相较于", "高于", "低于", "快于", "慢于", "好于", "优于", "多于", "少于", "相当于"}
	withBefore     = []string{"与", "同"}
	withBehind     = []string{"相比", "相当", "持平", "基本", "大体", "比", "一致"}
	timesBefore    = []string{"为", "是", "达", "达到"}
	comparedBehind = []string{"=100", "为100", "为基期", "为基数", "不变价", "可比价", "价"}
)

// compared reports whether the words around runes i to j make the time there
// the base of a comparison.
func compared(runes []rune, i, j int) bool {
	const reach = 8
	if !mayCompare(runes, i, j) {
		return false
	}
	before, behind := runes[max(0, i-reach):i], runes[j:min(len(runes), j+reach)]
	return endsWithThan(before) || endsWithAnd(before) && startsWithAny(behind, withBehind) || endsWithAny(before, comparedBefore) || startsWithAny(behind, comparedBehind) ||
		endsWithAny(before, withBefore) && startsWithAny(behind, withBehind) ||
		endsWithAny(before, timesBefore) && startsWithTimes(behind)
}

// mayCompare reports whether the runes beside a time at i to j are such as a
// comparison has there: most times stand beside others.
func mayCompare(runes []rune, i, j int) bool {
	if i > 0 {
		switch runes[i-1] {
		case '比', '和', '较', '起', '于', '当', '与', '同', '为', '是', '达', '到':
			return true
		}
	}
	if j < len(runes) {
		switch runes[j] {
		case '=', '为', '不', '可', '价':
			return true
		}
	}
	return false
}

// endsWithThan reports whether runes end with 比, but not 占比.
func endsWithThan(runes []rune) bool {
	n := len(runes)
	return n > 0 && runes[n-1] == '比' && (n == 1 || runes[n-2] != '占')
}

// endsWithAnd reports whether runes end with 和 that does not join two times.
func endsWithAnd(runes []rune) bool {
	n := len(runes)
	return n > 0 && runes[n-1] == '和' && (n == 1 || !strings.ContainsRune("年月度末期", runes[n-2]))
}

// startsWithTimes reports whether runes start as 的3.2倍 does.
func startsWithTimes(runes []rune) bool {
	if len(runes) == 0 || runes[0] != '的' {
		return false
	}
	i := 1
	for i < len(runes) && (isDigit(runes[i]) || runes[i] == '.') {
		i++
	}
	return i > 1 && i < len(runes) && runes[i] == '倍'
}

// afterPeriod returns what follows a time at the start of a folded name.
func afterPeriod(name string) (string, bool) {
	runes := []rune(name)
	_, end, ok := readTime(runes, 0)
	if !ok || end == 0 || end == len(runes) {
		return name, false
	}
	return strings.TrimPrefix(string(runes[end:]), "的"), true
}

// resolve settles the year and makes a period of the expression.
func (e expression) resolve(ctx PeriodContext) (pipeline.Period, bool) {
	if e.other || e.sameTime && e.yearWord == noYearWord && e.year == 0 {
		return pipeline.Period{}, false
	}
	year, ok := e.settleYear(ctx)
	if !ok || !isYear(year) {
		return pipeline.Period{}, false
	}
	return e.in(year, ctx.Stock), true
}

// in makes the period of a year. A stock stands at the end of what is named.
func (e expression) in(year int, stock bool) pipeline.Period {
	basis := pipeline.YearToDate
	switch {
	case e.end || stock:
		basis = pipeline.End
	case e.single || e.unit == wholeYear:
		basis = pipeline.Flow
	}
	switch e.unit {
	case quarters:
		return pipeline.QuarterPeriod(year, e.to, basis)
	case months:
		return pipeline.MonthPeriod(year, e.to, basis)
	}
	return pipeline.YearPeriod(year, basis)
}

// settleYear finds the year: printed, by a word, inherited, or else the last one
// whose period had ended when the document was published, if that was within
// nine months.
func (e expression) settleYear(ctx PeriodContext) (int, bool) {
	published := 0
	if ctx.Document != 0 {
		published = ctx.Document.Year()
	}
	switch {
	case e.year != 0:
		return e.year, true
	case e.yearWord == lastYear:
		return ctx.Year - 1, ctx.Year != 0
	case e.yearWord == yesteryear && ctx.Year != 0:
		return ctx.Year - 1, published == 0 || published == ctx.Year
	case e.yearWord == yesteryear:
		return published - 1, published != 0
	case ctx.Year != 0:
		return ctx.Year, true
	case e.yearWord == thisYear:
		return published, published != 0
	case published == 0:
		return 0, false
	}
	const longest = 274 // days, nine months
	for year := published; year >= published-1; year-- {
		if end := e.in(year, false).End; end <= ctx.Document {
			return year, ctx.Document-end <= longest
		}
	}
	return 0, false
}
