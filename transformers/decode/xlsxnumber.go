package decode

import (
	"fmt"
	"strconv"
	"strings"

	"zhibiao/pipeline"
)

// numberFormat is what a number format code says of the number itself.
type numberFormat struct {
	general  bool // the decimals are those of the number
	percent  bool
	scaled   bool // shows another number: thousandths, or words that change it
	decimals uint8
	date     dateParts
}

// dateParts are the parts of a date that a format shows; none for a number.
type dateParts uint8

const (
	showsYear dateParts = 1 << iota
	showsMonth
	showsDay
	showsTime
)

// builtinFormats are the codes of the numbers that no workbook spells out.
var builtinFormats = map[int]string{
	0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "General", 12: "General", 13: "General",
	14: "yyyy-m-d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-m-d h:mm",
	27: "yyyy-m", 28: "m-d", 29: "m-d", 30: "yyyy-m-d", 31: "yyyy-m-d", 32: "h:mm", 33: "h:mm:ss", 34: "h:mm", 35: "h:mm:ss", 36: "yyyy-m",
	37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00",
	45: "mm:ss", 46: "h:mm:ss", 47: "mm:ss", 48: "General", 49: "@",
	50: "yyyy-m", 51: "m-d", 52: "yyyy-m", 53: "m-d", 54: "m-d", 55: "h:mm", 56: "h:mm:ss", 57: "yyyy-m", 58: "m-d",
}

// readStyles reads the number formats of the cells' styles.
func (w *Workbook) readStyles(name string) *Fault {
	custom := map[int]string{}
	inStyles := false
	return w.walk(name, func(_ *markup, t markupToken, local string) *Fault {
		switch {
		case local == "cellXfs":
			inStyles = t.kind == markupOpen
		case t.kind != markupOpen:
		case local == "numFmt":
			id, err := strconv.Atoi(t.attribute("numFmtId"))
			if code := attributeText(t.attribute("formatCode")); err == nil {
				custom[id] = code
			}
		case local == "xf" && inStyles:
			id, _ := strconv.Atoi(t.attribute("numFmtId"))
			code, ok := custom[id]
			if !ok {
				code = builtinFormats[id]
			}
			if len(w.formats) >= maxStyles {
				return fault(pipeline.UnexpectedField, fmt.Sprintf("the part %s has more than %d styles", name, maxStyles))
			}
			w.formats = append(w.formats, parseFormat(code))
		}
		return nil
	})
}

// parseFormat reads a number format code: what its first section says, and
// whether any section scales.
func parseFormat(code string) numberFormat {
	var f numberFormat
	for i, section := range formatSections(code) {
		of := parseSection(section)
		if i == 0 {
			f = of
		}
		f.scaled = f.scaled || of.scaled
	}
	if f.date == 0 && changesMeaning(code) {
		f.scaled = true
	}
	return f
}

// formatSections splits a code at its semicolons and takes out what is literal:
// quoted and escaped text, fillers, colours and conditions. Elapsed times keep
// their letter.
func formatSections(code string) []string {
	sections := []string{""}
	last := 0
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			for i++; i < len(code) && code[i] != '"'; i++ {
			}
		case '\\', '_', '*':
			i++
		case '!':
			sections[last] += "!" // shows the next letter as it is: 0!.0 shows ten-thousandths
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return sections
			}
			if inside := strings.ToLower(code[i+1 : i+end]); strings.Trim(inside, "hms") == "" {
				sections[last] += inside
			}
			i += end
		case ';':
			sections = append(sections, "")
			last++
		default:
			sections[last] += string(c)
		}
	}
	return sections
}

func parseSection(section string) numberFormat {
	lower := strings.ToLower(section)
	digits := strings.IndexAny(lower, "0#?")
	if lower == "" || lower == "@" || strings.Contains(lower, "general") || strings.ContainsAny(lower, "/") && digits >= 0 || digits >= 0 && strings.Contains(lower, "e+") {
		return numberFormat{general: true}
	}
	if parts := dateIn(lower); digits < 0 && parts != 0 {
		return numberFormat{date: parts}
	}
	if digits < 0 {
		return numberFormat{general: true}
	}
	f := numberFormat{percent: strings.Contains(lower, "%")}
	integer, fraction, _ := strings.Cut(lower, ".")
	for _, d := range fraction {
		if d != '0' && d != '#' && d != '?' {
			break
		}
		f.decimals++
	}
	last := strings.LastIndexAny(lower, "0#?")
	f.scaled = strings.Contains(lower, "!") || strings.HasPrefix(lower[last+1:], ",") || strings.HasSuffix(strings.TrimSpace(integer), ",")
	return f
}

func dateIn(section string) dateParts {
	var parts dateParts
	if strings.ContainsAny(section, "ye") {
		parts |= showsYear
	}
	if strings.Contains(section, "d") {
		parts |= showsDay
	}
	if strings.ContainsAny(section, "hs") {
		parts |= showsTime
	}
	if strings.Contains(section, "m") && (parts&showsTime == 0 || parts&(showsYear|showsDay) != 0) {
		parts |= showsMonth
	}
	return parts
}

// worksheetSource decodes the cells of one worksheet.
type worksheetSource struct {
	workbook *Workbook
	name     string
	part     []byte
}

