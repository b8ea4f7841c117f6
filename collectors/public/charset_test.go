package public

import (
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestListsAreDecodedByWhatTheyAreAndNotByWhatTheyClaim(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("统计公报𠮷")
	if err != nil {
		t.Fatal(err)
	}
	long := "国民经济和社会发展统计公报国民经济和社会发展统计公报国民经济和社会发展统计公报国民经济和社会发展统计公报国民经济和社会发展统计公报"
	tests := []struct {
		name, body, mediaType, want string
		legacy                      bool
	}{
		{"UTF-8", "统计公报", "", "统计公报", false},
		{"UTF-8 that claims to be GBK", `<meta charset="gbk">统计公报`, "text/html; charset=gb2312", `<meta charset="gbk">统计公报`, false},
		{"a UTF-8 mark", "\xef\xbb\xbf统计", "", "统计", false},
		{"UTF-16 with its mark", "\xff\xfe\xdf\x7e\xa1\x8b", "", "统计", false},
		{"GB18030 without a claim", gb, "", "统计公报𠮷", true},
		{"GB18030 that claims to be UTF-8", gb, "text/html; charset=utf-8", "统计公报𠮷", true},
		{"UTF-8 with a broken letter", `<meta charset="utf-8">` + long + "\xe5\x85", "", `<meta charset="utf-8">` + long + "\ufffd", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, legacy := decodeList([]byte(test.body), test.mediaType)
			if got != test.want || (legacy != nil) != test.legacy {
				t.Errorf("got %q (legacy %v), want %q", got, legacy != nil, test.want)
			}
		})
	}
}
