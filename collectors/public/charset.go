package public

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// claimedUTF8 finds the claim in a header or in the beginning of a page.
var claimedUTF8 = regexp.MustCompile(`(?i)charset\s*=\s*["']?\s*utf-?8`)

// claimWindow is how far into a page its claim is looked for.
const claimWindow = 1024

// decodeList returns the text of a list page, only for the reading of links, and
// the encoding of its queries, nil for UTF-8. A byte order mark decides, then
// validity, then the claims: bytes that are valid UTF-8 and not ASCII are hardly
// ever anything else, whatever header and page say. All else is GB18030, which
// holds GB 2312 and GBK.
func decodeList(body []byte, mediaType string) (string, encoding.Encoding) {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return strings.ToValidUTF8(string(body[3:]), "\ufffd"), nil
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("\xfe\xff")):
		text, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(body)
		return string(text), nil
	case utf8.Valid(body):
		return string(body), nil
	}
	head := body[:min(len(body), claimWindow)]
	if claimedUTF8.Match(head) || claimedUTF8.MatchString(mediaType) {
		// Replacing is enough where only a few bytes are broken.
		if text := strings.ToValidUTF8(string(body), "\ufffd"); strings.Count(text, "\ufffd")*200 < len(text) {
			return text, nil
		}
	}
	text, _ := simplifiedchinese.GB18030.NewDecoder().Bytes(body)
	return string(text), simplifiedchinese.GB18030
}

// withGBK returns words in UTF-8 and in GBK, to be looked for in pages whose
// encoding is not known yet.
func withGBK(words ...string) []string {
	both := words
	for _, word := range words {
		if encoded, err := simplifiedchinese.GBK.NewEncoder().String(word); err == nil && encoded != word {
			both = append(both, encoded)
		}
	}
	return both
}
