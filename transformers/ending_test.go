package transformers

import "testing"

func TestWhetherABodyShowsWhereItEnds(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       bool
	}{
		{"a whole page", "<!DOCTYPE html><html><p>1</p></html>\n<!-- counted -->", true},
		{"a page in capitals", "<HTML><P>1</P></HTML>", true},
		{"a page that is cut", "<html><p>1</p>", false},
		{"a fragment between two paragraphs", "<p>一般公共预算收入1亿元</p>", false},
		{"lines of a table", "年份,地区生产总值\n2024,1\n", false},
		{"nothing", "", false},
		{"JSON", `{"data":[]}`, true},
	} {
		if got := hasEnd([]byte(c.body)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
