package ordering

import (
	"strings"

	"zhibiao/warehouse/dictionary"
)

// nature is what an expression is made of.
type nature struct {
	regional bool // a region's code or name
	valued   bool // a figure, a count, or something that is not known to be a key
}

func (n nature) with(other nature) nature {
	return nature{n.regional || other.regional, n.valued || other.valued}
}

// keyNames are the columns that say which number a row is about, where it comes from
// and when it was known. Everything else is taken for a value.
var keyNames = set(`indicator freq basis kind dims boundary period period_start period_end year quarter month span
	source supplier lineage version document hash url title media_type
	fetched_at known_at published_at published_precision confirmed_at started_at finished_at applied_at effective_at expected_on due_on as_of
	op unit status revision_round round access locator byte_start byte_end prior derivation derivation_no no id vintage
	task level programme code name name_zh name_en series owner rule reason label place method table database position number trigger
	valid_from valid_to valid_until effective_from from_year to_year from to level_code province_code check input part growth_of coordinating_unit move whose type relation`)

// regionNames are the columns that name a region in any table.
var regionNames = set(`region region_code region_name county county_code county_name city city_code city_name prefecture district area area_code
	地区 区划 区划代码 县 县区 市 名称`)

// regionTableNames are columns that name a region in the tables of regions only.
var regionTableNames = set("code name city province next from_code to_code predecessor successor old_code new_code old_name new_name")

func set(words string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		all[w] = true
	}
	return all
}

// natureOfName judges a column of a table by its name.
func natureOfName(table, column string) nature {
	column = strings.ToLower(column)
	switch {
	case regionNames[column], strings.HasPrefix(table, "region") && regionTableNames[column]:
		return nature{regional: true}
	case keyNames[column]:
		return nature{}
	}
	return nature{valued: true}
}

// outputs are the columns of a relation; complete is false for a table that is not in
// the dictionary.
func (r relation) outputs() (columns map[string]nature, complete bool) {
	if r.known == nil {
		return r.work()
	}
	if r.known.columns == nil {
		r.known.columns, r.known.complete = r.work()
	}
	return r.known.columns, r.known.complete
}

// remembered are the outputs of a relation or SELECT, which every column of a nested
// query asks for again.
type remembered struct {
	columns  map[string]nature
	complete bool
}

func (r relation) work() (columns map[string]nature, complete bool) {
	columns = map[string]nature{}
	if r.query != nil {
		complete = true
		for _, s := range *r.query {
			all, whole := s.outputs()
			complete = complete && whole
			for name, n := range all {
				columns[name] = columns[name].with(n)
			}
		}
		return columns, complete
	}
	described, found := dictionary.Find(r.name)
	for _, c := range described.Columns {
		columns[strings.ToLower(c.Name)] = natureOfName(r.name, c.Name)
	}
	return columns, found
}

// outputs are the columns of a SELECT. Where it is about one region, no column lines
// up regions.
func (s *selection) outputs() (columns map[string]nature, complete bool) {
	if s.result.columns == nil {
		s.result.columns, s.result.complete = s.work()
	}
	return s.result.columns, s.result.complete
}

func (s *selection) work() (columns map[string]nature, complete bool) {
	columns, complete = map[string]nature{}, true
	pinned := s.pinned()
	for _, i := range s.items {
		if relations, star := s.star(i.expression); star {
			for _, r := range relations {
				all, whole := r.outputs()
				complete = complete && whole
				for name, n := range all {
					columns[name] = columns[name].with(n)
				}
			}
			continue
		}
		if i.alias != "" {
			columns[strings.ToLower(i.alias)] = s.nature(i.expression)
		}
	}
	if pinned {
		for name, n := range columns {
			columns[name] = nature{valued: n.valued}
		}
	}
	return columns, complete
}

// star reports whether an item is * or t.* and of which relations.
func (s *selection) star(expression []token) ([]relation, bool) {
	switch {
	case len(expression) > 0 && expression[0].isSymbol("*"):
		return s.from, true
	case len(expression) > 2 && expression[1].isSymbol(".") && expression[2].isSymbol("*"):
		for _, r := range s.from {
			if r.alias == strings.ToLower(expression[0].text) {
				return []relation{r}, true
			}
		}
		return s.from, true
	}
	return nil, false
}

// notNames are words of expressions that are no columns.
var notNames = set(`and or not is null in like ilike between interval case when then else end as distinct true false over
	second minute hour day week month_ quarter_ year_ global any all filter ignore respect nulls array union select from`)

// counting are functions whose result does not show what they count.
var counting = set("count countif countdistinct uniq uniqif uniqexact uniqexactif uniqcombined uniqcombined64 uniqhll12 uniqthetasketch")

