package recognise_test

import (
	"strings"
	"testing"

	"zhibiao/pipeline"
)

func TestRegionsAreKnownByNamePlaceAndDay(t *testing.T) {
	r := builtIn(t)
	const endOf2024 = "2024-12-31"
	for _, test := range []struct {
		why, name, within, on, want string // want is a code, * behind it for restated, or a reason
	}{
		{"a name of its own", "清徐县", "", endOf2024, "140121"},
		{"spaced out", "清 徐　县", "", endOf2024, "140121"},
		{"after the rename", "太谷区", "", endOf2024, "140703"},
		{"before the rename", "太谷县", "", "2015-12-31", "140726"},
		{"annual data of the year of change take the new code", "太谷县", "", "2019-12-31", "140703"},
		{"sub-annual data of the year of change take the printed one", "太谷县", "", "2019-06-30", "140726"},
		{"sub-annual data of the year of change, new name", "太谷区", "", "2019-09-30", "140703"},
		{"the old name of a renamed county", "太谷县", "", endOf2024, "140703"},
		{"the new name for an old year", "太谷区", "", "2015-12-31", "140726"},
		{"the new name of a city for old years", "怀仁市", "", "1995-12-31", "140624"},
		{"through two renames", "怀仁市", "", "1990-12-31", "142133"},
		{"before the first year", "清徐县", "", "1970-12-31", "140121"},
		{"after the last year", "太谷区", "", "2026-12-31", "140703"},
		{"not only renamed", "长治县", "", endOf2024, "140404"},
		{"a merger is refused for later days", "长治市郊区", "", endOf2024, "unknown_region"},
		{"and holds in its time", "长治市郊区", "", "2016-12-31", "140411"},
		{"the merged district in an old year keeps its code", "潞州区", "", "2015-12-31", "140403*"},
		{"a split is refused", "大同市南郊区", "", endOf2024, "unknown_region"},
		{"a plain word", "郊区", "", endOf2024, "ambiguous_region"},
		{"a plain word inside its city", "郊区", "140300", endOf2024, "140311"},
		{"a plain word behind its city", "阳泉市郊区", "", endOf2024, "140311"},
		{"behind the short name of the city", "阳泉郊区", "", endOf2024, "140311"},
		{"behind province and city", "山西省阳泉市郊区", "", endOf2024, "140311"},
		{"inside another city of the province", "郊区", "140100", endOf2024, "ambiguous_region"},
		{"used four times", "鼓楼区", "", endOf2024, "ambiguous_region"},
		{"used four times, in a province", "鼓楼区", "350000", endOf2024, "350102"},
		{"used four times, in a city", "鼓楼区", "320100", endOf2024, "320106"},
		{"a district beside another of the city", "城区", "140525", endOf2024, "140502"},
		{"prefecture without its rank", "太原", "", endOf2024, "140100"},
		{"prefecture behind its province", "山西太原", "", endOf2024, "140100"},
		{"province without its rank", "内蒙古", "", endOf2024, "150000"},
		{"autonomous prefecture without its people", "延边", "", endOf2024, "222400"},
		{"province and prefecture of one name", "吉林", "", endOf2024, "ambiguous_region"},
		{"county without its rank", "清徐", "", endOf2024, "unknown_region"},
		{"the county itself", "全县", "140121", endOf2024, "140121"},
		{"the county itself, renamed since", "全县", "140726", endOf2024, "140703"},
		{"the district itself", "全区", "140502", endOf2024, "140502"},
		{"a city that is a county", "全市", "140681", endOf2024, "140681"},
		{"the city above a county", "全市", "140727", endOf2024, "140700"},
		{"the prefecture itself", "全　市", "140500", endOf2024, "140500"},
		{"the province above", "全省", "140727", endOf2024, "140000"},
		{"we ourselves", "我县", "140121", endOf2024, "140121"},
		{"the country", "全国", "", endOf2024, "000000"},
		{"a county in a page about a city", "全县", "140500", endOf2024, "unknown_region"},
		{"no region known", "全县", "", endOf2024, "missing_region"},
		{"nothing", " ", "", endOf2024, "missing_region"},
		{"no region", "合计", "140500", endOf2024, "unknown_region"},
		{"a code", "140624", "", "2021-12-31", "140681"},
		{"twelve digits", "140100000000", "", endOf2024, "140100"},
	} {
		got, reason := r.Region(test.name, test.within, day(t, test.on))
		text := got.Code
		if got.Restated {
			text += "*"
		}
		if reason != "" {
			text = string(reason)
		}
		if text != test.want {
			t.Errorf("%s: %s in %q on %s: got %s, want %s", test.why, test.name, test.within, test.on, text, test.want)
		}
	}
}

