package filing

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// Parts of a row of the platform's exports, as PlatformRules.Columns names them.
const (
	partRegion    = "region"
	partName      = "name"
	partPeriod    = "period"
	partIndicator = "indicator"
	partValue     = "value"
	partUnit      = "unit"
)

// platform is the mapping in the form in which exports are read by.
type platform struct {
	parts   map[string]string // by head
	names   map[string]pipeline.PlatformIndicator
	ignored map[string]bool
	empty   map[string]bool
}

// compilePlatform makes the names of the mapping and, for its indicators, those of
// the catalogue known.
func compilePlatform(rules *pipeline.PlatformRules, indicators, catalogue map[string]*pipeline.Indicator) (*platform, error) {
	if rules == nil {
		return nil, fmt.Errorf("compiling the mapping of the national platform: there is none")
	}
	p := &platform{parts: map[string]string{}, names: map[string]pipeline.PlatformIndicator{}, ignored: map[string]bool{}, empty: map[string]bool{}}
	for _, part := range slices.Sorted(maps.Keys(rules.Columns)) {
		for _, head := range rules.Columns[part] {
			p.parts[compact(head)] = part
		}
	}
	codes := map[string]pipeline.PlatformIndicator{}
	for _, entry := range rules.Indicators {
		if indicators[entry.Code] == nil {
			return nil, fmt.Errorf("compiling the mapping of the national platform: the indicator %s is not in the catalogue", entry.Code)
		}
		codes[entry.Code] = entry
		p.names[entry.Code] = entry
	}
	for name, indicator := range catalogue {
		if entry, ok := codes[indicator.Code]; ok {
			p.names[name] = entry
		}
	}
	for _, entry := range rules.Indicators { // the platform's own names come before the catalogue's
		for _, name := range entry.Names {
			p.names[compact(name)] = entry
		}
	}
	for _, name := range rules.Ignore {
		p.ignored[compact(name)] = true
	}
	for _, text := range rules.Empty {
		p.empty[compact(text)] = true
	}
	return p, nil
}

// export reads a file that was exported from the platform: a table of one row for an
// indicator, a region and a period, in CSV or XLSX.
func (j *judge) export() {
	found := false
	for _, sheet := range j.exported() {
		g := newGrid(sheet)
		if g == nil {
			j.refuse(pipeline.ProblemOversized, sheet.Name)
			return
		}
		j.sheets = append(j.sheets, sheet.Name)
		if sheet.Cut != "" {
			j.find(pipeline.SeverityError, pipeline.ProblemDamaged, where{sheet: sheet.Name, place: decode.PlaceOf(lastRow(g), 0)}, sheet.Cut, "")
		}
		if head, parts := j.platformHead(g); head >= 0 {
			found = true
			for _, row := range g.rowsBetween(head+1, lastRow(g)) {
				j.platformRow(g, parts, row)
			}
		}
	}
	if !found && !j.whole {
		j.refuse(pipeline.ProblemNoForm, "")
	}
}

// exported returns the sheets of the file; none, and the document refused, where it is
// no table.
func (j *judge) exported() []*decode.FormSheet {
	if decode.FormOf(j.doc.Body) == decode.FormText && len(j.doc.Body) <= maxBody {
		sheet, fault := decode.CSV(j.doc.Body, j.doc.MediaType)
		if fault != nil {
			j.fault(fault)
			return nil
		}
		return []*decode.FormSheet{sheet.Form()}
	}
	book := j.open()
	if book == nil {
		return nil
	}
	var sheets []*decode.FormSheet
	for _, of := range book.Worksheets {
		if of.Hidden {
			continue
		}
		sheet, fault := book.FormSheet(of)
		if fault != nil {
			j.fault(fault)
			return nil
		}
		sheets = append(sheets, sheet)
	}
	return sheets
}

// platformHead finds the row of the heads: the first that names indicator, value,
// period and region. parts are the columns by what they hold.
func (j *judge) platformHead(g *grid) (row int, parts map[string]int) {
	for _, row := range g.rowsBetween(0, lastRow(g)) {
		parts := map[string]int{}
		for col := 0; col <= g.right; col++ {
			if part, ok := j.platform.parts[g.text(row, col)]; ok {
				if _, twice := parts[part]; !twice {
					parts[part] = col
				}
			}
		}
		has := func(part string) bool { _, ok := parts[part]; return ok }
		if has(partIndicator) && has(partValue) && has(partPeriod) && (has(partRegion) || has(partName)) {
			return row, parts
		}
	}
	return -1, nil
}

// platformRow reads one row.
func (j *judge) platformRow(g *grid, parts map[string]int, row int) {
	text := func(part string) string {
		if col, ok := parts[part]; ok {
			return g.text(row, col)
		}
		return ""
	}
	cell := g.at(row, parts[partValue])
	name := text(partIndicator)
	switch {
	case name == "" && cell == nil, j.platform.ignored[name]:
		return
	case cell == nil || j.platform.empty[compact(cell.Text.String())]:
		j.blank++
		return
	}
	at := j.whereOf(g.sheet.Name, cell)
	entry, ok := j.platform.names[name]
	if !ok {
		j.find(pipeline.SeverityError, pipeline.ProblemUnknownIndicator, at, name, "")
		return
	}
	s := j.labelled(shownLabels{region: regionCode(text(partRegion)), name: text(partName), period: text(partPeriod)})
	indicator := j.indicators[entry.Code]
	unit := text(partUnit)
	if unit == "" {
		unit = entry.Unit
	}
	if unit == "" {
		unit = indicator.Unit
	}
	v := &valueColumn{col: cell.Col, state: -1, reason: -1, code: pipeline.FormColumn{Role: pipeline.FormValue, Indicator: entry.Code, Basis: entry.Basis, Unit: unit}}
	at.region, at.indicator, at.period = s.region, entry.Code, s.label
	period, ok := j.subjectFits(s, v, at, cell.Text.String())
	switch word := compact(cell.Text.String()); {
	case !ok:
	case isMerged(g, cell):
		j.find(pipeline.SeverityError, pipeline.ProblemMerged, at, cell.Text.String(), "")
	case isWord(word) && cell.Held == decode.HeldText:
		j.word(cell, word, at, period)
	default:
		j.value(cell, v, at, period, false)
	}
}

// regionCode takes the twelve digits of the statistics bureau to six.
func regionCode(text string) string {
	if len(text) == 12 && strings.HasSuffix(text, "000000") {
		return text[:6]
	}
	return text
}
