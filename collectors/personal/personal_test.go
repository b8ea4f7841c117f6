package personal

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

// identity makes an identity-card number with its check letter.
func identity(region, birth string, order int) string {
	head := fmt.Sprintf("%s%s%03d", region, birth, order)
	sum := 0
	for i, weight := range identityWeights {
		sum += int(head[i]-'0') * weight
	}
	return head + string("10X98765432"[sum%11])
}

func zipped(t *testing.T, name, content string) []byte {
	t.Helper()
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	part, err := archive.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(part, content)
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func utf16le(text string) string {
	var bytes []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		bytes = append(bytes, byte(unit), byte(unit>>8))
	}
	return string(bytes)
}

func TestWhichFilesHoldPersonalData(t *testing.T) {
	card := identity("140726", "19850412", 12)
	phones := "13800000001,13800000002,15900000003"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("姓名,联系电话\n甲,13800000001\n乙,13800000002\n丙,15900000003\n")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		body     []byte
		personal bool
	}{
		{"a CSV with an identity-card number", []byte("甲," + card + "\n"), true},
		{"a number with a wrong check letter", []byte("甲," + card[:17] + string('0'+(card[17]-'0'+1)%10) + "\n"), false},
		{"a number with an impossible day of birth", []byte("甲," + identity("140726", "19851341", 12)), false},
		{"a longer number that holds one", []byte("9" + card + "0"), false},
		{"an identifier with letters around it", []byte("id_" + card), false},
		{"a list of telephones in GBK", []byte(gbk), true},
		{"one contact telephone", []byte("联系电话 13800000001"), false},
		{"amounts in yuan that look like telephones", []byte("地区生产总值（元）\n" + phones), false},
		{"decimals that look like telephones", []byte("手机产量 13800000001.5 13800000002.5 15900000003.5"), false},
		{"a workbook", zipped(t, "xl/sharedStrings.xml", "<si><t>"+card+"</t></si>"), true},
		{"a document whose number is split into runs", zipped(t, "word/document.xml", "<w:p><w:r><w:t>"+card[:7]+"</w:t></w:r><w:r><w:t>"+card[7:]+"</w:t></w:r></w:p>"), true},
		{"two cells that only together look like a number", zipped(t, "xl/worksheets/sheet1.xml", "<c><v>"+card[:7]+"</v></c><c><v>"+card[7:]+"</v></c>"), false},
		{"an archive with a workbook in it", zipped(t, "表.xlsx", string(zipped(t, "xl/sharedStrings.xml", "<si><t>"+card+"</t></si>"))), true},
		{"an old workbook with two bytes a letter", []byte("\xd0\xcf\x11\xe0" + utf16le("手机 "+strings.ReplaceAll(phones, ",", " "))), true},
		{"a broken archive", []byte("PK\x03\x04 and no more"), false},
		{"nothing", nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if why := InFile(test.body); (why != "") != test.personal {
				t.Errorf("got %q, want personal data: %v", why, test.personal)
			}
		})
	}
}

func TestEveryIdentityCardNumberIsKnownAndNoNeighbourOfIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		card := identity(fmt.Sprintf("14%04d", rapid.IntRange(0, 9999).Draw(t, "region")), fmt.Sprintf("%d%02d%02d",
			rapid.IntRange(1930, 2020).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day")), rapid.IntRange(0, 999).Draw(t, "order"))
		if !isIdentity([]byte(card)) {
			t.Fatalf("%s is not known", card)
		}
		at := rapid.IntRange(14, 16).Draw(t, "at") // a digit changed breaks the check letter
		changed := []byte(card)
		changed[at] = '0' + (changed[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if isIdentity(changed) {
			t.Fatalf("%s is taken for a number", changed)
		}
	})
}

func TestWhichTextsHoldPersonalData(t *testing.T) {
	card := identity("140726", "19850412", 12)
	tests := []struct {
		name, text string
		personal   bool
	}{
		{"an identity-card number", "经办人" + card, true},
		{"one mobile phone", "联系13800000001", true},
		{"one in digits of full width", "联系１３８０００００００１", true},
		{"a landline of an office", "咨询0351-1234567", false},
		{"a year and a count", "2024年末共 1234567 件", false},
		{"nothing", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if why := InText(test.text); (why != "") != test.personal {
				t.Errorf("got %q, want personal data: %v", why, test.personal)
			}
		})
	}
}

func FuzzPersonal(f *testing.F) {
	f.Add([]byte("甲,110105194912310021"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xd0\xcf\x11\xe01\x003\x00"))
	f.Fuzz(func(_ *testing.T, body []byte) { InFile(body); InText(string(body)) })
}
