package public

import (
	"bytes"
	"net/http"
)

// cutSign returns what shows that a body ended before its time, or "". A length or
// chunks tell the transport; a body that ends with its connection tells nobody, so
// its own form must.
func cutSign(answer *http.Response, body []byte) string {
	if bytes.HasPrefix(body, []byte("PK\x03\x04")) && !bytes.Contains(tail(body, 66<<10), []byte("PK\x05\x06")) {
		return "the archive has no directory at its end"
	}
	if answer.ContentLength >= 0 || len(answer.TransferEncoding) > 0 {
		return ""
	}
	switch {
	case bytes.HasPrefix(body, []byte("%PDF-")):
		if !bytes.Contains(tail(body, 4<<10), []byte("%%EOF")) {
			return "the PDF has no end"
		}
	case beginsWithTag(body):
		head := bytes.ToLower(body[:min(len(body), 4<<10)])
		if bytes.Contains(head, []byte("<html")) && !bytes.Contains(bytes.ToLower(tail(body, 4<<10)), []byte("</html")) {
			return "the page has no </html> and its length was not announced"
		}
	}
	return ""
}

func tail(body []byte, length int) []byte { return body[max(0, len(body)-length):] }