func TestCodesFollowRenames(t *testing.T) {
	r := builtIn(t)
	for _, test := range []struct{ code, on, want string }{
		{"140726", "2015-12-31", "140726"},
		{"140726", "2024-12-31", "140703"},
		{"140703", "2015-12-31", "140726"},
		{"140624", "2021-12-31", "140681"},
		{"000000", "2024-12-31", "000000"},
		{"140121001000", "2024-12-31", "unknown_region"}, // a township
		{"149999", "2024-12-31", "unknown_region"},
		{"14012", "2024-12-31", "unknown_region"},
		{"140411", "2024-12-31", "unknown_region"},
	} {
		got, reason := r.RegionByCode(test.code, day(t, test.on))
		if got.Code != test.want && string(reason) != test.want {
			t.Errorf("%s on %s: got %+v %s, want %s", test.code, test.on, got, reason, test.want)
		}
	}
}

func TestEveryRegionInForceIsFoundByItsFullName(t *testing.T) {
	r := builtIn(t)
	rules, _ := loaded()
	on := day(t, "2024-12-31")
	for _, region := range rules.Regions {
		if region.To != 0 {
			continue
		}
		name := region.Province + region.City + region.Name
		if region.City == "直辖" {
			name = region.Province + region.Name
		}
		switch region.Level {
		case "province", "nation":
			name = region.Name
		case "prefecture":
			name = region.Province + region.Name
		}
		if got, reason := r.Region(name, "", on); got.Code != region.Code || got.Restated {
			t.Errorf("%s: got %+v %s, want %s", name, got, reason, region.Code)
		}
		if got, reason := r.RegionByCode(region.Code, on); got.Code != region.Code {
			t.Errorf("%s: got %+v %s", region.Code, got, reason)
		}
	}
}

func TestRegionsInTitles(t *testing.T) {
	r := builtIn(t)
	for _, test := range []struct{ text, want string }{
		{"清徐县2024年国民经济和社会发展统计公报_清徐县人民政府", "清徐县=140121 清徐县=140121"},
		{"2024年1-8月祁县经济运行情况", "祁县=140727,142430"},
		{"长治市郊区2016年公报", "长治市郊区=140411"},
		{"晋城市城区2024年一季度", "晋城市城区=140502"},
		{"山西省晋中市太谷区", "山西省晋中市太谷区=140703"},
		{"山西太谷县", "山西太谷县=140726,142429"},
		{"汾阳市文水县分季度地区生产总值", "汾阳市=141182,142303 文水县=141121,142322"},
		{"前三季度怀仁市、山阴县经济运行对比", "怀仁市=140681 山阴县=140621,142127"},
		{"乡村振兴县域经济", ""},
		{"各区和县", ""},
		{"走进清徐", ""},
	} {
		var got []string
		for _, h := range r.RegionsIn(test.text) {
			got = append(got, test.text[h.Start:h.End]+"="+strings.Join(h.Codes, ","))
		}
		if joined := strings.Join(got, " "); joined != test.want {
			t.Errorf("%s: got %s, want %s", test.text, joined, test.want)
		}
	}
}

func TestRegionNeverGivesACodeThatIsNotOfTheDay(t *testing.T) {
	r := builtIn(t)
	rules, _ := loaded()
	valid := map[string]bool{}
	for _, region := range rules.Regions {
		if region.From <= 2010 && (region.To == 0 || region.To >= 2010) {
			valid[region.Code] = true
		}
	}
	on := pipeline.DateOf(2010, 12, 31)
	for _, region := range rules.Regions {
		if got, reason := r.RegionByCode(region.Code, on); reason == "" && !got.Restated && !valid[got.Code] {
			t.Errorf("%s (%s): got %s, which was not in force", region.Code, region.Name, got.Code)
		}
	}
}