func (s *worksheetSource) locator(c cellRef) string {
	var room [128]byte
	place := s.place(room[:0], uint32(c.col), c.row)
	if c.kind == sharedCell {
		place = append(append(append(place, '>'), s.workbook.sharedPart...), '#')
		place = strconv.AppendUint(place, uint64(c.start), 10)
	}
	return string(place)
}

func (s *worksheetSource) tableLocator(row uint32, col int) string {
	return string(s.place(nil, uint32(col), row))
}

func (s *worksheetSource) place(to []byte, col, row uint32) []byte {
	to = append(append(append(to, s.name...), '#'), columnName(col)...)
	return strconv.AppendUint(to, uint64(row)+1, 10)
}

func (s *worksheetSource) text(c cellRef) (Text, Stored) {
	switch c.kind {
	case sharedCell:
		return s.workbook.shared.text(c.start), Stored{}
	case inlineCell:
		return richText(s.part, c.start, c.end), Stored{}
	case uncachedCell:
		var b textBuilder
		b.add('=', int(c.start), 0)
		b.addXML(s.part[c.start:min(c.end, c.start+maxEntity)], int(c.start))
		return b.take(), Stored{Problem: NotCached}
	case numberCell:
		return s.number(c)
	}
	var b textBuilder
	b.addXML(s.part[c.start:c.end], int(c.start))
	return b.take(), Stored{}
}

// number decodes a stored number. Its text is the shortest decimal that stands
// for the stored binary number: what a person typed, and what raw_text says. A
// format of percent changes neither the text nor the bytes: its factor of 100 is
// the reader's, in Stored.Percent.
func (s *worksheetSource) number(c cellRef) (Text, Stored) {
	raw := string(s.part[c.start:c.end])
	text, ok := shortestDecimal(raw)
	if !ok {
		return identity(raw, int(c.start)).TrimSpace(), Stored{Problem: Unreadable}
	}
	format := numberFormat{general: true}
	if int(c.style) < len(s.workbook.formats) {
		format = s.workbook.formats[c.style]
	}
	if format.date != 0 {
		return whole(s.workbook.dateText(text, format.date), c), Stored{}
	}
	stored := Stored{Number: true, Percent: format.percent, Decimals: format.decimals}
	if format.general {
		_, fraction, _ := strings.Cut(text, ".")
		stored.Decimals = uint8(len(fraction))
	}
	if format.scaled {
		stored.Problem = Scaled
	}
	if text == raw {
		return identity(text, int(c.start)), stored
	}
	return whole(text, c), stored
}

// Longest stored number and longest text of one.
const maxNumberBytes = 60

// whole is text that all of a cell's bytes stand for together.
func whole(text string, c cellRef) Text {
	return undivided(text, int(c.start), int(c.end-c.start))
}

// exactDigits is how many significant digits every binary64 number keeps.
const exactDigits = 15

// shortestDecimal returns the shortest decimal, without an exponent, that stands
// for the same binary64 number as the text: 9.4700000000000006 is 9.47.
func shortestDecimal(raw string) (string, bool) {
	if isPlainDecimal(raw) {
		return raw, true
	}
	trimmed := strings.TrimSpace(raw)
	if trimmed == "" || len(raw) > maxNumberBytes || strings.Trim(trimmed, "+-0123456789.eE") != "" {
		return "", false
	}
	number, err := strconv.ParseFloat(trimmed, 64)
	if err != nil {
		return "", false
	}
	text := strconv.FormatFloat(number, 'f', -1, 64)
	if text == "-0" {
		text = "0"
	}
	return text, len(text) <= maxNumberBytes
}

// isPlainDecimal reports whether a text is its own shortest decimal: few digits,
// no exponent, no sign but a minus, no superfluous zero.
func isPlainDecimal(text string) bool {
	digits, point := 0, -1
	start := 0
	if strings.HasPrefix(text, "-") {
		start = 1
	}
	for i := start; i < len(text); i++ {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && point < 0:
			point = i
		default:
			return false
		}
	}
	integer := text[start:]
	if point >= 0 {
		integer = text[start:point]
		if point == len(text)-1 || text[len(text)-1] == '0' {
			return false
		}
	}
	return digits > 0 && digits <= exactDigits && (integer == "0" || integer != "" && integer[0] != '0') && text != "-0"
}

// dateText writes the day that a serial number stands for in the words of a
// Chinese table, with the parts that the format shows. A time without a day is
// no text that anything is read from.
func (w *Workbook) dateText(serial string, parts dateParts) string {
	days, err := strconv.Atoi(serial[:len(serial)-len(strings.TrimLeft(serial, "-0123456789"))])
	if err != nil || parts&(showsYear|showsMonth|showsDay) == 0 || days < 0 || days > 3_000_000 {
		return serial + "（时间）"
	}
	day := pipeline.DateOf(1899, 12, 30) + pipeline.Date(days)
	if w.date1904 {
		day = pipeline.DateOf(1904, 1, 1) + pipeline.Date(days)
	} else if days < 60 {
		day++ // the calendar of 1900 counts a day that never was
	}
	at := day.Time()
	text := ""
	if parts&showsYear != 0 {
		text += fmt.Sprintf("%d年", at.Year())
	}
	if parts&showsMonth != 0 {
		text += fmt.Sprintf("%d月", at.Month())
	}
	if parts&showsDay != 0 {
		text += fmt.Sprintf("%d日", at.Day())
	}
	return text
}
