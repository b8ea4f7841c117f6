package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

func TestMissingIsListedByCodeAndTheOrderOfTheCatalogue(t *testing.T) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	a := &app{set: set}
	due := pipeline.DateOf(2025, 6, 29)
	year := func(y int) pipeline.Period { return pipeline.YearPeriod(y, pipeline.Flow) }
	absent := []warehouse.Absent{
		{Region: "140703", Indicator: "gdp", Period: year(2024), Move: "wait", Reason: "not_due", DueOn: due},
		{Region: "140121", Indicator: "enterprises_assisted", Period: year(2024), Move: "nobody", Reason: "report"},
		{Region: "140121", Indicator: "chief_quality_officer_enterprises", Period: year(2024), Move: "county", Reason: "due"},
		{Region: "140121", Indicator: "gi_trademarks", Period: year(2024), Move: "nobody", Reason: "waived_not_applicable", Note: "无地理标志"},
		{Region: "140121", Indicator: "gdp", Period: year(2023), Move: "mend", Reason: "never_verified", Sources: []string{"a", "b"}},
		{Region: "140121", Indicator: "gdp", Period: year(2024), Move: "mend", Reason: "never_verified", Sources: []string{"a", "b"}},
		{Region: "140121", Indicator: "gdp", Period: pipeline.QuarterPeriod(2025, 2, pipeline.YearToDate), Move: "mend", Reason: "overdue", Sources: []string{"a"}, DueOn: due},
		{Region: "140121", Indicator: "tertiary_share", Period: year(2024), Move: "mend", Reason: "no_source"},
		{Region: "140121", Indicator: "registered_trademarks", Period: year(2024), Move: "province", Reason: "due", Unit: "知识产权部门"},
	}
	for language, want := range map[string][]string{
		"zh": {
			"140121 gdp 地区生产总值  2023、2024  我方处理：来源 a、b 从未有人核实",
			"140121 gdp 地区生产总值  2025-Q2累计  我方处理：来源 a 自 2025-06-29 逾期",
			"140121 tertiary_share 第三产业增加值占比  2024  我方处理：尚无已知来源",
			"140121 chief_quality_officer_enterprises 设立首席质量官企业数  2024  县（市、区）可自愿补充：公开渠道、省级单位和进展报告都没有",
			"140121 registered_trademarks 有效注册商标数  2024  请知识产权部门提供",
			"140121 gi_trademarks 地理标志商标数  2024  无需处理：无地理标志",
			"140121 enterprises_assisted 质量帮扶企业数  2024  无需处理：取自进展报告，不另行要求",
			"140703 gdp 地区生产总值  2024  等待：2025-06-29 起应到",
		},
		"en": {
			"140121 gdp Gross regional product  2023, 2024  ours: nobody has seen a, b work",
			"140121 gdp Gross regional product  2025-Q2 cumulative  ours: a overdue since 2025-06-29",
			"140121 tertiary_share Tertiary share of GRP  2024  ours: no source is known",
			"140121 chief_quality_officer_enterprises Enterprises with a chief quality officer  2024  the county may add it: no public channel, provincial unit or report has it",
			"140121 registered_trademarks Valid registered trademarks  2024  coordinating unit: 知识产权部门",
			"140121 gi_trademarks GI trademarks  2024  nobody: 无地理标志",
			"140121 enterprises_assisted Enterprises assisted  2024  nobody: taken from progress reports",
			"140703 gdp Gross regional product  2024  wait: due from 2025-06-29",
		},
	} {
		var got []string
		for _, line := range a.missingLines(absent, missingWords[language]) {
			got = append(got, line.region+" "+line.text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", language, diff)
		}
	}
}

func TestMissingRefusesWhatItDoesNotKnow(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"an unknown region":           {[]string{"--region", "999999"}, "not a code of GB/T 2260"},
		"a region of no programme":    {[]string{"--region", "110101"}, "nothing is expected of it"},
		"an unknown period":           {[]string{"--period", "last year"}, "want a year, quarter or month"},
		"an unknown language":         {[]string{"--lang", "fr"}, "choose zh or en"},
		"a day that is none":          {[]string{"--on", "yesterday"}, "2006-01-02"},
		"an argument that is one too": {[]string{"140121"}, "unknown command"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := zhibiao(t, append([]string{"missing", "--data", t.TempDir()}, test.args...)...)
			if code != pipeline.ExitYourInput || !strings.Contains(stderr, test.want) {
				t.Errorf("exit code %d, %s", code, stderr)
			}
		})
	}
}

func TestMissingAnswersForEachRegionThatIsNamed(t *testing.T) {
	stdout := mustRun(t, "missing", "--data", t.TempDir(), "--region", "140703", "--region", "140121", "--region", "140703")
	first, second := strings.Index(stdout, "\n140121 "), strings.Index(stdout, "\n140703 ")
	if first < 0 || second < first || strings.Count(stdout, "\n140703 ") != 1 {
		t.Errorf("want both regions once, by code:\n%s", stdout)
	}
}
