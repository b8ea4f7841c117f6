package decode

import (
	"encoding/json"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

func TestJSONIsReadStrictly(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       pipeline.Reason
	}{
		{"an object", `{"a":[1,2.50,"x",true,null]}`, ""},
		{"white space around", " \n[ ]\n", ""},
		{"duplicate name", `{"a":1,"a":2}`, pipeline.UnexpectedField},
		{"duplicate name behind an escape", `{"a":1,"\u0061":2}`, pipeline.UnexpectedField},
		{"trailing data", `{} {}`, pipeline.NotADocument},
		{"trailing comma", `[1,]`, pipeline.NotADocument},
		{"single quotes", `{'a':1}`, pipeline.NotADocument},
		{"leading zero", `[01]`, pipeline.NotADocument},
		{"cut off in a string", `{"a":"x`, pipeline.Truncated},
		{"cut off behind a comma", `[1,`, pipeline.Truncated},
		{"cut off behind a name", `{"a"`, pipeline.Truncated},
		{"cut off in a literal", `[tru`, pipeline.Truncated},
		{"too deep", strings.Repeat("[", 70) + strings.Repeat("]", 70), pipeline.NotADocument},
		{"half a surrogate pair", `["\ud800"]`, pipeline.BadEncoding},
		{"control character", "[\"a\x01\"]", pipeline.NotADocument},
		{"no value", `[abc]`, pipeline.NotADocument},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, f := JSON([]byte(c.body), "")
			got := pipeline.Reason("")
			if f != nil {
				got = f.Reason
			}
			if got != c.want {
				t.Errorf("reason %q (%v), want %q", got, f, c.want)
			}
		})
	}
}

func TestNodesKnowTheirPlace(t *testing.T) {
	body := "\ufeff" + `{"a/b":[{"值~":" 84589.06","n":-1.50}],"e":""}`
	for _, in := range []string{body, gbk(t, strings.TrimPrefix(body, "\ufeff"))} {
		root, f := JSON([]byte(in), "application/json; charset=gbk")
		if f != nil {
			t.Fatal(f)
		}
		item := root.Get("a/b").Items[0]
		value := item.Get("值~")
		if got := value.Pointer(); got != "/a~1b/0/值~0" {
			t.Errorf("pointer %s", got)
		}
		if got := in[value.Start:value.End]; got != " 84589.06" || value.Text != got {
			t.Errorf("content %q, text %q", got, value.Text)
		}
		if n := item.Get("n"); in[n.Start:n.End] != "-1.50" || n.Kind != Number {
			t.Errorf("number %q", in[n.Start:n.End])
		}
		if e := root.Get("e"); e.Start != e.End || in[e.Start] != '"' {
			t.Errorf("empty string at %d to %d", e.Start, e.End)
		}
		if root.Pointer() != "" {
			t.Errorf("pointer of the root %q", root.Pointer())
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"\u4e2d"}],"c":null}`))
	f.Add([]byte(`[[[`))
	f.Add([]byte(`{"a":1e5}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		root, fault := JSON(body, "")
		if fault != nil {
			return
		}
		if found, _ := sniff(body, ""); found.encoding == UTF8 && !json.Valid(body[found.bom:]) {
			t.Fatalf("read what is no JSON: %q", body)
		}
		walk(t, body, root)
	})
}

func walk(t *testing.T, body []byte, n *Node) {
	if n.Start > n.End || int(n.End) > len(body) {
		t.Fatalf("%s has the range %d to %d of %d bytes", n.Pointer(), n.Start, n.End, len(body))
	}
	for _, m := range n.Members {
		walk(t, body, m.Value)
	}
	for _, item := range n.Items {
		walk(t, body, item)
	}
}
