package decode

import (
	"encoding/json"
	"fmt"
)

// Reread decodes the bytes of a range of a body again, as they were decoded when
// an observation was read from them: without tags, with character references and
// escapes resolved. It is how a trace shows the printed text (promise 8).
func Reread(body []byte, mediaType string, start, end uint32) (string, error) {
	if start > end || int(end) > len(body) {
		return "", fmt.Errorf("reading bytes %d to %d again: the body has %d bytes", start, end, len(body))
	}
	found, f := sniff(body, mediaType)
	if f != nil {
		return "", fmt.Errorf("reading bytes %d to %d again: %w", start, end, f)
	}
	part := body[start:end]
	if FormOf(body) == FormHTML {
		p := newPageParser(found.encoding)
		if !p.parse(part, 0) {
			return "", fmt.Errorf("reading bytes %d to %d again: not text in %s", start, end, found.encoding)
		}
		if len(p.page.Blocks) == 0 {
			return "", nil
		}
		return p.page.Blocks[0].Text.String(), nil
	}
	text, f := wholeText(part, sniffed{encoding: found.encoding})
	if f != nil {
		return "", fmt.Errorf("reading bytes %d to %d again: %w", start, end, f)
	}
	var unescaped string
	if FormOf(body) == FormJSON && json.Unmarshal([]byte(`"`+text.String()+`"`), &unescaped) == nil {
		return unescaped, nil
	}
	return text.String(), nil
}
