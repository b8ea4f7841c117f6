package transformers

import (
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

// BenchmarkMemory reads pages of 50 MB, each the worst of its kind, and reports
// the most memory that the process had, the body and the rules in it. It fails
// above 400 MB.
func BenchmarkMemory(b *testing.B) {
	const size, most = 50_000_000, 400
	for _, c := range []struct {
		name, piece string // # is a number
	}{
		{"tables", "<table><tr><td>地区</td><td>地区生产总值（万元）</td><td>第一产业增加值（万元）</td></tr>\n" + strings.Repeat("<tr><td>平遥县</td><td>#</td><td>#</td></tr>\n", 200) + "</table>\n"},
		{"small tables", "<table><tr><td>指标</td><td>数值</td></tr><tr><td>地区生产总值（万元）</td><td>#</td></tr></table>"},
		{"one row", "<td>#"},
		{"prose", "<p>初步核算，全年全县地区生产总值#亿元，按不变价格计算，比上年增长#%。其中，第一产业增加值#亿元，增长#%。</p>\n"},
		{"prose without a place", "<p>全国全县平遥县祁县地区生产总值#亿元，比上年增长#%。</p>\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			var page strings.Builder
			page.Grow(size + len(c.piece)*2)
			page.WriteString(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>平遥县2023年统计公报</title></head><body><table><tr>`)
			if !strings.HasPrefix(c.piece, "<td>") {
				page.WriteString("</tr></table>")
			}
			for i := 0; page.Len() < size; i++ {
				page.WriteString(strings.ReplaceAll(c.piece, "#", strconv.Itoa(1000+i)))
			}
			page.WriteString("</body></html>")
			doc := testDocument(pipeline.RawDocument{URL: "http://www.pingyao.gov.cn/t.html", MediaType: "text/html", Body: []byte(page.String())})
			page.Reset()
			rules := testRules(b, pipeline.SourceRules{Kind: pipeline.KindHTML, Prose: true})
			debug.FreeOSMemory()
			if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200); err != nil {
				b.Skipf("the system does not measure the peak: %v", err)
			}
			b.SetBytes(int64(len(doc.Body)))
			observations := 0
			for b.Loop() {
				r, err := shared.Read(doc, rules)
				if err != nil {
					b.Fatal(err)
				}
				observations = len(r.Observations)
			}
			peak := peakMegabytes(b)
			b.ReportMetric(float64(peak), "peak-MB")
			b.ReportMetric(float64(observations), "observations")
			if peak > most {
				b.Errorf("reading a page of 50 MB took %d MB, want at most %d", peak, most)
			}
		})
	}
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMegabytes is the most memory that the process had since the mark was reset.
func peakMegabytes(b *testing.B) int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	found := highWater.FindSubmatch(status)
	if found == nil {
		b.Skip(fmt.Errorf("no peak in /proc/self/status"))
	}
	kilobytes, err := strconv.Atoi(string(found[1]))
	if err != nil {
		b.Fatal(err)
	}
	return kilobytes >> 10
}
