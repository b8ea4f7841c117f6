package account

import (
	"fmt"
	"strings"
)

// Nation is the code of the whole country, which every region lies in.
const Nation = "000000"

// Level is how deep a region lies: 0 nation, 1 province, 2 city, 3 county.
type Level int

// Levels of GB/T 2260.
const (
	NationLevel Level = iota
	ProvinceLevel
	CityLevel
	CountyLevel
)

// CheckRegion refuses what is not written as a code of GB/T 2260: six digits, whose
// province is there where a city is, and whose city where a county is.
func CheckRegion(code string) error {
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		return fmt.Errorf("reading region %q: want the six digits of GB/T 2260, such as 140121", code)
	}
	if code != Nation && code[:2] == "00" || code[2:] != "0000" && code[2:4] == "00" {
		return fmt.Errorf("reading region %q: its code names a place in no province or city", code)
	}
	return nil
}

// LevelOf returns how deep a region lies. The code must be one.
func LevelOf(code string) Level {
	switch {
	case code == Nation:
		return NationLevel
	case code[2:] == "0000":
		return ProvinceLevel
	case code[4:] == "00":
		return CityLevel
	}
	return CountyLevel
}

// Within reports whether a region is the given one or lies in it, by the prefix of its
// code. What is no code lies nowhere.
func Within(region, outer string) bool {
	if CheckRegion(region) != nil || CheckRegion(outer) != nil {
		return false
	}
	return strings.HasPrefix(region, Prefix(outer))
}

// Prefix returns the digits that all regions within a region share: 14 for 140000,
// 1401 for 140100, 140121 for 140121, none for the nation.
func Prefix(code string) string { return code[:2*int(LevelOf(code))] }

// Parent returns the code of the region around a region, itself for the nation. It is
// a code; the codes directly under a province (429004) have a city's code as parent
// that no city bears.
func Parent(code string) string {
	level := LevelOf(code)
	if level == NationLevel {
		return Nation
	}
	digits := 2 * int(level-1)
	return code[:digits] + Nation[digits:]
}
