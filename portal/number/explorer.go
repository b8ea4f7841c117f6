package number

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/web"
)

// maxTyped is how many characters of what a visitor types are looked at.
const maxTyped = 40

// listView is what the explorer's template sees.
type listView struct {
	Groups     []regionGroup // regions to choose from, by code
	Tasks      []taskGroup   // indicators to choose from, in the catalogue's order
	Region     string        // chosen
	RegionName string
	Place      string // as typed
	Matches    []choice
	Indicator  string
	Period     string
	Problem    Words
	Values     []value
	Cut        int // how many are shown where there are more, else 0
	Inside     bool
	Series     bool // of one indicator
}

// choice is one entry of a list to choose from.
type choice struct {
	Code, Name string
	Path       string
	Chosen     bool
}

type regionGroup struct {
	Name    string
	Regions []choice
}

type taskGroup struct {
	Name       Words
	Indicators []choice
}

// list is the explorer: GET /number?region=140121&indicator=gdp&period=2024.
func (p *pages) list(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	a, _ := account.From(r.Context())
	v := listView{Place: clip(query.Get("place")), Indicator: query.Get("indicator"), Period: clip(query.Get("period"))}
	status := http.StatusOK
	p.choose(&v, query, &a)
	from, to, err := parsePeriod(v.Period)
	if err != nil {
		v.Problem = Words{"看不懂时期“" + v.Period + "”：请写 2024、2024-Q2 或 2024-08。", "The period “" + v.Period + "” cannot be read: write 2024, 2024-Q2 or 2024-08."}
	}
	if _, there := p.names.order[v.Indicator]; v.Indicator != "" && !there && !strings.HasPrefix(v.Indicator, "local:") {
		v.Problem = Words{"指标目录里没有“" + clip(v.Indicator) + "”。", "The catalogue has no indicator “" + clip(v.Indicator) + "”."}
		v.Indicator = ""
	}
	switch {
	case v.Problem != Words{}:
		status = http.StatusBadRequest
	case v.Region != "":
		asked := question{region: v.Region, indicator: v.Indicator, from: from, to: to, any: v.Period == ""}
		if err := p.values(r.Context(), &a, asked, &v); err != nil {
			return err
		}
	}
	p.lists(&v, &a, web.Lang(r.Context()))
	return views.Show(w, r, status, "numbers.html", v)
}

// choose finds the region that a visitor means: what he typed before what he picked,
// and his own before he did either.
func (p *pages) choose(v *listView, query url.Values, a *account.Account) {
	v.Region = query.Get("region")
	switch {
	case v.Place != "":
		v.Region = ""
		found := p.find(v.Place)
		switch len(found) {
		case 0:
			v.Problem = Words{"没有找到“" + v.Place + "”：请写区划代码（六位）或名称，如 140121 或 清徐县。", "Found no “" + v.Place + "”: write a code of six digits or a name, such as 140121 or 清徐县."}
		case 1:
			v.Region = found[0].Code
		default:
			for _, r := range found {
				v.Matches = append(v.Matches, choice{Code: r.Code, Name: r.Province + " " + RegionName(r), Path: listPath + "?" + url.Values{"region": {r.Code}, "indicator": {v.Indicator}, "period": {v.Period}}.Encode()})
			}
		}
	case v.Region == "" && a.Role == account.County:
		v.Region = a.Region
	case v.Region != "" && (account.CheckRegion(v.Region) != nil || len(p.find(v.Region)) == 0):
		v.Problem = Words{"没有区划代码“" + clip(v.Region) + "”。", "There is no region “" + clip(v.Region) + "”."}
		v.Region = ""
	}
	if v.Region != "" {
		v.RegionName = p.names.Region(v.Region, p.Now().In(Shanghai).Year())
	}
}

const maxMatches = 30

// find returns the regions of a code or a name, by code, each once. A code may be an
// old one.
func (p *pages) find(typed string) []pipeline.Region {
	typed = strings.TrimSpace(typed)
	var found []pipeline.Region
	for _, r := range p.Set.Regions() {
		named := r.To == 0 && (r.Name == typed || RegionName(r) == typed || utf8.RuneCountInString(typed) > 1 && strings.HasPrefix(r.Name, typed))
		if r.Code == typed || named {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b pipeline.Region) int { return strings.Compare(a.Code, b.Code) })
	found = slices.CompactFunc(found, func(a, b pipeline.Region) bool { return a.Code == b.Code })
	return found[:min(len(found), maxMatches)]
}

// lists fills what there is to choose from: the regions of the account's province, and
// the catalogue.
func (p *pages) lists(v *listView, a *account.Account, l web.Language) {
	for _, province := range p.provinces(a) {
		for _, r := range p.names.RegionsWithin(province) {
			group := cmp.Or(r.City, r.Name)
			if r.Level == "prefecture" {
				group = r.Name
			}
			if len(v.Groups) == 0 || v.Groups[len(v.Groups)-1].Name != group {
				v.Groups = append(v.Groups, regionGroup{Name: group})
			}
			last := &v.Groups[len(v.Groups)-1]
			last.Regions = append(last.Regions, choice{Code: r.Code, Name: r.Name, Chosen: r.Code == v.Region})
		}
	}
	for _, i := range p.Set.Indicators() {
		task := Task(i.Task)
		if len(v.Tasks) == 0 || v.Tasks[len(v.Tasks)-1].Name != task {
			v.Tasks = append(v.Tasks, taskGroup{Name: task})
		}
		last := &v.Tasks[len(v.Tasks)-1]
		last.Indicators = append(last.Indicators, choice{Code: i.Code, Name: l.Text(i.NameZH, i.NameEN), Chosen: i.Code == v.Indicator})
	}
}

// provinces are those whose regions an account picks from: its own, or those of the
// programmes.
func (p *pages) provinces(a *account.Account) []string {
	if len(a.Region) == len(account.Nation) && a.Region != account.Nation {
		return []string{a.Region[:2] + "0000"}
	}
	var all []string
	for _, programme := range p.Set.Programmes() {
		for _, m := range programme.Members {
			all = append(all, m.Region[:2]+"0000")
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// clip bounds what is shown again of what a visitor typed.
func clip(text string) string {
	if utf8.RuneCountInString(text) > maxTyped {
		return string([]rune(text)[:maxTyped]) + "…"
	}
	return text
}
