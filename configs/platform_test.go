package configs

import (
	"strings"
	"testing"
	"testing/fstest"

	"zhibiao/pipeline"
)

// platformSet loads the defaults with another mapping of the national platform.
func platformSet(text string) (*Set, error) {
	return Load(Overlay(Default(), fstest.MapFS{platformFile: {Data: []byte(text)}}))
}

const plainPlatform = `verified: never
columns: {region: [区划代码], period: [年度], indicator: [指标名称], value: [数值], unit: [单位]}
indicators:
  - {code: local_standards, names: [标准数], unit: 万项}
  - {code: gdp}
ignore: [综合得分]
empty: ["", 未填报]
`

func TestTheMappingReachesTheRulesOfThePlatformOnly(t *testing.T) {
	set, err := platformSet(plainPlatform)
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range set.Sources() {
		if isPlatform := source.Rules.Kind == pipeline.KindPlatform; isPlatform != (source.Rules.Platform != nil) {
			t.Errorf("%s of kind %s has the mapping: %v", source.Name, source.Rules.Kind, source.Rules.Platform != nil)
		}
	}
	if order := set.Platform().Indicators; len(order) != 2 || order[0].Code != "local_standards" || order[0].Unit != "万项" || order[1].Code != "gdp" {
		t.Errorf("the order is %+v", order)
	}
	shipped := defaults(t)
	before, _ := shipped.Rules("national-platform", "p")
	after, _ := set.Rules("national-platform", "p")
	other, _ := set.Rules("samr-notices", "p")
	same, _ := shipped.Rules("samr-notices", "p")
	if before.ID == after.ID || other.ID != same.ID {
		t.Error("another mapping is another derivation of the platform, and of nothing else")
	}
}

func TestAMappingThatIsWrongSaysWhat(t *testing.T) {
	for _, c := range []struct{ old, replacement, want string }{
		{"verified: never", "", "verified is missing"},
		{"verified: never", "verified: bald", `"bald" is no day`},
		{"code: gdp", "code: gpd", "gpd"},
		{"code: gdp", "code: local_standards", "local_standards is there twice"},
		{"万项", "斗", "斗"},
		{"value: [数值], ", "", "columns.value is missing"},
		{"value: [数值]", "value: [年度]", `the head "年度" is that of period already`},
		{"region: [区划代码]", "wert: [区划代码]", "wert"},
		{"综合得分", "标准数", `"标准数" is also a name of local_standards`},
		{"ignore:", "skipped:", "unknown key skipped"},
	} {
		text := strings.Replace(plainPlatform, c.old, c.replacement, 1)
		if _, err := platformSet(text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q for %q: got %v, want %q", c.replacement, c.old, err, c.want)
		}
	}
}
