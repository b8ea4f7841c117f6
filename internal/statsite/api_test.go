package statsite

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
)

const esURL = "http://data.stats.example/dg/website/publicrelease/web/external/stream/esData"

func askES(t *testing.T, body string) (page, esAnswer) {
	t.Helper()
	_, client := open(t, Config{})
	p := ask(t, client, "POST", esURL, "application/json", body)
	var answer esAnswer
	if p.status == 200 {
		if err := json.Unmarshal(p.body, &answer); err != nil {
			t.Fatalf("%.300s: %v", p.body, err)
		}
	}
	return p, answer
}

func TestESAnswersAreReadBackToExactlyTheTruth(t *testing.T) {
	site, client := open(t, Config{Seed: 2})
	for night := 1; night <= 2; night++ {
		site.World().SetNight(night)
		current := map[string]map[string]bool{}
		for _, d := range site.World().vintages(night) {
			current[d.request] = map[string]bool{}
			for _, f := range d.facts {
				current[d.request][f.Indicator+f.Region+f.Basis+f.PeriodEnd+f.Value] = true
			}
		}
		for _, r := range site.World().Requests()[:4] {
			var answer esAnswer
			if err := json.Unmarshal(ask(t, client, r.Method, r.URL, r.ContentType, r.Body).body, &answer); err != nil {
				t.Fatal(err)
			}
			read := 0
			for i, p := range answer.Data {
				at, known := parseESCode(p.Code)
				if !known || i > 0 && p.Code >= answer.Data[i-1].Code {
					t.Fatalf("%s is no period or not in order", p.Code)
				}
				for _, v := range p.Values {
					if v.Value == "" || v.Value == "无" {
						continue
					}
					s := seriesOf(t, v.ID)
					_, end := at.interval(s.Basis)
					region := strings.TrimSuffix(v.Da, "000000")
					if v.Da == "" {
						region = "000000"
					}
					if !current[r.Body][s.Indicator+region+s.Basis+end+v.Value] {
						t.Errorf("night %d: %s %+v is not in the truth", night, p.Code, v)
					}
					read++
				}
			}
			if read != len(current[r.Body]) || read == 0 {
				t.Errorf("night %d: %d values, %d facts: %s", night, read, len(current[r.Body]), r.Body)
			}
		}
	}
}

func seriesOf(t *testing.T, id string) Series {
	t.Helper()
	for _, b := range Bases() {
		if s, inside := seriesByID(b, id); inside {
			return s
		}
	}
	t.Fatalf("no series %s", id)
	return Series{}
}

func TestESQuirks(t *testing.T) {
	const province, gdp = "8d3e2ca1da6734c657009a4bd97d5216", "9b16ed840c58dcf234347636f3f1ff90"
	question := func(cid, id, das, show, dts string) string {
		return `{"cid":"` + cid + `","indicatorIds":["` + id + `"],"daCatalogId":"","das":[` + das + `],` + show + `"dts":["` + dts + `"],"rootId":""}`
	}
	shanxi, show := `{"text":"山西省","value":"140000000000"}`, `"showType":"1",`
	if p, _ := askES(t, question(province, gdp, shanxi, "", "2020YY-2023YY")); p.status != 500 {
		t.Errorf("without showType: %d", p.status)
	}
	for _, dts := range []string{"LAST10", "2020YY-", "2020YY,2021YY", "202001MM-202003MM"} {
		if _, a := askES(t, question(province, gdp, shanxi, show, dts)); len(a.Data) != 0 {
			t.Errorf("%s: %d periods", dts, len(a.Data))
		}
	}
	_, a := askES(t, question(province, gdp, shanxi, show, "2019YY-2024YY"))
	if len(a.Data) != 6 || a.Data[0].Code != "2024YY" || a.Data[0].Values[0].Value != "" || len(a.Data[5].Values) != 0 || a.Data[5].Values == nil {
		t.Fatalf("years %+v", a.Data)
	}
	if v := a.Data[1].Values[0]; v.Da != "140000000000" || v.DaName != "山西省" || !strings.HasSuffix(v.ShowName, ") ") {
		t.Errorf("value %+v", v)
	}
	if _, a := askES(t, question(province, "ed1e42865401fe721a1168c95ba1478a", shanxi, show, "2022YY-2023YY")); len(a.Data[0].Values) != 0 {
		t.Errorf("an id outside its cid: %+v", a.Data[0])
	}
	if p, a := askES(t, question("0", gdp, shanxi, show, "2022YY-2023YY")); a.Success || p.header.Get("Content-Type") != "application/json;charset=UTF-8" {
		t.Errorf("unknown cid: %+v", a)
	}
	cities := `{"text":"太原","value":"140100000000"},{"text":"朔州","value":"140600000000"}`
	const city, secondary = "8cef369ba72cf6538f01af767e8cd85b", "420a7bc4f8207a79943f402234414aee"
	if _, a := askES(t, question(city, secondary, cities, `"showType":"2",`, "2020YY-2021YY")); len(a.Data[0].Values) != 2 || a.Data[1].Values[0].Value != "无" || a.Data[0].Values[0].DaName != "太原" {
		t.Errorf("two regions: %+v", a.Data)
	}
	if _, a := askES(t, question(city, secondary, cities, show, "2020YY-2021YY")); len(a.Data[0].Values) != 1 {
		t.Errorf("showType 1 with two regions: %+v", a.Data)
	}
}

