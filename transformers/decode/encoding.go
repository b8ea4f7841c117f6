package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"mime"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"

	"zhibiao/pipeline"
)

// Encoding is how a body's bytes stand for letters.
type Encoding string

// The encodings that are read. What calls itself gb2312 or gbk is GB18030,
// which holds both.
const (
	UTF8    Encoding = "utf-8"
	GB18030 Encoding = "gb18030"
)

// fewSequences is how many multi-byte sequences make valid UTF-8 convincing by
// itself; below it a declaration of a Chinese encoding is believed (模 in GBK
// is valid UTF-8).
const fewSequences = 6

// sniffed is an encoding and the length of the byte order mark before the text.
type sniffed struct {
	encoding Encoding
	bom      int
}

// sniff finds the encoding of a body: byte order mark, then what the body itself
// proves, then what <meta> and then the header claim. A claim never beats the
// bytes.
func sniff(body []byte, mediaType string) (sniffed, *Fault) {
	if bytes.HasPrefix(body, []byte("\xef\xbb\xbf")) {
		if !validUTF8(body) {
			return sniffed{}, fault(pipeline.BadEncoding, "the body has the byte order mark of UTF-8 but is not valid UTF-8")
		}
		return sniffed{UTF8, 3}, nil
	}
	if bytes.HasPrefix(body, []byte("\xff\xfe")) || bytes.HasPrefix(body, []byte("\xfe\xff")) {
		return sniffed{}, fault(pipeline.BadEncoding, "the body is UTF-16, which is not read")
	}
	declared := declaredEncoding(body, mediaType)
	if validUTF8(body) && (declared != GB18030 || multiByteSequences(body) >= fewSequences || !validGB18030(body)) {
		return sniffed{UTF8, 0}, nil
	}
	if validGB18030(body) {
		return sniffed{GB18030, 0}, nil
	}
	return sniffed{}, fault(pipeline.BadEncoding, fmt.Sprintf("the body is neither valid UTF-8 nor valid GB18030 (declared: %q); fetch it again or look at the raw bytes", declared))
}

var metaCharset = regexp.MustCompile(`(?i)<meta\s[^>]*charset\s*=\s*["']?\s*([a-z0-9_-]+)`)

// metaWindow is how far into a body a declaration is looked for.
const metaWindow = 4096

func declaredEncoding(body []byte, mediaType string) Encoding {
	if name := charsetInMeta(body[:min(len(body), metaWindow)]); name != "" {
		return encodingNamed(name)
	}
	if _, parameters, err := mime.ParseMediaType(mediaType); err == nil {
		return encodingNamed(parameters["charset"])
	}
	return ""
}

// charsetInMeta returns the first encoding that a <meta> names, "" for none. Only
// the tags are put to the pattern.
func charsetInMeta(head []byte) string {
	for {
		open := bytes.IndexByte(head, '<')
		if open < 0 {
			return ""
		}
		head = head[open:]
		if len(head) < 5 || !bytes.EqualFold(head[1:5], []byte("meta")) {
			head = head[1:]
			continue
		}
		tag := head
		if end := bytes.IndexByte(head, '>'); end >= 0 {
			tag = head[:end]
		}
		if m := metaCharset.FindSubmatch(tag); m != nil {
			return string(m[1])
		}
		head = head[1:]
	}
}

func encodingNamed(name string) Encoding {
	switch name = strings.ToLower(name); {
	case strings.HasPrefix(name, "gb"), name == "cp936", name == "x-gbk":
		return GB18030
	case name == "utf-8", name == "utf8":
		return UTF8
	}
	return ""
}

// validUTF8 reports whether body is UTF-8, also where its last letter is cut
// off: truncation is found by the structure, with its own reason.
func validUTF8(body []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(body); cut++ {
		whole, tail := body[:len(body)-cut], body[len(body)-cut:]
		if utf8.Valid(whole) {
			return cut == 0 || utf8.RuneStart(tail[0]) && !utf8.FullRune(tail)
		}
	}
	return false
}

func multiByteSequences(body []byte) int {
	count := 0
	for _, b := range body {
		if b >= 0xC0 {
			count++
		}
	}
	return count
}

// gbLength returns the length of the GB18030 sequence at the start of raw, 0
// where it is not one or is cut off.
func gbLength(raw []byte) int {
	lead := raw[0]
	switch {
	case lead < 0x80:
		return 1
	case lead == 0x80 || lead == 0xFF || len(raw) < 2:
		return 0
	}
	second := raw[1]
	if second >= 0x30 && second <= 0x39 {
		if len(raw) < 4 || raw[2] < 0x81 || raw[2] == 0xFF || raw[3] < 0x30 || raw[3] > 0x39 {
			return 0
		}
		return 4
	}
	if second < 0x40 || second == 0x7F || second == 0xFF {
		return 0
	}
	return 2
}

func validGB18030(body []byte) bool {
	const word, highBits = 8, 0x8080808080808080
	for at := 0; at < len(body); {
		if at+word <= len(body) && binary.LittleEndian.Uint64(body[at:])&highBits == 0 {
			at += word
			continue
		}
		n := gbLength(body[at:])
		if n == 0 {
			return len(body)-at < 4 && at > 0 // cut off at the end
		}
		at += n
	}
	return true
}

// each calls yield with every letter of raw, its offset and its length in
// bytes. It returns false at a letter that is invalid, or is U+FFFD: the mark
// that somebody already lost it.
func (e Encoding) each(raw []byte, yield func(r rune, at, length int)) bool {
	if e == UTF8 {
		for at := 0; at < len(raw); {
			r, n := utf8.DecodeRune(raw[at:])
			if r == utf8.RuneError {
				return false
			}
			yield(r, at, n)
			at += n
		}
		return true
	}
	for at := 0; at < len(raw); {
		r, n := e.letter(raw[at:])
		if n == 0 {
			return false
		}
		yield(r, at, n)
		at += n
	}
	return true
}

// letter decodes the first letter of raw; its length is 0 where that is invalid,
// cut off, or U+FFFD.
func (e Encoding) letter(raw []byte) (rune, int) {
	r, n := utf8.RuneError, 0
	if e == UTF8 {
		r, n = utf8.DecodeRune(raw)
	} else if n = gbLength(raw); n > 0 {
		r = gbLetter(raw[:n])
	}
	if r == utf8.RuneError {
		return r, 0
	}
	return r, n
}

// gbLetter decodes one sequence of GB18030 of the right length.
func gbLetter(sequence []byte) rune {
	switch len(sequence) {
	case 1:
		return rune(sequence[0])
	case 2:
		return rune(gbPairs()[int(sequence[0])<<8|int(sequence[1])])
	}
	return gbDecoded(simplifiedchinese.GB18030.NewDecoder(), sequence)
}

// gbPairs is what two bytes stand for: nearly all of a Chinese page.
var gbPairs = sync.OnceValue(func() *[1 << 16]uint16 {
	var pairs [1 << 16]uint16
	decoder := simplifiedchinese.GB18030.NewDecoder()
	for i := range pairs {
		pair := []byte{byte(i >> 8), byte(i)}
		pairs[i] = utf8.RuneError
		if gbLength(pair) == len(pair) {
			pairs[i] = uint16(gbDecoded(decoder, pair))
		}
	}
	return &pairs
})

// gbDecoded returns the one letter that a sequence decodes to.
func gbDecoded(decoder *encoding.Decoder, sequence []byte) rune {
	decoded, err := decoder.Bytes(sequence)
	if r, n := utf8.DecodeRune(decoded); err == nil && n == len(decoded) {
		return r
	}
	return utf8.RuneError
}
