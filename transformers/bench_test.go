package transformers

import "testing"

func BenchmarkRead(b *testing.B) {
	for _, c := range goldenCases(b) {
		if c.name != "communique" && c.name != "monthly_table_gbk" && c.name != "easyquery_province" {
			continue
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.doc.Body)))
			for b.Loop() {
				if _, err := shared.Read(c.doc, c.rules); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