func TestMonthsAreBlankInJanuaryAndFebruary(t *testing.T) {
	_, client := open(t, Config{})
	r := NewWorld(Config{}).Requests()[2]
	var answer esAnswer
	if err := json.Unmarshal(ask(t, client, r.Method, r.URL, r.ContentType, r.Body).body, &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Data[0].Code != "202505MM" || answer.Data[0].Values[0].Value != "" {
		t.Errorf("one blank month follows the newest: %+v", answer.Data[0])
	}
	for _, p := range answer.Data[1:] {
		month, total := p.Values[0].Value, p.Values[1].Value
		blank := p.Code[4:] == "01MM" || p.Code[4:] == "02MM"
		if blank != (month == "") || (total == "") != (p.Code[4:] == "01MM") {
			t.Errorf("%s: %q, %q", p.Code, month, total)
		}
	}
}

func easyForm(dbcode, wds, dfwds string) string {
	return url.Values{"m": {"QueryData"}, "dbcode": {dbcode}, "rowcode": {"zb"}, "colcode": {"sj"}, "wds": {wds}, "dfwds": {dfwds}, "k1": {"1"}}.Encode()
}

func askEasy(t *testing.T, form string) (page, map[string]any) {
	t.Helper()
	_, client := open(t, Config{})
	posted := ask(t, client, "POST", "http://data.stats.example/easyquery.htm", "application/x-www-form-urlencoded", form)
	got := get(t, client, "http://data.stats.example/easyquery.htm?"+form)
	if string(posted.body) != string(got.body) {
		t.Error("GET and POST differ")
	}
	var answer map[string]any
	if err := json.Unmarshal(posted.body, &answer); err != nil {
		t.Fatal(err)
	}
	return posted, answer
}

func TestEasyqueryQuirks(t *testing.T) {
	p, _ := askEasy(t, easyForm("fsnd", `[{"wdcode":"reg","valuecode":"140000"}]`, `[{"wdcode":"zb","valuecode":"A0201"},{"wdcode":"sj","valuecode":"LAST3"}]`))
	if _, typed := p.header["Content-Type"]; typed {
		t.Errorf("Content-Type %q", p.header.Get("Content-Type"))
	}
	text := string(p.body)
	if !strings.Contains(text, `"code":"zb.A020101_reg.140000_sj.2024","data":{"data":0,"dotcount":0,"hasdata":false,"strdata":""}`) {
		t.Errorf("an absent value: %.300s", text)
	}
	if strings.Contains(text, "A030101") || !strings.Contains(text, "A020108") {
		t.Error("a group is not its codes")
	}
	for _, bad := range []string{
		easyForm("hgyd", `[]`, `[{"wdcode":"zb","valuecode":"INVALID"},{"wdcode":"sj","valuecode":"2024"}]`),
		easyForm("fsnd", `[{"wdcode":"reg","valuecode":"990000"}]`, `[]`),
		easyForm("nothing", `[]`, `[]`), easyForm("hgyd", `x`, `[]`),
		easyForm("hgyd", `[]`, `[{"wdcode":"sj","valuecode":"soon"}]`),
	} {
		p, answer := askEasy(t, bad)
		if _, isString := answer["returndata"].(string); p.status != 200 || !isString || answer["returncode"] != 501.0 {
			t.Errorf("%s: %d %v", bad, p.status, answer)
		}
	}
	region := `[{"wdcode":"reg","valuecode":"110000"}]`
	dfwds := `[{"wdcode":"zb","valuecode":"A020101"},{"wdcode":"sj","valuecode":"202312"}]`
	with, _ := askEasy(t, easyForm("hgyd", region, dfwds))
	without, _ := askEasy(t, easyForm("hgyd", `[]`, dfwds))
	if string(with.body) != string(without.body) || strings.Contains(string(with.body), "reg") {
		t.Error("a region is not ignored in a national base")
	}
	byRegion, _ := askEasy(t, strings.Replace(easyForm("csnd", `[]`, `[]`), "rowcode=zb", "rowcode=reg", 1))
	if !strings.Contains(string(byRegion.body), `{"nodes":[null],"wdcode":"zb"`) {
		t.Error("no [null] nodes")
	}
}

func TestEasyqueryPeriods(t *testing.T) {
	w := NewWorld(Config{})
	for span, want := range map[string]string{
		"LAST3": "2024 2023 2022", "2021-2022": "2022 2021", "2023-": "2024 2023", "2020,2022": "2020 2022", "": "2024 2023 2022 2021 2020", "x": "", "LAST0": "",
	} {
		var got []string
		for _, p := range w.easyPeriods(bases[0], span) {
			got = append(got, p.easyCode())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", span, got, want)
		}
	}
	if got := w.easyPeriods(bases[2], "2023"); len(got) != 12 || got[0].easyCode() != "202312" {
		t.Errorf("a bare year of months: %v", got)
	}
	if got := w.easyPeriods(bases[3], "2023B-2023D"); len(got) != 3 || got[2].easyCode() != "2023B" {
		t.Errorf("quarters: %v", got)
	}
}

func TestStrdataIsDataRounded(t *testing.T) {
	site, client := open(t, Config{Seed: 8})
	hidden := 0
	for _, r := range site.World().Requests()[4:] {
		var answer struct {
			ReturnData struct {
				DataNodes []struct {
					Data struct {
						Data     json.Number
						HasData  bool
						StrData  string
						DotCount int32
					}
				}
			}
		}
		if err := json.Unmarshal(ask(t, client, r.Method, r.URL, r.ContentType, r.Body).body, &answer); err != nil {
			t.Fatal(err)
		}
		for _, node := range answer.ReturnData.DataNodes {
			d := node.Data
			if !d.HasData {
				continue
			}
			exact := decimal.RequireFromString(d.Data.String())
			if got := exact.StringFixed(d.DotCount); got != d.StrData {
				t.Errorf("data %s, strdata %s", d.Data, d.StrData)
			}
			if exact.String() != d.StrData {
				hidden++
			}
		}
	}
	if hidden < 100 {
		t.Errorf("only %d values have digits that strdata does not show", hidden)
	}
}

func TestArchiveStaysAndTheFirstNightOfThePeriodsIsRead(t *testing.T) {
	w := NewWorld(Config{})
	for _, f := range w.Truth(2) {
		if f.Source == SourceNBSArchive {
			t.Errorf("the archive changed: %+v", f)
		}
	}
	for name, c := range map[string]struct {
		p          period
		basis      string
		start, end string
	}{
		"a year":              {yearOf(2024), "period", "2024-01-01", "2024-12-31"},
		"year's end":          {yearOf(2024), "end", "2024-01-01", "2024-12-31"},
		"second quarter":      {quarterOf(2023, 2), "period", "2023-04-01", "2023-06-30"},
		"first half year":     {quarterOf(2023, 2), "ytd", "2023-01-01", "2023-06-30"},
		"February, leap year": {monthOf(2024, 2), "period", "2024-02-01", "2024-02-29"},
		"January to November": {monthOf(2024, 11), "ytd", "2024-01-01", "2024-11-30"},
	} {
		if start, end := c.p.interval(c.basis); start != c.start || end != c.end {
			t.Errorf("%s: %s to %s", name, start, end)
		}
	}
}
