package regions_test

import (
	"fmt"
	"strings"
	"testing"

	"zhibiao/configs"
	"zhibiao/warehouse/regions"
)

func history(t testing.TB) *regions.History {
	t.Helper()
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	return regions.NewHistory(set.Regions())
}

func TestStretchesReachBackOverRenamesAndMergesAndStopAtSplits(t *testing.T) {
	h := history(t)
	for name, test := range map[string]struct {
		code string
		want string
	}{
		"太谷区 was 太谷县, renamed in 2019":                  {"140703", "0-1998 142429 rename; 1999-2018 140726 rename; 2019-9999 140703 own"},
		"清徐县 took nothing in":                           {"140121", "0-9999 140121 own"},
		"潞州区 is 城区 and 郊区 of 长治":                        {"140403", "1983-2017 140402 merge; 1983-2017 140411 merge; 2018-9999 140403 own"},
		"云冈区 came from a district that was split":       {"140214", "2018-9999 140214 own"},
		"东城区 of Beijing took in 崇文区 and keeps its code": {"110101", "0-2009 110101 merge; 0-2009 110103 merge; 2010-9999 110101 own"},
		"a code of the past has its own stretches":      {"140726", "0-1998 142429 rename; 1999-2018 140726 own"},
		"the nation has always been one":                {"000000", "0-9999 000000 own"},
		"a code that nobody knows has none":             {"999999", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range h.Of(test.code) {
				got = append(got, fmt.Sprintf("%d-%d %s %s", s.FromYear, s.ToYear, s.Part, s.Kind))
			}
			if strings.Join(got, "; ") != test.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), test.want)
			}
		})
	}
}

func TestLinksSayWhatHappened(t *testing.T) {
	found := map[string]string{}
	for _, l := range history(t).Links() {
		found[l.From+">"+l.To] = fmt.Sprint(l.Year, " ", l.Kind)
	}
	for link, want := range map[string]string{
		"140726>140703": "2019 rename", "140402>140403": "2018 merge", "140202>140213": "2018 split", "110103>110101": "2010 merge",
	} {
		if found[link] != want {
			t.Errorf("%s: got %q, want %s", link, found[link], want)
		}
	}
	for link := range found {
		if from, to, _ := strings.Cut(link, ">"); from == to {
			t.Errorf("%s is a link to itself", from)
		}
	}
}

func TestNoYearOfARegionHasTwoAnswers(t *testing.T) {
	h := history(t)
	byRegion := map[string][]regions.Stretch{}
	for _, s := range h.Stretches() {
		byRegion[s.Region] = append(byRegion[s.Region], s)
	}
	if len(byRegion) < 6000 {
		t.Fatalf("only %d regions", len(byRegion))
	}
	for region, list := range byRegion {
		for i, a := range list {
			if a.FromYear > a.ToYear {
				t.Errorf("%s: %+v is turned round", region, a)
			}
			same := 0
			for j, b := range list {
				overlap := a.FromYear <= b.ToYear && b.FromYear <= a.ToYear
				if overlap && (a.FromYear != b.FromYear || a.ToYear != b.ToYear || i != j && a.Part == b.Part) {
					t.Errorf("%s: %+v and %+v overlap", region, a, b)
				}
				if overlap {
					same++
				}
			}
			if same != a.Parts {
				t.Errorf("%s: %+v has %d parts", region, a, same)
			}
		}
	}
}

func TestCodeInAYear(t *testing.T) {
	h := history(t)
	for year, want := range map[int]string{2018: "140726", 2019: "140703", 2030: "140703", 1998: "142429"} {
		if got, ok := h.CodeIn("140703", year); got != want || !ok {
			t.Errorf("太谷区 in %d: got %s %v, want %s", year, got, ok, want)
		}
	}
	if got, ok := h.CodeIn("140403", 2015); ok {
		t.Errorf("潞州区 was no region of its own in 2015, got %s", got)
	}
	if got, _ := h.CodeIn("140215", 1950); got != "142132" {
		t.Errorf("云州区 before the records begin: got %s, want 大同县's first code", got)
	}
}
