package public

import (
	"errors"
	"testing"
)

// What counts as personal is tested in package personal; here that an attachment with
// it is refused, and that pages and answers are left to their readers.
func TestWhichAttachmentsHoldPersonalData(t *testing.T) {
	tests := []struct {
		name    string
		file    string
		body    string
		refused bool
	}{
		{"a CSV with an identity-card number", "1.csv", "甲,11010519491231002X\n", true},
		{"a list of telephones", "1.csv", "姓名,联系电话\n甲,13800000001\n乙,13800000002\n丙,15900000003\n", true},
		{"a table of numbers", "1.csv", "地区,亿元\n清徐县,320.5\n", false},
		{"a workbook that is HTML", "1.xls", "<html><table><tr><td>11010519491231002X</td></tr></table></html>", true},
		{"a workbook that is HTML with a table of numbers", "1.xls", "<table><tr><td>清徐县</td><td>320.5</td></tr></table>", false},
		{"a page", "t20250421_1.html", "<html>11010519491231002X</html>", false},
		{"a page without a name", "", "<html>11010519491231002X</html>", false},
		{"an answer of an interface", "esData", `{"id":"11010519491231002X"}`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := (&run{Collector: &Collector{}}).checkPersonal("http://a.example/"+test.file, &exchange{body: []byte(test.body)})
			if errors.Is(err, ErrPersonal) != test.refused || err != nil && !test.refused {
				t.Errorf("got %v, want it refused: %v", err, test.refused)
			}
		})
	}
	if err := (&run{Collector: &Collector{}}).checkPersonal("http://a.example/1.csv", &exchange{unchanged: true, body: []byte(tests[0].body)}); err != nil {
		t.Errorf("what is unchanged was looked at again: %v", err)
	}
}
