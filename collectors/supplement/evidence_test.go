package supplement

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// office file of parts.
func parts(t testing.TB, contents map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range contents {
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(part, content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAttachmentsAreToldByTheirContent(t *testing.T) {
	card := "11010519491231002X"
	workbook := map[string]string{"[Content_Types].xml": "", "xl/workbook.xml": ""}
	with := func(name, content string) map[string]string {
		all := map[string]string{name: content}
		for n, c := range workbook {
			all[n] = c
		}
		return all
	}
	tests := []struct {
		name, file string
		content    []byte
		mediaType  string
		problem    ProblemKind
	}{
		{"a photo", "a.jpg", []byte("\xff\xd8\xff\xe0 rest"), typeJPEG, ""},
		{"a photo that is called PDF", "a.pdf", []byte("\xff\xd8\xff\xe0 rest"), typeJPEG, ""},
		{"a PNG", "a.png", []byte("\x89PNG\r\n\x1a\n rest"), typePNG, ""},
		{"a WebP", "a.webp", []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), typeWebP, ""},
		{"a photo of a phone", "IMG_1.HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), typeHEIC, ""},
		{"a film", "a.heic", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00"), "", WrongType},
		{"a PDF", "a.pdf", []byte("%PDF-1.7 rest"), typePDF, ""},
		{"a workbook", "a.xlsx", parts(t, workbook), typeXLSX, ""},
		{"a document", "a.docx", parts(t, map[string]string{"[Content_Types].xml": "", "word/document.xml": ""}), typeDOCX, ""},
		{"a workbook with macros", "a.xlsx", parts(t, with("xl/vbaProject.bin", "x")), "", WrongType},
		{"an archive", "a.xlsx", parts(t, map[string]string{"a.txt": "x"}), "", WrongType},
		{"half a workbook", "a.xlsx", parts(t, workbook)[:60], "", WrongType},
		{"a workbook that unfolds to too much", "a.xlsx", parts(t, with("xl/a.xml", strings.Repeat(" ", 64<<20))), "", TooLarge},
		{"an old or encrypted file", "a.xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest"), "", WrongType},
		{"a page that is called a photo", "a.jpg", []byte("<html><script>alert(1)</script>"), "", WrongType},
		{"a picture with script in it", "a.svg", []byte("<svg onload=alert(1)>"), "", WrongType},
		{"a program", "a.jpg", []byte("MZ\x90\x00"), "", WrongType},
		{"nothing", "a.jpg", nil, "", Invalid},
		{"too much", "a.jpg", append([]byte("\xff\xd8\xff"), make([]byte, 10<<20)...), "", TooLarge},
		{"a workbook with an identity card", "a.xlsx", parts(t, with("xl/sharedStrings.xml", "<si><t>"+card+"</t></si>")), "", Personal},
		{"a name with an identity card", card + ".jpg", []byte("\xff\xd8\xff\xe0 rest"), "", Personal},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := newOffice(t)
			e, err := o.Attach(t.Context(), clerk, qingxu, test.file, test.content)
			if test.problem != "" {
				wants(t, err, test.problem)
				if len(o.evidences.content) != 0 {
					t.Error("it was kept")
				}
				return
			}
			if err != nil || e.Type != test.mediaType || e.Bytes != len(test.content) {
				t.Errorf("got %+v (%v)", e, err)
			}
		})
	}
}

func TestNamesOfAttachmentsAreCleaned(t *testing.T) {
	for given, want := range map[string]string{
		"证明.JPG": "证明.jpg", "../../etc/passwd": "passwd.jpg", `C:\photos\照片.png`: "照片.jpg", "": "附件.jpg", "..": "附件.jpg", "a\u202egpj.exe": "agpj.jpg",
		"<img src=x onerror=alert(1)>.jpg": "img src=x onerror=alert(1).jpg", "a\x00b\nc.jpg": "abc.jpg", strings.Repeat("长", 300) + ".jpg": strings.Repeat("长", 96) + ".jpg",
	} {
		got := cleanName(given, typeJPEG)
		if got != want || cleanName(got, typeJPEG) != got || utf8.RuneCountInString(got) > maxName {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}

func TestAttachmentsGoWithTheirEntryAndAreSeenByWhoMay(t *testing.T) {
	o := newOffice(t)
	content := []byte("\xff\xd8\xff\xe0 photo")
	e, err := o.Attach(t.Context(), clerk, qingxu, "证明.jpg", content)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = o.EvidenceContent(t.Context(), clerk, qingxu, e.Hash)
	wants(t, err, NotThere) // nothing names it yet
	forged := e
	forged.Type = typePDF
	receipt := o.submit(map[Cell]Answer{brandsOf(2024): {Typed: "3", Evidence: []Evidence{e}}})
	if len(receipt.Submitted) != 1 {
		t.Fatalf("got %+v", receipt)
	}
	for _, by := range []Actor{clerk, taiyuan, shanxi} {
		found, got, err := o.EvidenceContent(t.Context(), by, qingxu, e.Hash)
		if err != nil || !bytes.Equal(got, content) || found != e {
			t.Errorf("%s: got %+v (%v)", by.Role, found, err)
		}
	}
	_, _, err = o.EvidenceContent(t.Context(), Actor{Role: County, Region: yangqu}, qingxu, e.Hash)
	wants(t, err, Forbidden)
	_, _, err = o.EvidenceContent(t.Context(), Actor{Role: County, Region: yangqu}, yangqu, e.Hash)
	wants(t, err, NotThere) // another county's attachment by its hash
	forged.Name = "证明.pdf"
	if receipt := o.submit(map[Cell]Answer{brandsOf(2025): {Typed: "3", Evidence: []Evidence{forged}}}); len(receipt.Submitted) != 0 {
		t.Errorf("a forged type was taken: %+v", receipt)
	}
	o.decide(shanxi, o.on(brandsOf(2024), ActAccept, ""))
	body := string(o.collected()[0].Body)
	if !strings.Contains(body, `"evidence":[{"sha256":"`+e.Hash+`","type":"image/jpeg","bytes":10}]`) || strings.Contains(body, "证明") {
		t.Errorf("the document is %s", body)
	}
}

func FuzzMediaType(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("RIFF"))
	f.Add(parts(f, map[string]string{"[Content_Types].xml": "", "xl/workbook.xml": ""}))
	f.Fuzz(func(t *testing.T, content []byte) {
		mediaType, err := mediaTypeOf(content)
		if err == nil && !allowedTypes[mediaType] {
			t.Errorf("%s is not allowed", mediaType)
		}
	})
}
