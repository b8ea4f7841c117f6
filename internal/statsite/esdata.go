package statsite

import (
	"encoding/json"
	"strings"
)

// The 2026 interface. It answers HTTP 500 to a body without showType, knows closed ranges only,
// lists the newest period first and pads names with a space.

type esAnswer struct {
	Success bool       `json:"success"`
	State   int        `json:"state"`
	Message string     `json:"message"`
	Data    []esPeriod `json:"data"`
}

type esPeriod struct {
	Code   string    `json:"code"`
	Name   string    `json:"name"`
	Values []esValue `json:"values"`
}

type esValue struct {
	ID       string `json:"_id"`
	Value    string `json:"value"`
	Name     string `json:"_name"`
	ShowName string `json:"i_showname"`
	UnitName string `json:"du_name"`
	Da       string `json:"da,omitempty"`
	DaName   string `json:"da_name,omitempty"`
}

// longestSpan bounds the periods of one answer.
const longestSpan = 3000

// readESBody reads a question; false means the answer is HTTP 500.
func readESBody(text string) (esBody, bool) {
	var body esBody
	err := json.Unmarshal([]byte(text), &body)
	return body, err == nil && body.ShowType != ""
}

// esDocument answers a question of the 2026 interface.
func (w *World) esDocument(body esBody, asked string, night int) document {
	d := document{source: SourceNBS, method: "POST", url: "http://" + hostNBS + pathESData, request: asked,
		contentType: "application/json;charset=UTF-8"}
	answer := esAnswer{Success: true, State: 20000, Message: "成功", Data: []esPeriod{}}
	base, known := baseByCid(body.Cid)
	if !known {
		d.text = mustJSON(esAnswer{State: 50000, Message: "指标目录不存在", Data: []esPeriod{}})
		return d
	}
	for _, p := range w.esPeriods(base, body.Dts, night) {
		answer.Data = append(answer.Data, w.esPeriod(&d, base, body, p, night))
	}
	d.text = mustJSON(answer)
	return d
}

func baseByCid(cid string) (Base, bool) {
	for _, b := range bases {
		if b.Cid == cid {
			return b, true
		}
	}
	return Base{}, false
}

// esPeriods gives the periods of closed ranges, newest first, up to one still blank period after the newest.
func (w *World) esPeriods(b Base, ranges []string, night int) []period {
	horizon := w.newest(b, night).plus(1)
	if b.Freq == "A" {
		horizon = yearOf(w.config.LastYear)
	}
	var periods []period
	for _, span := range ranges {
		from, to, closed := strings.Cut(span, "-")
		first, ok := parseESCode(from)
		last, alsoOK := parseESCode(to)
		if !closed || !ok || !alsoOK || first.freq != b.Freq || last.freq != b.Freq || last.index()-first.index() > longestSpan {
			continue
		}
		if last.after(horizon) {
			last = horizon
		}
		for p := last; !first.after(p); p = p.plus(-1) {
			periods = append(periods, p)
		}
	}
	return periods
}

// esPeriod gives one period with the values of all regions asked for; one before the first year has no values at all.
func (w *World) esPeriod(d *document, b Base, body esBody, p period, night int) esPeriod {
	out := esPeriod{Code: p.esCode(), Name: p.name(), Values: []esValue{}}
	if p.year < w.config.FirstYear {
		return out
	}
	das := body.Das
	if body.ShowType == "1" && len(das) > 1 {
		das = das[:1]
	}
	for _, da := range das {
		r, known := w.byCode[strings.TrimSuffix(da.Value, "000000")]
		if !known || r.level() != b.level {
			continue
		}
		for _, id := range body.IndicatorIDs {
			if s, inside := seriesByID(b, id); inside {
				out.Values = append(out.Values, w.esValue(d, b, s, r, p, night))
			}
		}
	}
	return out
}

func seriesByID(b Base, id string) (Series, bool) {
	for _, s := range b.Series {
		if s.ID == id {
			return s, true
		}
	}
	return Series{}, false
}

// esValue gives one value; an absent one is an empty string, or 无 for populations and in cities.
func (w *World) esValue(d *document, b Base, s Series, r Region, p period, night int) esValue {
	value := esValue{ID: s.ID, Name: s.Name, ShowName: s.ShowName + " (" + s.Unit + ") ", UnitName: s.Unit}
	if r.Code != nation.Code {
		value.Da, value.DaName = r.Code+"000000", regionName(r)
	}
	q, shown := w.shown(b, s, r, p, night)
	switch {
	case shown:
		value.Value = q.show(s.Decimals)
		d.say(s.Indicator, r, p, s.Basis, "first", printed{text: value.Value, value: value.Value})
	case b.level == levelCity || s.Indicator == "resident_population":
		value.Value = "无"
	}
	return value
}
