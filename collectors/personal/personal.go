// Package personal finds what identifies people in files and texts that are to be kept:
// identity-card numbers and mobile phones. It only counts; the numbers themselves are
// neither returned nor logged.
package personal

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Bounds of what is searched in one file.
const (
	maxSearched   = 64 << 20 // bytes of inflated parts
	maxParts      = 2000
	minTelephones = 3 // different ones; fewer are the contact of the publisher
)

// InFile says what of people a file holds, "" for nothing: identity-card numbers, or a
// list of mobile phones. Office files and archives in archives are opened. Text inside
// PDF streams, pictures and encrypted files is not searched.
func InFile(body []byte) string {
	found := search{phones: map[string]bool{}}
	found.file(body, 0)
	return found.verdict()
}

// InText says what of people a text holds that somebody typed, "" for nothing: any
// identity-card number or mobile phone.
func InText(text string) string {
	found := search{phones: map[string]bool{}}
	found.text([]byte(strings.Map(narrow, text)))
	switch {
	case found.identities > 0:
		return fmt.Sprintf("%d identity-card numbers", found.identities)
	case len(found.phones) > 0:
		return fmt.Sprintf("%d mobile phones", len(found.phones))
	}
	return ""
}

// narrow makes digits of full width those of ASCII.
func narrow(r rune) rune {
	if r >= '０' && r <= '９' {
		return r - '０' + '0'
	}
	return r
}

// search counts what identifies people. It never holds the numbers themselves beyond
// the search.
type search struct {
	identities int
	phones     map[string]bool
	contacts   bool // words that say that numbers are telephones
	searched   int64
}

func (p *search) verdict() string {
	switch {
	case p.identities > 0:
		return fmt.Sprintf("%d identity-card numbers and %d mobile phones", p.identities, len(p.phones))
	case len(p.phones) >= minTelephones && p.contacts:
		return fmt.Sprintf("a list of %d mobile phones", len(p.phones))
	}
	return ""
}

// file looks into a body by what it begins with. An archive in an archive is
// opened once.
func (p *search) file(body []byte, depth int) {
	switch {
	case bytes.HasPrefix(body, []byte("PK\x03\x04")) && depth < 2:
		p.archive(body, depth)
	case bytes.HasPrefix(body, []byte("\xd0\xcf\x11\xe0")): // XLS and DOC: one byte a letter, or two
		p.text(bytes.ReplaceAll(body, []byte{0}, nil))
		p.contacts = p.contacts || holdsAny(body, contactsUTF16)
	default:
		p.text(body)
	}
}

func (p *search) archive(body []byte, depth int) {
	parts, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return // broken archives are the reader's to refuse
	}
	for i, part := range parts.File {
		if i == maxParts || p.searched >= maxSearched {
			return
		}
		switch strings.ToLower(path.Ext(part.Name)) {
		case ".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".bin":
			continue
		}
		content, err := p.inflate(part)
		if err != nil {
			continue
		}
		if strings.HasSuffix(part.Name, ".xml") {
			content = plainXML(content)
		}
		p.file(content, depth+1)
	}
}

func (p *search) inflate(part *zip.File) ([]byte, error) {
	reader, err := part.Open()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	content, err := io.ReadAll(io.LimitReader(reader, maxSearched-p.searched))
	p.searched += int64(len(content))
	return content, err
}

// plainXML drops tags, so that a number that is split into runs comes together, and
// leaves a space where a cell, a row or a paragraph ends.
func plainXML(content []byte) []byte {
	plain := make([]byte, 0, len(content)/2)
	for len(content) > 0 {
		open := bytes.IndexByte(content, '<')
		if open < 0 {
			return append(plain, content...)
		}
		plain = append(plain, content[:open]...)
		end := bytes.IndexByte(content[open:], '>')
		if end < 0 {
			return plain
		}
		name, _, _ := strings.Cut(strings.Trim(string(content[open+1:open+end]), "/ "), " ")
		if _, local, prefixed := strings.Cut(name, ":"); prefixed {
			name = local
		}
		switch name {
		case "p", "tc", "tr", "si", "v", "c", "row", "is", "br", "tab":
			plain = append(plain, ' ')
		}
		content = content[open+end+1:]
	}
	return plain
}

var contactWords = withGBK("手机", "联系电话", "联系方式", "电话号码", "身份证")

var contactsUTF16 = []string{"\x4b\x62\x3a\x67", "\x35\x75\xdd\x8b"} // 手机, 电话 in UTF-16LE

// text looks at every run of digits that stands by itself.
func (p *search) text(text []byte) {
	p.contacts = p.contacts || holdsAny(text, contactWords)
	for i := 0; i < len(text); {
		if !isDigit(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && isDigit(text[end]) {
			end++
		}
		digits, next := text[i:end], byte(' ')
		if end < len(text) {
			next = text[end]
		}
		if i == 0 || !gluesDigits(text[i-1]) {
			p.number(digits, next)
		}
		i = end
	}
}

// number judges a run of digits by its length and what follows it.
func (p *search) number(digits []byte, next byte) {
	switch {
	case len(digits) == 18 && !gluesDigits(next) && isIdentity(digits),
		len(digits) == 17 && (next == 'X' || next == 'x') && isIdentity(append(bytes.Clone(digits), 'X')):
		p.identities++
	case len(digits) == 11 && digits[0] == '1' && digits[1] >= '3' && !gluesDigits(next) && len(p.phones) < 1000:
		p.phones[string(digits)] = true
	}
}

func isDigit(letter byte) bool { return letter >= '0' && letter <= '9' }

// gluesDigits reports whether a letter beside digits makes them part of something
// longer.
func gluesDigits(letter byte) bool {
	return letter == '.' || letter == '-' || letter == '_' || letter == '%' ||
		letter|0x20 >= 'a' && letter|0x20 <= 'z'
}

// identityWeights are those of GB 11643; the check letter is the sum modulo 11.
var identityWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// isIdentity reports whether 18 letters are an identity-card number: a province, a
// day of birth, and the check letter.
func isIdentity(number []byte) bool {
	if province := number[0]; province < '1' || province > '8' {
		return false
	}
	born, err := time.Parse("20060102", string(number[6:14]))
	if err != nil || born.Year() < 1900 || born.Year() > 2100 {
		return false
	}
	sum := 0
	for i, weight := range identityWeights {
		sum += int(number[i]-'0') * weight
	}
	return "10X98765432"[sum%11] == number[17]
}

func holdsAny(text []byte, marks []string) bool {
	for _, mark := range marks {
		if bytes.Contains(text, []byte(mark)) {
			return true
		}
	}
	return false
}

// withGBK returns words in UTF-8 and in GBK: what they are looked for in may be in
// either.
func withGBK(words ...string) []string {
	all := words
	for _, word := range words {
		if encoded, err := simplifiedchinese.GBK.NewEncoder().String(word); err == nil {
			all = append(all, encoded)
		}
	}
	return all
}
