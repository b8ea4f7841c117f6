package recognise

import (
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// nation is the code of the whole country.
const nation = "000000"

// Region finds the code of a region's name that is in force on the day, which
// is the last of the period. within is the region that encloses the place of the
// name, "" if none is known: 全市 and 全县 mean it, and it decides between regions
// of one name. Names without their rank (太原) count for prefectures and above. A
// name of another time leads along one-to-one renames; else it is refused, or, if
// it is younger than the period, kept and marked Restated.
func (r *Recogniser) Region(name, within string, on pipeline.Date) (RegionMatch, pipeline.Reason) {
	folded := strip(foldName(name))
	if folded == "" {
		return RegionMatch{}, pipeline.MissingRegion
	}
	if len(folded) == 6 && allDigits(folded) || len(folded) == 12 && allDigits(folded) {
		return r.RegionByCode(folded, on)
	}
	known := r.regions()
	if match, reason, ok := r.scope(folded, within, on); ok {
		return match, reason
	}
	entries, parent := known.named(folded)
	if len(entries) == 0 {
		return RegionMatch{}, pipeline.UnknownRegion
	}
	if parent {
		return known.settle(entries, on)
	}
	inside := known.inside(entries, within)
	if len(inside) > 0 {
		return known.settle(inside, on)
	}
	if commonNouns[folded] || within != "" && within != nation && known.bearers(entries) > 1 {
		return RegionMatch{}, pipeline.AmbiguousRegion
	}
	return known.settle(entries, on)
}

// commonNouns are names of regions that are also plain words.
var commonNouns = map[string]bool{"城区": true, "郊区": true, "矿区": true, "市区": true, "新区": true}

// RegionByCode takes six digits, or the statistics bureau's twelve, to the code
// in force on the day along one-to-one renames.
func (r *Recogniser) RegionByCode(code string, on pipeline.Date) (RegionMatch, pipeline.Reason) {
	code = foldName(code)
	if len(code) == 12 && strings.HasSuffix(code, "000000") {
		code = code[:6]
	}
	if len(code) != 6 || !allDigits(code) {
		return RegionMatch{}, pipeline.UnknownRegion
	}
	known := r.regions()
	return known.settle(known.byCode[code], on)
}

func allDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// scope reads the words that mean a region without naming it.
func (r *Recogniser) scope(name, within string, on pipeline.Date) (RegionMatch, pipeline.Reason, bool) {
	if rest, ok := strings.CutPrefix(name, "本"); ok {
		name = "全" + rest
	} else if rest, ok := strings.CutPrefix(name, "我"); ok {
		name = "全" + rest
	}
	switch name {
	case "全国":
		return RegionMatch{Code: nation}, "", true
	case "全省", "全市", "全县", "全区", "全州", "全旗", "全盟":
	default:
		return RegionMatch{}, "", false
	}
	if within == "" {
		return RegionMatch{}, pipeline.MissingRegion, true
	}
	known := r.regions()
	entries := known.byCode[within]
	if len(entries) == 0 {
		return RegionMatch{}, pipeline.UnknownRegion, true
	}
	code := enclosing(within, known.list[entries[len(entries)-1]], strings.TrimPrefix(name, "全"))
	if code == "" {
		return RegionMatch{}, pipeline.UnknownRegion, true
	}
	match, reason := r.RegionByCode(code, on)
	return match, reason, true
}

// enclosing returns the region that a rank means in a page about a region: the
// region itself, or the one above it that has the rank; "" for neither.
func enclosing(code string, region pipeline.Region, rank string) string {
	county, prefecture := region.Level == "county", region.Level == "prefecture"
	switch {
	case rank == "省":
		if region.Level == "nation" || strings.HasSuffix(region.Province, "市") || strings.HasSuffix(region.Province, "区") {
			return ""
		}
		return code[:2] + "0000"
	case strings.HasSuffix(region.Name, rank) && rank != "区":
		return code
	case rank == "区" && (county || strings.HasSuffix(region.Name, "自治区")):
		return code
	case rank == "县" && county, rank == "旗" && county:
		return code
	case county && (rank == "市" || rank == "州" || rank == "盟"):
		if region.City == "直辖" && rank == "市" && strings.HasSuffix(region.Province, "市") {
			return code[:2] + "0000"
		}
		if strings.HasSuffix(region.City, rank) {
			return code[:4] + "00"
		}
	case prefecture && rank == "市" && strings.HasSuffix(region.Name, "地区"):
		return ""
	}
	return ""
}

// named returns the entries of a name, alone or behind its parents' names.
func (r *regions) named(name string) (entries []int, parent bool) {
	if entries = append(slices.Clone(r.byName[name]), r.short[name]...); len(entries) > 0 {
		return entries, false
	}
	runes := []rune(name)
	for cut := 2; cut <= len(runes)-2; cut++ {
		above, own := string(runes[:cut]), string(runes[cut:])
		for _, i := range append(slices.Clone(r.byName[own]), r.short[own]...) {
			if slices.Contains(r.parents(i), above) {
				entries = append(entries, i)
			}
		}
		if len(entries) > 0 {
			return entries, true
		}
	}
	return nil, false
}

// inside keeps the entries in the prefecture of a region, or in its province if
// it is one.
func (r *regions) inside(entries []int, within string) []int {
	if within == "" || within == nation || len(within) != 6 {
		return nil
	}
	prefix := within[:4]
	if prefix[2:] == "00" {
		prefix = within[:2]
	}
	var kept []int
	for _, i := range entries {
		if strings.HasPrefix(r.list[i].Code, prefix) {
			kept = append(kept, i)
		}
	}
	return kept
}

// bearers counts the regions that entries are about, renames taken as one.
func (r *regions) bearers(entries []int) int {
	seen := map[int]bool{}
	for _, i := range entries {
		for range mostRenames {
			next, ok := r.successor(i)
			if !ok {
				break
			}
			i = next
		}
		seen[i] = true
	}
	return len(seen)
}

// RegionsIn finds full region names in running text, for titles and names of
// sites. Parents that stand right before a name are part of its hit and narrow
// its codes.
func (r *Recogniser) RegionsIn(text string) []RegionHit { return NewPassage(text).Regions(r) }

// Regions finds full region names in the passage; see RegionsIn. Codes must not
// be changed.
func (p *Passage) Regions(r *Recogniser) []RegionHit {
	known := r.regions()
	f := p.compact
	hits, starts := p.regions[:0], p.starts[:0]
	free := 0 // end of the last hit, in runes
	for i := 0; i < len(f.runes); {
		if !known.trie.starts(f.runes[i]) || !known.trie.goesOn(f.runes, i) {
			i++
			continue
		}
		value, length := known.trie.longest(f.runes[i:])
		if value < 0 {
			i++
			continue
		}
		entries := known.byName[known.names[value]]
		start, narrowed := known.behindParents(f.runes, i, entries)
		if length == 2 && start == i && i != free && !clearBefore(f.runes, i) {
			i++
			continue
		}
		for len(starts) > 0 && starts[len(starts)-1] >= start {
			starts, hits = starts[:len(starts)-1], hits[:len(hits)-1]
		}
		from, to := f.span(start, i+length)
		codes := known.nameCodes[value]
		if start != i {
			codes = known.codes(narrowed)
		}
		hits = append(hits, RegionHit{Codes: codes, Start: from, End: to})
		starts = append(starts, start)
		i += length
		free = i
	}
	p.regions, p.starts = hits, starts
	return hits
}

// behindParents looks for the longest form of any entry's parents right before
// rune i, and keeps the entries that have it.
func (r *regions) behindParents(runes []rune, i int, entries []int) (start int, kept []int) {
	if i == 0 {
		return i, entries
	}
	before := string(runes[max(0, i-20):i])
	best := ""
	for _, entry := range entries {
		for _, form := range r.parents(entry) {
			if len(form) < len(best) || !strings.HasSuffix(before, form) {
				continue
			}
			if len(form) > len(best) {
				best, kept = form, nil
			}
			kept = append(kept, entry)
			break
		}
	}
	if best == "" {
		return i, entries
	}
	return i - len([]rune(best)), kept
}

// clearBefore reports whether a name of two characters can start at rune i: 祁县
// in 月祁县, not 兴县 in 振兴县.
func clearBefore(runes []rune, i int) bool {
	if i == 0 {
		return true
	}
	r := runes[i-1]
	return r < 0x4E00 || r > 0x9FFF || strings.ContainsRune("年月日期在是到由从据", r)
}

func (r *regions) codes(entries []int) []string {
	var codes []string
	for _, i := range entries {
		codes = appendOnce(codes, r.list[i].Code)
	}
	slices.Sort(codes)
	return codes
}
