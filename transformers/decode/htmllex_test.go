package decode

import (
	"fmt"
	"strings"
	"testing"
)

// tokens writes what the lexer makes of a source: ‹text›, <tag attributes> with
// the bytes of its end, </tag>.
func tokens(source string) string {
	lexer := htmlLexer{source: []byte(source)}
	var b strings.Builder
	for {
		var t htmlToken
		lexer.next(&t)
		switch t.kind {
		case htmlEnd:
			return b.String()
		case htmlText:
			fmt.Fprintf(&b, "‹%s›", source[t.start:t.end])
		case htmlStart:
			fmt.Fprintf(&b, "<%s", t.tag.name)
			for _, a := range t.attributes {
				fmt.Fprintf(&b, " %d=%s", a.name, a.value)
			}
			fmt.Fprintf(&b, "%s", source[t.start:t.end])
		case htmlClose:
			fmt.Fprintf(&b, "</%s>", t.tag.name)
		}
	}
}

func TestSourceIsCutIntoTextAndTags(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"text and tags", "a<p>b</p>c", "‹a›<p>‹b›</p>‹c›"},
		{"names in capitals", "<TD ColSpan=2>x</Td >", "<td 8=2>‹x›</td>"},
		{"attributes in quotes of either kind, and without", `<td class="a b" id='c>d' rowspan = 3 nowrap style="x>y">`, "<td 1=a b 2=c>d 7=3>"},
		{"a tag that closes itself", "<br/><br / >", "<br/><br>"},
		{"a less-than sign before no name is text", "1<2 <> </> a<", "‹1<2 <> </> a<›"},
		{"an end tag before no name is a comment", "a</ b>c</1>d", "‹a›‹c›‹d›"},
		{"comments, also odd ones", "a<!-- <p> -->b<!--->c-->d<!x>e<?y?>f<!-- - --!>g", "‹a›‹b›‹d›‹e›‹f›‹g›"},
		{"a comment without end", "a<!-- b", "‹a›"},
		{"character data", "a<![CDATA[<b>]]>c", "‹a›‹<![CDATA[<b>]]>›‹c›"},
		{"scripts are no markup", "<script>if(a<b)'</p>'</script>c", "<script>‹if(a<b)'</p>'›</script>‹c›"},
		{"a script in a comment in a script", "<script><!-- <script></script> --></SCRIPT>c", "<script>‹<!-- <script></script> -->›</script>‹c›"},
		{"a comment does not hide the end of its script", "<script><!-- </script>c", "<script>‹<!-- ›</script>‹c›"},
		{"titles are no markup", "<title>a<b></title>", "<title>‹a<b>›</title>"},
		{"drawings are left out", `a<svg x="</svg>"><g></g><svg></svg></svg>b`, "‹a›‹b›"},
		{"a drawing with a zero byte has no end", "a<svg>\x00</svg>b", "‹a›"},
		{"a tag that is cut off", "a<td class=", "‹a›"},
		{"an end tag that is cut off", "a</td", "‹a›</td>"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := tokens(c.source); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// Every byte of text and every end of a start tag is one of the source, in order.
func TestTokensAreInOrder(t *testing.T) {
	source := strings.Repeat("<table><!-- x --><tr><td class=a>1</td></tr>a<b<script>x</script></table>", 3)
	lexer, last := htmlLexer{source: []byte(source)}, 0
	for {
		var token htmlToken
		lexer.next(&token)
		if token.kind == htmlEnd {
			break
		}
		if token.kind != htmlClose && (token.start < last || token.end <= token.start) {
			t.Fatalf("token %+v behind byte %d", token, last)
		}
		last = max(last, token.end)
	}
	if lexer.at != len(source) {
		t.Errorf("ended at %d of %d", lexer.at, len(source))
	}
}

func TestCharacterDataKnowsItsBytes(t *testing.T) {
	const body = "<p>总值<![CDATA[36.1]]>亿元</p>"
	page, f := HTML([]byte(body), "")
	if f != nil {
		t.Fatal(f)
	}
	text := page.Blocks[0].Text
	at := strings.Index(text.String(), "36.1")
	start, end := text.Raw(at, at+len("36.1"))
	if got := body[start:end]; got != "36.1" {
		t.Errorf("bytes %d to %d are %q of %q", start, end, got, text)
	}
}
