package configs

import (
	"strings"
	"testing"
	"testing/fstest"

	"zhibiao/pipeline"
)

func TestTheDerivationChangesOnlyWithWhatReadingDependsOn(t *testing.T) {
	text := `title: x
publisher: x
verified: never
impact: {rate: x, window: x, volume: x, contact: x}
urls: [x]
kind: html
prose: true
`
	id := func(text, parser string, over fstest.MapFS) string {
		t.Helper()
		if over == nil {
			over = fstest.MapFS{}
		}
		over["sources/s.yaml"] = &fstest.MapFile{Data: []byte(text)}
		set, err := Load(Overlay(Default(), over))
		if err != nil {
			t.Fatal(err)
		}
		rules, err := set.Rules("s", parser)
		if err != nil {
			t.Fatal(err)
		}
		return rules.ID
	}
	first := id(text, "1", nil)
	for name, same := range map[string]string{
		"title":    strings.Replace(text, "title: x", "title: y", 1),
		"limits":   text + "limits: {interval: 9s}\n",
		"comments": "# a comment\n" + text,
		"impact":   strings.Replace(text, "rate: x", "rate: y", 1),
	} {
		if id(same, "1", nil) != first {
			t.Errorf("changing %s makes another derivation", name)
		}
	}
	for name, other := range map[string]string{
		"prose":  strings.Replace(text, "prose: true", "prose: false", 1),
		"labels": text + "labels: {生产总值x: gdp}\n",
		"region": text + "region: \"140121\"\n",
	} {
		if id(other, "1", nil) == first {
			t.Errorf("changing %s makes no other derivation", name)
		}
	}
	if id(text, "2", nil) == first {
		t.Error("another parser makes no other derivation")
	}
	if id(text, "1", fstest.MapFS{absentFile: {Data: []byte("marks: [{text: 无, flag: not_available}]\n")}}) == first {
		t.Error("other absent marks make no other derivation")
	}
	if id(text, "1", fstest.MapFS{"sources/other.yaml": {Data: []byte(text)}}) != first {
		t.Error("another source makes another derivation")
	}
}

func TestAnUnknownSourceIsAnsweredWithNamesNearIt(t *testing.T) {
	_, err := defaults(t).Source("nbs-easyquary")
	if err == nil || !strings.Contains(err.Error(), "did you mean nbs-easyquery?") {
		t.Errorf("got %v", err)
	}
	if _, err := defaults(t).Rules("nothing-like-it", "1"); err == nil || !strings.Contains(err.Error(), "known sources: ") {
		t.Errorf("got %v", err)
	}
}

func TestDocumentsFindTheirSourceByAddress(t *testing.T) {
	set := defaults(t)
	for address, want := range map[string]string{
		"https://data.stats.gov.cn/easyquery.htm?m=QueryData&dbcode=fsnd":               "nbs-easyquery",
		"https://data.stats.gov.cn/dg/website/publicrelease/web/external/stream/esData": "", // of several sources
		"http://www.panzhihua.gov.cn/zfxxgk/tjsj/ydtj/20170622.shtml":                   "panzhihua-month",
		"http://www.scyanbian.gov.cn/xxgk/tjxx/tjgb/123.shtml":                          "county-communique",
		"http://www.scyanbian.gov.cn/other.html":                                        "county-communique",
		"http://www.qingxu.gov.cn/t1.html":                                              "",
		"not an address":                                                                "",
	} {
		source, ok := set.SourceForURL(address)
		if ok != (want != "") || ok && source.Name != want {
			t.Errorf("%s: got %v %v, want %q", address, source, ok, want)
		}
	}
}

func TestGenericRulesLeaveOutWhatSourcesDisagreeOn(t *testing.T) {
	over := fstest.MapFS{"sources/another.yaml": {Data: []byte(`title: x
publisher: x
verified: never
impact: {rate: x, window: x, volume: x, contact: x}
urls: [x]
kind: easyquery
labels: {某: gdp}
mapped:
  - {database: fsnd, id: A020101, indicator: gdp_per_capita, basis: period, unit: 元}
  - {database: fsnd, id: A020102, indicator: primary_value_added, basis: period, unit: 亿元}
`)}}
	set, err := Load(Overlay(Default(), over))
	if err != nil {
		t.Fatal(err)
	}
	rules := set.GenericRules(pipeline.KindEasyquery, "1")
	seen := map[string]bool{}
	for _, m := range rules.Source.Mapped {
		seen[m.Database+"/"+m.ID] = true
	}
	if seen["fsnd/A020101"] || !seen["fsnd/A020102"] || !seen["fsyd/A020101"] {
		t.Errorf("mapped: %v", rules.Source.Mapped)
	}
	if len(rules.Source.Labels) != 0 || !rules.Source.Prose {
		t.Errorf("rules: %+v", rules.Source)
	}
	if rules.ID != set.GenericRules(pipeline.KindEasyquery, "1").ID {
		t.Error("the same rules have two ids")
	}
}

func TestOverlayListsEachFileOnce(t *testing.T) {
	over := fstest.MapFS{"sources/nbs-easyquery.yaml": {Data: []byte("title: x\n")}}
	_, err := Load(Overlay(Default(), over))
	if err == nil || strings.Count(err.Error(), "publisher is missing") != 1 {
		t.Errorf("got %v", err)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(Default()); err != nil {
			b.Fatal(err)
		}
	}
}
