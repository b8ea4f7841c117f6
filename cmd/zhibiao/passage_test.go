package main

import (
	"strings"
	"testing"

	"zhibiao/transformers/decode"
)

func TestMarksStandAroundExactlyTheirBytes(t *testing.T) {
	const body = `<html><body><p>全年<b>地区</b>生产总值361.42亿元，增长3.4%，第&#20108;产业不详。</p></body></html>`
	page, fault := decode.HTML([]byte(body), "text/html; charset=utf-8")
	if fault != nil {
		t.Fatal(fault)
	}
	at := func(text string, m func(start, end uint32) mark) mark {
		i := strings.Index(body, text)
		return m(uint32(i), uint32(i+len(text)))
	}
	for _, c := range []struct {
		name  string
		marks []mark
		want  string
	}{
		{"none inside", []mark{{start: 1, end: 3, open: "【", close: "】"}}, "全年地区生产总值361.42亿元，增长3.4%，第二产业不详。"},
		{"two, out of order", []mark{at("3.4", refused), at("361.42", read)}, "全年地区生产总值【361.42】亿元，增长〔3.4〕%，第二产业不详。"},
		{"one twice", []mark{at("3.4", read), at("3.4", refused)}, "全年地区生产总值361.42亿元，增长【3.4】%，第二产业不详。"},
		{"a character reference", []mark{at("&#20108;", read)}, "全年地区生产总值361.42亿元，增长3.4%，第【二】产业不详。"},
		{"at the end", []mark{at("。", read)}, "全年地区生产总值361.42亿元，增长3.4%，第二产业不详【。】"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, block := range page.Blocks {
				if got, _ := markText(block.Text, c.marks); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
			}
		})
	}
}
