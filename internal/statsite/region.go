package statsite

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Region is a county-level region with the names of the levels above it.
type Region struct {
	Code     string // GB/T 2260, six digits
	Name     string // as printed, with its suffix: 清徐县
	Parent   string // the city: 太原市
	Province string // 山西省
}

// nation is the region of the national series; it has no GB/T 2260 code of its own, so the zero code stands for it.
var nation = Region{Code: "000000", Name: "全国"}

// DefaultRegions gives the three counties of Shanxi that the demo shows, one on each kind of host.
func DefaultRegions() []Region {
	return []Region{
		{Code: "140121", Name: "清徐县", Parent: "太原市", Province: "山西省"},
		{Code: "140681", Name: "怀仁市", Parent: "朔州市", Province: "山西省"},
		{Code: "140703", Name: "太谷区", Parent: "晋中市", Province: "山西省"},
	}
}

// scope is how a county calls itself in its own communiqué: 全县, 全市, 全区, 全旗.
func (r Region) scope() string {
	for _, suffix := range []string{"市", "区", "旗"} {
		if strings.HasSuffix(r.Name, suffix) {
			return "全" + suffix
		}
	}
	return "全县"
}

// shortName is the name without 市, which is how the bureau's interfaces call a city.
func (r Region) shortName() string { return strings.TrimSuffix(r.Name, "市") }

// number is the code as an integer, for hashing and article numbers.
func (r Region) number() uint64 {
	var n uint64
	for _, digit := range r.Code {
		n = n*10 + uint64(digit-'0')
	}
	return n
}

// level tells nation, province, city and county apart by the zeros of the code.
func (r Region) level() level {
	switch {
	case r.Code == nation.Code:
		return levelNation
	case strings.HasSuffix(r.Code, "0000"):
		return levelProvince
	case strings.HasSuffix(r.Code, "00"):
		return levelCity
	}
	return levelCounty
}

type level int

const (
	levelCounty level = iota
	levelCity
	levelProvince
	levelNation
)

// geography is the tree above the configured counties, every list ordered by code.
type geography struct {
	counties  []Region
	cities    []Region
	provinces []Region
	byCode    map[string]Region
	within    map[string][]Region // counties of a city, cities of a province
}

func newGeography(counties []Region) geography {
	g := geography{byCode: map[string]Region{nation.Code: nation}, within: map[string][]Region{}}
	for _, county := range counties {
		mustBeCounty(county)
		if _, twice := g.byCode[county.Code]; twice {
			panic(fmt.Sprintf("statsite: region %s is listed twice", county.Code))
		}
		g.byCode[county.Code] = county
		g.counties = append(g.counties, county)
		city := Region{Code: county.Code[:4] + "00", Name: county.Parent, Province: county.Province}
		province := Region{Code: county.Code[:2] + "0000", Name: county.Province, Province: county.Province}
		g.within[city.Code] = append(g.within[city.Code], county)
		if _, known := g.byCode[city.Code]; !known {
			g.byCode[city.Code] = city
			g.cities = append(g.cities, city)
			g.within[province.Code] = append(g.within[province.Code], city)
		}
		if _, known := g.byCode[province.Code]; !known {
			g.byCode[province.Code] = province
			g.provinces = append(g.provinces, province)
		}
	}
	sortByCode(g.counties)
	sortByCode(g.cities)
	sortByCode(g.provinces)
	for _, members := range g.within {
		sortByCode(members)
	}
	return g
}

func sortByCode(regions []Region) {
	slices.SortFunc(regions, func(a, b Region) int { return cmp.Compare(a.Code, b.Code) })
}

func mustBeCounty(r Region) {
	digits := strings.Trim(r.Code, "0123456789") == "" && len(r.Code) == 6
	if !digits || strings.HasSuffix(r.Code, "00") || r.Name == "" || r.Parent == "" || r.Province == "" {
		panic(fmt.Sprintf("statsite: region %+v needs a six-digit county code, a name, a city and a province", r))
	}
}