// aggregate are functions over the rows of a group. What they say of a region is a
// figure about it, even the latest date of its data.
var aggregate = set(`sum sumif avg avgif min minif max maxif quantile quantileif quantiles quantileexact quantilesexact median medianexact
	stddevpop stddevsamp varpop varsamp sumkahan avgweighted sumoverflow corr covarpop covarsamp skewpop kurtpop entropy exponentialmovingaverage
	argmin argminif argmax argmaxif`)

// ranking are functions of windows that number rows: what they say follows from the
// window's order, which is judged by itself.
var ranking = set("row_number rank dense_rank percent_rank cume_dist ntile denserank percentrank")

// nature of an expression.
func (s *selection) nature(expression []token) nature {
	var n nature
	for i := 0; i < len(expression); i++ {
		t := expression[i]
		switch {
		case t.kind == group && t.text == "{": // a parameter
		case t.kind == group && startsQuery(t.inner): // one value, or a list that is only asked
		case t.kind == group:
			n = n.with(s.nature(t.inner))
		case t.isSymbol("::"):
			i++ // the type
			if i+1 < len(expression) && expression[i+1].isGroup("(") {
				i++
			}
		case t.is("OVER"):
			i++ // the window
		case t.kind != word || notNames[strings.ToLower(t.text)]:
		case i+1 < len(expression) && expression[i+1].isGroup("("):
			n = n.with(s.natureOfCall(strings.ToLower(t.text), expression[i+1].inner))
			i++
		default:
			var qualifier string
			for i+2 < len(expression) && expression[i+1].isSymbol(".") && expression[i+2].kind == word {
				qualifier = strings.ToLower(expression[i].text)
				i += 2
			}
			n = n.with(s.natureOfColumn(qualifier, strings.ToLower(expression[i].text)))
		}
	}
	return n
}

func (s *selection) natureOfCall(function string, arguments []token) nature {
	switch {
	case ranking[function]:
		return nature{}
	case counting[function]:
		return nature{valued: true}
	case aggregate[function]:
		return nature{valued: true, regional: s.nature(arguments).regional}
	case startsQuery(arguments):
		return nature{}
	}
	return s.nature(arguments)
}

func (s *selection) natureOfColumn(qualifier, name string) nature {
	if qualifier == "" {
		if n, found := s.natureOfAlias(name); found {
			return n
		}
	}
	for _, r := range s.from {
		if qualifier != "" && r.alias != qualifier && r.name != qualifier {
			continue
		}
		columns, _ := r.outputs()
		if n, found := columns[name]; found {
			return n
		}
	}
	table := ""
	for _, r := range s.from {
		if r.query == nil && (qualifier == "" || r.alias == qualifier) && strings.HasPrefix(r.name, "region") {
			table = r.name
		}
	}
	return natureOfName(table, name)
}

// natureOfAlias follows an alias to its expression. Where the expression comes back to
// the alias, the column of that name is meant.
func (s *selection) natureOfAlias(name string) (n nature, found bool) {
	if n, found := s.aliases[name]; found {
		return n, true
	}
	if s.following[name] {
		return nature{}, false
	}
	for _, i := range s.items {
		if !strings.EqualFold(i.alias, name) {
			continue
		}
		if bare, ok := bareName(i.expression); ok && strings.EqualFold(bare, name) {
			continue // the column itself
		}
		if s.aliases == nil {
			s.aliases, s.following = map[string]nature{}, map[string]bool{}
		}
		s.following[name] = true
		n = s.nature(i.expression)
		delete(s.following, name)
		s.aliases[name] = n
		return n, true
	}
	return nature{}, false
}

// pinned reports whether WHERE says which one region the rows are about.
func (s *selection) pinned() bool {
	var conjunct []token
	one := false
	judge := func() {
		one = one || s.namesOneRegion(conjunct)
		conjunct = nil
	}
	for _, t := range s.where {
		switch {
		case t.is("OR"):
			return false
		case t.is("AND"):
			judge()
		default:
			conjunct = append(conjunct, t)
		}
	}
	judge()
	return one
}

// namesOneRegion reads region = 'code', region = {region:String} and region IN ('code').
func (s *selection) namesOneRegion(conjunct []token) bool {
	n := len(conjunct)
	if n < 3 {
		return false
	}
	last, operator := conjunct[n-1], conjunct[n-2]
	single := last.kind == text || last.isGroup("{") || last.isSymbol("?")
	if operator.is("IN") && last.isGroup("(") {
		single = len(last.inner) == 1 && last.inner[0].kind == text
	} else if !operator.isSymbol("=") {
		return false
	}
	_, bare := bareName(conjunct[:n-2])
	return single && bare && s.nature(conjunct[:n-2]).regional
}
