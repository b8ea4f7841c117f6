package recognise

import (
	"slices"
	"strings"
	"sync/atomic"

	"zhibiao/pipeline"
)

// The years for which GB/T 2260's history is complete; outside them the nearest
// counts.
const (
	firstYear = 1981
	lastKnown = 2024
)

// regions knows every name and code that a region has had.
type regions struct {
	list   []pipeline.Region
	byName map[string][]int // folded full names
	short  map[string][]int // folded names of prefectures and above without their suffix
	byCode map[string][]int
	before map[string][]int // entries that were followed by a code
	trie   *trie
	names  []string // by value of trie

	nameCodes [][]string                 // codes of a name's entries, sorted, by value of trie
	forms     []atomic.Pointer[[]string] // see parents, by entry; made at first use
}

func compileRegions(list []pipeline.Region) *regions {
	r := &regions{
		list:   list,
		byName: make(map[string][]int, len(list)),
		short:  map[string][]int{},
		byCode: make(map[string][]int, len(list)),
		before: make(map[string][]int, len(list)),
		trie:   newTrie(4 * len(list)),
		forms:  make([]atomic.Pointer[[]string], len(list)),
	}
	for i, region := range list {
		name := foldName(region.Name)
		if _, ok := r.byName[name]; !ok {
			r.trie.add(name, int32(len(r.names)))
			r.names = append(r.names, name)
		}
		r.byName[name] = append(r.byName[name], i)
		r.byCode[region.Code] = append(r.byCode[region.Code], i)
		for _, next := range region.Next {
			r.before[next] = append(r.before[next], i)
		}
		if region.Level == "province" || region.Level == "prefecture" {
			if s := shortName(name); s != name {
				r.short[s] = append(r.short[s], i)
			}
		}
	}
	r.nameCodes = make([][]string, len(r.names))
	for value, name := range r.names {
		r.nameCodes[value] = r.codes(r.byName[name])
	}
	return r
}

// peoples are the words that stand in the names of autonomous regions and
// prefectures between the place and the rank.
var peoples = []string{"维吾尔", "壮族", "回族", "藏族", "羌族", "彝族", "白族", "傣族", "景颇族", "傈僳族", "哈尼族", "苗族", "侗族",
	"布依族", "土家族", "朝鲜族", "蒙古族", "蒙古", "哈萨克", "柯尔克孜", "黎族", "特别"}

// shortName takes rank and people off a region's name: 太原, 延边, 广西.
func shortName(name string) string {
	for _, rank := range []string{"自治区", "自治州", "行政区", "地区", "省", "市", "盟", "州"} {
		place, ok := strings.CutSuffix(name, rank)
		if !ok || len([]rune(place)) < 2 {
			continue
		}
		if rank == "市" || rank == "省" || rank == "地区" || rank == "盟" {
			return place
		}
		for again := true; again; {
			again = false
			for _, people := range peoples {
				if rest, ok := strings.CutSuffix(place, people); ok && len([]rune(rest)) >= 2 && rest != "内" {
					place, again = rest, true
				}
			}
		}
		return place
	}
	return name
}

// inForce reports whether an entry is what a period that ends on the day is
// filed under: on the last day of a year only who was there at its end, within
// the year of a change also who was there before.
func (r *regions) inForce(i int, on pipeline.Date) bool {
	region, year := r.list[i], yearOf(on)
	if region.From > year {
		return false
	}
	if region.To == 0 || year <= region.To {
		return true
	}
	return on.Year() == year && on != pipeline.DateOf(year, 12, 31) && year == region.To+1
}

func yearOf(on pipeline.Date) int { return min(max(on.Year(), firstYear), lastKnown) }

// successor returns the entry that an entry was renamed to, one to one: nothing
// else went into it, and it did not exist before.
func (r *regions) successor(i int) (int, bool) {
	old := r.list[i]
	if old.To == 0 || len(old.Next) != 1 {
		return 0, false
	}
	code := old.Next[0]
	for _, other := range r.before[code] {
		if other != i && r.list[other].To == old.To {
			return 0, false
		}
	}
	for _, next := range r.byCode[code] {
		if r.list[next].From == old.To+1 {
			return next, true
		}
	}
	return 0, false
}

func (r *regions) predecessor(i int) (int, bool) {
	for _, old := range r.before[r.list[i].Code] {
		if next, ok := r.successor(old); ok && next == i {
			return old, true
		}
	}
	return 0, false
}

// mostRenames bounds the renames of one region since 1981; there are fewer.
const mostRenames = 8

// follow goes along renames to the entry in force on the day.
func (r *regions) follow(i int, on pipeline.Date) (int, bool) {
	for range mostRenames {
		if r.inForce(i, on) {
			return i, true
		}
		step := r.successor
		if r.list[i].From > yearOf(on) {
			step = r.predecessor
		}
		next, ok := step(i)
		if !ok {
			return 0, false
		}
		i = next
	}
	return 0, false
}

// settle finds the one code among entries that is in force on the day, or was
// renamed one to one to such a one.
func (r *regions) settle(entries []int, on pipeline.Date) (RegionMatch, pipeline.Reason) {
	var valid, followed, later []string
	for _, i := range entries {
		if r.inForce(i, on) {
			valid = appendOnce(valid, r.list[i].Code)
		} else if j, ok := r.follow(i, on); ok {
			followed = appendOnce(followed, r.list[j].Code)
		} else if r.list[i].From > yearOf(on) {
			later = appendOnce(later, r.list[i].Code)
		}
	}
	for _, codes := range [][]string{valid, followed} {
		switch len(codes) {
		case 0:
		case 1:
			return RegionMatch{Code: codes[0]}, ""
		default:
			return RegionMatch{}, pipeline.AmbiguousRegion
		}
	}
	if len(later) == 1 {
		return RegionMatch{Code: later[0], Restated: true}, ""
	}
	return RegionMatch{}, pipeline.UnknownRegion
}

func appendOnce(codes []string, code string) []string {
	if slices.Contains(codes, code) {
		return codes
	}
	return append(codes, code)
}

// parents lists the ways in which an entry's parents are written before its
// name, longest first.
func (r *regions) parents(i int) []string {
	known := r.forms[i].Load()
	if known == nil {
		forms := r.parentForms(i)
		known = &forms
		r.forms[i].Store(known)
	}
	return *known
}

func (r *regions) parentForms(i int) []string {
	region := r.list[i]
	var forms []string
	provinces, cities := nameForms(region.Province), nameForms(region.City)
	if region.Level == "province" || region.Level == "nation" {
		return nil
	}
	if region.Level == "prefecture" || region.City == "直辖" {
		cities = nil
	}
	for _, p := range provinces {
		for _, c := range cities {
			forms = append(forms, p+c)
		}
	}
	forms = append(append(forms, cities...), provinces...)
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	return forms
}

func nameForms(name string) []string {
	if name == "" {
		return nil
	}
	full := foldName(name)
	if short := shortName(full); short != full {
		return []string{full, short}
	}
	return []string{full}
}
