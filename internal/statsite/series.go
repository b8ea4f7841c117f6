package statsite

// Series is one series of the bureau's two interfaces and what it means in the catalogue.
type Series struct {
	Base      string // dbcode of the older interface: fsnd, csnd, hgyd, hgjd
	ID        string // 32 hex digits, in the 2026 interface; valid only inside the Cid of its base
	Code      string // zb in the older interface; its meaning depends on the base
	Indicator string // the catalogue's
	Freq      string
	Basis     string
	Name      string // _name and cname
	ShowName  string // i_showname without unit
	Unit      string // as printed
	Decimals  int    // as printed
}

// Base is one body of data of the bureau: a kind of region at a frequency.
type Base struct {
	Code   string // dbcode of the older interface
	Cid    string // 32 hex digits, in the 2026 interface
	RootID string
	Freq   string
	Series []Series

	level level
}

// Bases gives the four bodies of data with their ids; both interfaces publish them.
func Bases() []Base { return bases }

var bases = []Base{
	{Code: "fsnd", Cid: "8d3e2ca1da6734c657009a4bd97d5216", RootID: "a92bfd391a89bec320038637e57076b5", Freq: "A", level: levelProvince, Series: []Series{
		{"fsnd", "9b16ed840c58dcf234347636f3f1ff90", "A020101", "gdp", "A", "period", "地区生产总值", "地区生产总值", "亿元", 2},
		{"fsnd", "fb5ec9b6ff4a9ca7f10de64c0f9f3154", "A020102", "primary_value_added", "A", "period", "第一产业增加值", "第一产业增加值", "亿元", 2},
		{"fsnd", "9e031a02c76da9c848f98f391982b7bc", "A020103", "secondary_value_added", "A", "period", "第二产业增加值", "第二产业增加值", "亿元", 2},
		{"fsnd", "916e742512e188082123a14b3a47e3a4", "A020104", "tertiary_value_added", "A", "period", "第三产业增加值", "第三产业增加值", "亿元", 2},
		{"fsnd", "1bfd8592a33c9e34f0d38e62c4fc33f6", "A020108", "gdp.growth", "A", "period", "地区生产总值增速", "地区生产总值比上年增长", "%", 1},
		{"fsnd", "26b69b6682ac75883333d1e7c9bafe82", "A030101", "resident_population", "A", "end", "年末常住人口", "年末常住人口", "万人", 2},
	}},
	{Code: "csnd", Cid: "8cef369ba72cf6538f01af767e8cd85b", RootID: "222a4f35074a234529ca524b3b939f37", Freq: "A", level: levelCity, Series: []Series{
		{"csnd", "a789dabbaf9d6ade340e85de02377169", "A020101", "gdp", "A", "period", "地区生产总值", "地区生产总值(当年价格)", "亿元", 2},
		{"csnd", "f4b4c4dc516c8dbfa80477e6668db6f4", "A020102", "primary_value_added", "A", "period", "第一产业增加值", "第一产业增加值(当年价格)", "亿元", 2},
		{"csnd", "420a7bc4f8207a79943f402234414aee", "A020103", "secondary_value_added", "A", "period", "第二产业增加值", "第二产业增加值(当年价格)", "亿元", 2},
		{"csnd", "202aa7a70f5a4030d77328ac5b51e1d8", "A020104", "tertiary_value_added", "A", "period", "第三产业增加值", "第三产业增加值(当年价格)", "亿元", 2},
		{"csnd", "11cade64b4cf35f0c5ef984a50887332", "A030101", "resident_population", "A", "end", "人口", "年末常住人口", "万人", 2},
	}},
	{Code: "hgyd", Cid: "3796e19c0c27d69cf0f9050d4dd334e2", RootID: "6207762e17d2ea3e218defa301f31d4f", Freq: "M", level: levelNation, Series: []Series{
		{"hgyd", "cc76b91e0069ccba540fd19a864d2e96", "A020101", "industrial_value_added.growth", "M", "period", "工业增加值", "规上工业增加值同比增长", "%", 1},
		{"hgyd", "ed1e42865401fe721a1168c95ba1478a", "A020102", "industrial_value_added.growth", "M", "ytd", "工业增加值", "规上工业增加值累计增长", "%", 1},
	}},
	{Code: "hgjd", Cid: "97d7761a2b16a849bc7557d39cba634d", RootID: "7d622d3eb9d4eabdbc3da4c8ce196b04", Freq: "Q", level: levelNation, Series: []Series{
		{"hgjd", "e370fa4908013539117b0af4a52094fc", "A010101", "gdp", "Q", "period", "国内生产总值", "国内生产总值当季值", "亿元", 1},
		{"hgjd", "616a3f22fd08053fc1ffec35df3b51f5", "A010102", "gdp", "Q", "ytd", "国内生产总值", "国内生产总值累计值", "亿元", 1},
		{"hgjd", "f32d2c35fe8e8b0f2735514d118a6f4c", "A010103", "primary_value_added", "Q", "ytd", "第一产业增加值", "第一产业增加值累计值", "亿元", 1},
		{"hgjd", "c1d181ab8ad65915eebf0345b6c3f954", "A010104", "secondary_value_added", "Q", "ytd", "第二产业增加值", "第二产业增加值累计值", "亿元", 1},
		{"hgjd", "0ab4730dbbb4922a15ca621a86683a76", "A010105", "tertiary_value_added", "Q", "ytd", "第三产业增加值", "第三产业增加值累计值", "亿元", 1},
		{"hgjd", "1633f7bf650eb76e7be168ac1d94dc70", "A010106", "gdp.growth", "Q", "ytd", "国内生产总值增速", "国内生产总值累计增长", "%", 1},
	}},
}

