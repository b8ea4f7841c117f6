package extract

import (
	"regexp"
	"slices"
	"strings"

	"zhibiao/pipeline"
	"zhibiao/transformers/recognise"
)

var codeInPath = regexp.MustCompile(`[/_-](\d{6})(?:[/_.-]|$)`)

// fallbackRegion is the region outside the page's own words: a code in the URL's
// path, the list's region, the source file's.
func (s *sink) fallbackRegion() string {
	if s.settled.fallback == nil {
		code := s.readFallbackRegion()
		s.settled.fallback = &code
	}
	return *s.settled.fallback
}

func (s *sink) readFallbackRegion() string {
	path, _, _ := strings.Cut(s.doc.URL, "?")
	for _, m := range codeInPath.FindAllStringSubmatch(path, -1) {
		if s.levels[m[1]] != "" {
			return m[1]
		}
	}
	if code := s.doc.Context[pipeline.ContextRegion]; code != "" {
		return code
	}
	return s.rules.Source.Region
}

// officeBehind makes an office of a region's name: 朔州市统计局 says nothing of
// what the numbers are about, except as the name of a site.
var officeBehind = starting{"市委", "县委", "区委", "委", "人民政府", "政府", "统计", "市场监", "调查", "人大", "局", "厅", "办"}

// regionsNamed returns the regions that a title names; of a region and its
// parent only the region.
func (s *sink) regionsNamed(text string) []regionRef {
	var refs []regionRef
	hits := s.recognise.RegionsIn(text)
	for i, hit := range hits {
		if officeBehind.MatchString(text[hit.End:]) && i > 0 && len(refs) > 0 {
			continue
		}
		ref := regionRef{name: text[hit.Start:hit.End], codes: hit.Codes}
		if !slices.ContainsFunc(refs, func(r regionRef) bool { return slices.Equal(r.codes, ref.codes) }) {
			refs = append(refs, ref)
		}
	}
	return slices.DeleteFunc(refs, func(above regionRef) bool {
		return slices.ContainsFunc(refs, func(below regionRef) bool { return encloses(above, below) })
	})
}

// narrowed settles a name that several regions have by the other texts about the
// page: one names it with its parent, or names the parent.
func (s *sink) narrowed(ref regionRef, places []string) regionRef {
	if len(ref.codes) < 2 {
		return ref
	}
	for _, text := range places {
		for _, other := range s.regionsNamed(text) {
			if len(other.codes) < len(ref.codes) && !slices.ContainsFunc(other.codes, func(code string) bool { return !slices.Contains(ref.codes, code) }) {
				return other
			}
			inside := slices.DeleteFunc(slices.Clone(ref.codes), func(code string) bool { return !encloses(other, regionRef{codes: []string{code}}) })
			if len(inside) > 0 && len(inside) < len(ref.codes) && strings.HasSuffix(other.codes[0], "00") {
				return regionRef{name: other.name + ref.name, codes: inside}
			}
		}
	}
	return ref
}

func encloses(above, below regionRef) bool {
	if len(above.codes) == 0 || len(below.codes) == 0 {
		return false
	}
	prefix := strings.TrimSuffix(strings.TrimSuffix(above.codes[0], "00"), "00")
	return len(prefix) < 6 && above.codes[0] != below.codes[0] && strings.HasPrefix(below.codes[0], prefix)
}

// pageRegion settles the page's region for a period.
func (s *sink) pageRegion(sc *scope, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	switch len(sc.regions) {
	case 0:
		return recognise.RegionMatch{}, pipeline.MissingRegion
	case 1:
		return s.settleRegion(sc.regions[0], s.fallbackRegion(), period)
	}
	return recognise.RegionMatch{}, pipeline.AmbiguousRegion
}

// settleRegion finds the one code that a name stands for on a period's last day.
// within decides between regions of one name.
func (s *sink) settleRegion(ref regionRef, within string, period pipeline.Period) (recognise.RegionMatch, pipeline.Reason) {
	if len(ref.codes) == 1 {
		return s.regionOfCode(ref.codes[0], period)
	}
	return s.regionByName(ref.name, within, period)
}
