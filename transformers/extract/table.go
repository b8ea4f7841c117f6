package extract

import (
	"regexp"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// tableReader reads one grid.
type tableReader struct {
	*sink
	*grid
	scope      *scope
	lines      []string // captions, nearest first
	declared   bool     // the source's file declares the table in scope
	industrial bool     // the caption says that all is about industry above scale
	columns    [][]*label
	rowLabel   [][]label // by row and label column
	labelAt    []int     // by column: which of the label columns it is, -1 for values
	labelCount int       // of the label columns
	rowYear    []int     // year that a row inherits from the rows above
	sections   []*label  // by row: the line above it that names a region or period
	revisions  []revision
	byRegion   bool                // the labels tell regions apart
	subject    *pipeline.Indicator // the only indicator that the captions name
	before     *tableReader        // the band above, where a long table is read in bands
	products   []bool              // by column: the last row's label is right under the gross product
	labelsOf   [][]int             // by column: which of its row's labels it has
	settledOf  []columnSettled     // by column
	rowSettled []rowSettled        // of the row that is being read, by group of columns
	unnamed    struct {            // the region of cells whose labels name none
		read bool
		on   pipeline.Date
		settledRegion
	}
	captioned  captioned
	chained    chain    // room for the labels of one cell
	candidates []string // and for its units
}

// otherScope is what makes the same labels mean something else.
var otherScope = newAnywhere("民营经济", "非公有制", "非公经济", "开发区", "园区")

// readTable reads a table of data and returns its captions, for a continued one.
func (s *sink) readTable(table *decode.Table, sc *scope, captions, notes []string) []string {
	t := s.readGrid(&tableReader{grid: newGrid(table), scope: sc}, captions, notes)
	t.giveBack()
	return t.lines
}

// readGrid reads a grid whose captions are its own lines and those given.
func (s *sink) readGrid(t *tableReader, captions, notes []string) *tableReader {
	t.sink = s
	t.lines = append(slices.Clone(t.captions), captions...)
	all := strings.Join(t.lines, "\n")
	for _, declared := range s.rules.Source.Tables {
		t.declared = t.declared || strings.Contains(compact(all), compact(declared))
	}
	if otherScope.MatchString(all) && !t.declared || len(t.rows) == 0 {
		return t
	}
	t.industrial = strings.Contains(compact(all), "规模以上工业")
	t.subject = s.subjectOf(t.lines)
	t.revisions = s.revisionsIn(append(t.notes, notes...))
	t.numberLabels()
	t.readColumns()
	t.readRows()
	t.byRegion = t.namesRegions() || t.before != nil && t.before.byRegion
	t.settleColumns()
	t.expectValues()
	for r := t.head; r < len(t.rows); r++ {
		clear(t.rowSettled)
		for c := range t.rows[r] {
			if cell := &t.rows[r][c]; !t.isLabel[c] && cell.origin != nil && cell.first && !t.plainCell(r, c, cell) {
				t.cell(r, c)
			}
		}
	}
	return t
}

// namesRegions reports whether the labels tell regions apart.
func (t *tableReader) namesRegions() bool {
	for _, row := range t.rowLabel {
		if slices.ContainsFunc(row, func(l label) bool { return l.region != "" && !l.average }) {
			return true
		}
	}
	for _, column := range t.columns {
		if slices.ContainsFunc(column, func(l *label) bool { return l.region != "" && !l.average }) {
			return true
		}
	}
	return false
}

// subjectOf returns the indicator of captions that name one and nothing else.
func (s *sink) subjectOf(captions []string) *pipeline.Indicator {
	found := map[string]bool{}
	for _, line := range captions {
		for _, hit := range s.recognise.Scan(line) {
			if !hit.Contextual {
				found[hit.Indicator] = true
			}
		}
	}
	if len(found) != 1 {
		return nil
	}
	for code := range found {
		return s.indicators[code]
	}
	return nil
}

func (t *tableReader) readColumns() {
	t.fillHead()
	t.columns = make([][]*label, len(t.isLabel))
	byOrigin := map[*decode.Cell]*label{}
	var across []*label
	for c := range t.isLabel {
		for _, cell := range t.headOf(c) {
			l, ok := byOrigin[cell.origin]
			if !ok {
				read := t.readLabel(cell.String(), t.scope, t.scope.within)
				l = &read
				byOrigin[cell.origin] = l
				across = append(across, l)
			}
			t.columns[c] = append(t.columns[c], l)
		}
	}
	settleSectors(across, false)
	t.lendNames()
	t.lendTimes()
	t.lendNamedTimes()
}

var categoryHead = regexp.MustCompile(`^(?:类别|分类|类型|领域|方面|板块|维度|一级指标|指标类别|任务)$`)

// isCategory reports whether a column of labels only sorts the rows.
func (t *tableReader) isCategory(c int) bool {
	head := t.headOf(c)
	return len(head) > 0 && categoryHead.MatchString(compact(head[len(head)-1].String()))
}

// lendNames gives a column that says only 同比增长 the name of the column before
// it, where both stand under the same heads.
func (t *tableReader) lendNames() {
	for c := 1; c < len(t.columns); c++ {
		own, before := t.columns[c], t.columns[c-1]
		n := len(own)
		if n == 0 || len(before) != n || !own[n-1].growth || !slices.Equal(own[:n-1], before[:n-1]) {
			continue
		}
		if lender := before[n-1]; lender.indicator != nil && !slices.ContainsFunc(own, func(l *label) bool { return l.indicator != nil }) {
			lent := *own[n-1]
			lent.indicator = t.growthOf(lender.indicator)
			lent.decoy = lent.indicator == nil
			t.columns[c] = append(slices.Clone(own[:n-1]), &lent)
		}
	}
}
