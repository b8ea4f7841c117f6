package decode

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"zhibiao/pipeline"
)

func gbk(t testing.TB, text string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheBytesDecideTheEncodingAndNotTheClaim(t *testing.T) {
	long := "地区生产总值与一般公共预算收入"
	for _, c := range []struct {
		name, body, mediaType string
		want                  Encoding
		refused               bool
	}{
		{"utf-8 without any claim", long, "", UTF8, false},
		{"utf-8 that calls itself gbk", `<meta charset="gbk">` + long, "", UTF8, false},
		{"gbk that calls itself utf-8 in meta", `<meta charset="utf-8">` + gbk(t, long), "", GB18030, false},
		{"gbk that the header calls utf-8", gbk(t, long), "text/html; charset=utf-8", GB18030, false},
		{"gb2312 is read as gb18030", `<meta content="text/html; charset=gb2312">` + gbk(t, "−龘"), "", GB18030, false},
		{"a few valid utf-8 sequences declared as gbk", gbk(t, "模"), "text/html; charset=gbk", GB18030, false},
		{"the same, declared as nothing", gbk(t, "模"), "", UTF8, false},
		{"byte order mark", "\ufeff" + long, "text/html; charset=gbk", UTF8, false},
		{"byte order mark before bytes that are not utf-8", "\ufeff\xff\xfe", "", "", true},
		{"utf-16", "\xff\xfeA\x00", "", "", true},
		{"neither", "\x81\xff", "", "", true},
		{"ascii", "abc", "", UTF8, false},
		{"utf-8 cut inside its last letter", long[:len(long)-1], "", UTF8, false},
		{"gbk cut inside its last letter", gbk(t, long+"值")[:2*16-1], "", GB18030, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, f := sniff([]byte(c.body), c.mediaType)
			if (f != nil) != c.refused || got.encoding != c.want {
				t.Errorf("encoding %q, fault %v; want %q, refused %t", got.encoding, f, c.want, c.refused)
			}
			if f != nil && f.Reason != pipeline.BadEncoding {
				t.Errorf("reason %s", f.Reason)
			}
		})
	}
}

func TestEveryLetterKnowsItsBytes(t *testing.T) {
	for _, encoding := range []string{"utf-8", "gbk"} {
		body := "<html><p>全年<b>生产</b>总值&nbsp;3&#48;8.27亿元，\n增长 ３．１％</p></html>"
		if encoding == "gbk" {
			body = gbk(t, body)
		}
		page, f := HTML([]byte(body), "")
		if f != nil {
			t.Fatal(f)
		}
		text := page.Blocks[0].Text
		for _, want := range []string{"生产总值", "308.27", "３．１", "亿元，", "全年"} {
			at := strings.Index(text.String(), want)
			if at < 0 {
				t.Fatalf("%s: no %q in %q", encoding, want, text)
			}
			start, end := text.Raw(at, at+len(want))
			got, err := Reread([]byte(body), "", start, end)
			if err != nil || got != want {
				t.Errorf("%s: bytes %d to %d are %q (%v), want %q", encoding, start, end, got, err, want)
			}
		}
	}
}

func TestLostLettersAreRefused(t *testing.T) {
	for _, body := range []string{"<html><p>全\uFFFD县</p></html>", "<html><p>祁县\xff</p></html>"} {
		if _, f := HTML([]byte(body), ""); f == nil || f.Reason != pipeline.BadEncoding {
			t.Errorf("%q: want %s, have %v", body, pipeline.BadEncoding, f)
		}
	}
	if _, f := JSON([]byte("{\"a\":\"\uFFFD\"}"), ""); f == nil || f.Reason != pipeline.BadEncoding {
		t.Errorf("want %s, have %v", pipeline.BadEncoding, f)
	}
}

func FuzzEncoding(f *testing.F) {
	f.Add([]byte("地区生产总值"), "text/html; charset=gbk")
	f.Add([]byte("\xc4\xa3"), "")
	f.Add([]byte("\x81\x30\x81\x30"), "")
	f.Fuzz(func(t *testing.T, body []byte, mediaType string) {
		found, fault := sniff(body, mediaType)
		if fault != nil {
			return
		}
		end := 0
		found.encoding.each(body[found.bom:], func(r rune, at, length int) {
			if at != end || length <= 0 {
				t.Fatalf("letter %q at %d after %d", r, at, end)
			}
			end = at + length
		})
	})
}
