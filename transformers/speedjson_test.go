package transformers

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
)

// The bodies of both interfaces as structs, for the bare parser.
type (
	easyqueryBody struct {
		Returncode int `json:"returncode"`
		Returndata struct {
			Datanodes []easyqueryNode      `json:"datanodes"`
			Wdnodes   []easyqueryDimension `json:"wdnodes"`
		} `json:"returndata"`
	}
	easyqueryNode struct {
		Code string `json:"code"`
		Data struct {
			Data     float64 `json:"data"`
			Dotcount int     `json:"dotcount"`
			Hasdata  bool    `json:"hasdata"`
			Strdata  string  `json:"strdata"`
		} `json:"data"`
		Wds []easyqueryCodes `json:"wds"`
	}
	easyqueryCodes struct {
		Valuecode string `json:"valuecode"`
		Wdcode    string `json:"wdcode"`
	}
	easyqueryDimension struct {
		Nodes  []easyquerySeriesName `json:"nodes"`
		Wdcode string                `json:"wdcode"`
		Wdname string                `json:"wdname"`
	}
	easyquerySeriesName struct {
		Cname string `json:"cname"`
		Code  string `json:"code"`
		Name  string `json:"name"`
		Unit  string `json:"unit"`
		Memo  string `json:"memo"`
	}
	releaseBody struct {
		Success bool            `json:"success"`
		State   int             `json:"state"`
		Message string          `json:"message"`
		Data    []releasePeriod `json:"data"`
	}
	releasePeriod struct {
		Code   string         `json:"code"`
		Name   string         `json:"name"`
		Values []releaseValue `json:"values"`
	}
	releaseValue struct {
		ID       string `json:"_id"`
		Value    string `json:"value"`
		Name     string `json:"_name"`
		Showname string `json:"i_showname"`
		Unit     string `json:"du_name"`
	}
)

// easyqueryAnswer is an answer about five indicators of 31 provinces.
func easyqueryAnswer(tb testing.TB, years int) []byte {
	random := rand.New(rand.NewPCG(5, 6))
	var body easyqueryBody
	body.Returncode = 200
	names := []easyquerySeriesName{{Cname: "地区生产总值", Code: "A020101", Name: "地区生产总值", Unit: "亿元", Memo: "地区生产总值按当年价格计算"},
		{Cname: "年末常住人口", Code: "A030101", Name: "年末常住人口", Unit: "万人"},
		{Cname: "第一产业增加值", Code: "A020102", Name: "第一产业增加值", Unit: "亿元"},
		{Cname: "社会消费品零售总额", Code: "A0L01", Name: "社会消费品零售总额", Unit: "亿元"},
		{Cname: "居民人均可支配收入", Code: "A0A01", Name: "居民人均可支配收入", Unit: "元"}}
	provinces := []string{"11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46",
		"50", "51", "52", "53", "54", "61", "62", "63", "64", "65"}
	for _, name := range names {
		for _, province := range provinces {
			for year := 2024 - years + 1; year <= 2024; year++ {
				var n easyqueryNode
				value := random.Float64() * 90000
				n.Data.Data, n.Data.Dotcount, n.Data.Hasdata, n.Data.Strdata = value, 2, true, fmt.Sprintf("%.2f", value)
				n.Code = fmt.Sprintf("zb.%s_reg.%s0000_sj.%d", name.Code, province, year)
				n.Wds = []easyqueryCodes{{name.Code, "zb"}, {province + "0000", "reg"}, {fmt.Sprint(year), "sj"}}
				body.Returndata.Datanodes = append(body.Returndata.Datanodes, n)
			}
		}
	}
	body.Returndata.Wdnodes = []easyqueryDimension{{Nodes: names, Wdcode: "zb", Wdname: "指标"}}
	return encodedJSON(tb, body)
}

// releaseAnswer is an answer about five indicators, so many months back.
func releaseAnswer(tb testing.TB, months int) []byte {
	random := rand.New(rand.NewPCG(7, 8))
	body := releaseBody{Success: true, State: 20000, Message: "成功"}
	series := []releaseValue{{Showname: "规上工业增加值累计增长 (%) ", Unit: "%"}, {Showname: "规上工业增加值同比增长 (%) ", Unit: "%"},
		{Showname: "社会消费品零售总额_累计值 (亿元) ", Unit: "亿元"}, {Showname: "社会消费品零售总额_累计增长 (%) ", Unit: "%"},
		{Showname: "固定资产投资（不含农户）_累计增长 (%) ", Unit: "%"}, {Showname: "一般公共预算收入_累计值 (亿元) ", Unit: "亿元"}}
	for month := range months {
		p := releasePeriod{Code: fmt.Sprintf("%d%02dMM", 2024-month/12, 12-month%12), Name: fmt.Sprintf("%d年%d月", 2024-month/12, 12-month%12)}
		for i, s := range series {
			s.ID, s.Name, s.Value = fmt.Sprintf("6b3dcaf19d0a4dd7a4efde8b0f3e%04d", i), s.Showname, fmt.Sprintf("%.1f", random.Float64()*100)
			p.Values = append(p.Values, s)
		}
		body.Data = append(body.Data, p)
	}
	return encodedJSON(tb, body)
}

func encodedJSON(tb testing.TB, body any) []byte {
	tb.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
