package account_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/portal/account"
)

func TestRegionsLieInOneAnother(t *testing.T) {
	for _, c := range []struct {
		region, outer string
		want          bool
	}{
		{"140121", "140121", true},
		{"140121", "140100", true},
		{"140121", "140000", true},
		{"140121", "000000", true},
		{"140100", "140121", false},
		{"140122", "140121", false},
		{"140221", "140100", false},
		{"141000", "140000", true},
		{"141021", "141000", true},
		{"141021", "140000", true},
		{"410121", "140000", false},
		{"429004", "420000", true},
		{"000000", "140000", false},
		{"", "140000", false},
		{"140121", "", false},
		{"14", "140000", false},
		{"1401211", "140100", false},
		{"14012x", "140100", false},
		{"140121", "1401", false},
	} {
		if got := account.Within(c.region, c.outer); got != c.want {
			t.Errorf("%s within %s is %v", c.region, c.outer, got)
		}
	}
}

func TestARegionLiesInItsParentAndInNoSister(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := func(label string) string { return fmt.Sprintf("%02d", rapid.IntRange(1, 99).Draw(t, label)) }
		province, city, county := digits("province"), digits("city"), digits("county")
		codes := []string{account.Nation, province + "0000", province + city + "00", province + city + county}
		for level, code := range codes {
			if account.CheckRegion(code) != nil || account.LevelOf(code) != account.Level(level) {
				t.Fatalf("%s is no code of level %d", code, level)
			}
			if level > 0 && (account.Parent(code) != codes[level-1] || !account.Within(code, account.Parent(code)) || account.Within(account.Parent(code), code)) {
				t.Fatalf("%s does not lie in its parent %s", code, account.Parent(code))
			}
		}
		sister := province + city + digits("sister")
		if sister != codes[3] && (account.Within(sister, codes[3]) || account.Within(codes[3], sister)) {
			t.Fatalf("%s and %s lie in one another", sister, codes[3])
		}
	})
}

func TestWhatIsNoCodeIsRefused(t *testing.T) {
	for _, code := range []string{"", "14", "1401211", "14012a", "14O121", "140021", "001000", "０１２３４５", "14 121"} {
		if account.CheckRegion(code) == nil {
			t.Errorf("%q was taken", code)
		}
	}
}