// newest is the last period for which a base has figures on a night.
func (w *World) newest(b Base, night int) period {
	switch b.Freq {
	case "M": // April of the year after the last on the first night, one month more each night
		return monthOf(w.config.LastYear+1, min(3+night, 12))
	case "Q": // the last year's fourth quarter, one quarter more each night
		return quarterOf(w.config.LastYear, 4).plus(min(night-1, 4))
	}
	if b.level == levelProvince && night == 1 {
		return yearOf(w.config.LastYear - 1)
	}
	return yearOf(w.config.LastYear)
}

// shown gives the quantity that a base holds as of a night, false where it is blank.
func (w *World) shown(b Base, s Series, r Region, p period, night int) (quantity, bool) {
	if r.level() != b.level || p.year < w.config.FirstYear || p.after(w.newest(b, night)) {
		return quantity{}, false
	}
	switch b.Freq {
	case "M":
		return w.shownMonth(s, p, night)
	case "Q":
		return w.shownQuarter(s, p), true
	}
	if b.level == levelCity && s.Indicator == "secondary_value_added" && p.year == w.config.FirstYear {
		return quantity{}, false
	}
	if s.Indicator == "resident_population" {
		persons := w.population(r, p.year)
		if b.level == levelProvince && night > 1 && p.year == w.config.LastYear-1 {
			persons += 21_700 // revised on the second night
		}
		return quantity{persons, 4}, true
	}
	return w.account(w.preliminary(r, p.year), s, r, p), true
}

// shownMonth: January and February are published together, so a single month starts in March.
func (w *World) shownMonth(s Series, p period, night int) (quantity, bool) {
	if p.ordinal == 1 || s.Basis == "period" && p.ordinal == 2 {
		return quantity{}, false
	}
	growth := w.industryGrowth(p, s.Basis == "ytd")
	if s.Basis == "period" && p == monthOf(w.config.LastYear+1, 3) && night > 1 {
		growth += 2 // revised on the second night
	}
	return w.unrounded(growth, nation, p), true
}

func (w *World) shownQuarter(s Series, p period) quantity {
	a := w.toQuarter(p)
	if s.Basis == "period" && p.ordinal > 1 {
		before := w.toQuarter(p.plus(-1))
		return quantity{a.gdp() - before.gdp(), 4}
	}
	return w.account(a, s, nation, p)
}

// account picks one figure of the accounts.
func (w *World) account(a accounts, s Series, r Region, p period) quantity {
	switch s.Indicator {
	case "gdp":
		return quantity{a.gdp(), 4}
	case "primary_value_added":
		return quantity{a.primary, 4}
	case "secondary_value_added":
		return quantity{a.secondary, 4}
	case "tertiary_value_added":
		return quantity{a.tertiary, 4}
	}
	return w.unrounded(a.growth, r, p)
}

// unrounded adds digits below a tenth of a percent that rounding takes away again.
func (w *World) unrounded(tenths int64, r Region, p period) quantity {
	return quantity{tenths*1000 + w.draw(r, topicHidden, p.index(), -499, 499), 4}
}
