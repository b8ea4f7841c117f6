package extract

import (
	"encoding/json"
	"net/url"
	"strings"

	"zhibiao/transformers/decode"
)

// request is what an answer was asked for, as far as it is known.
type request struct {
	database string   // easyquery's dbcode
	regions  []string // six-digit codes that were asked for
}

// answer is one answer of an interface within a body, with its request.
type answer struct {
	node *decode.Node
	request
}

// answers finds the answers in a body. A recorded call wraps its answer in
// request_form and response; a recording of several has responses by name.
func (s *sink) answers(root *decode.Node) []answer {
	return unwrap(root, s.requestOfDocument(), 0)
}

func unwrap(node *decode.Node, asked request, depth int) []answer {
	const deepest = 4
	if depth < deepest {
		if response := node.Get("response"); response != nil {
			if form := node.Get("request_form"); form.Is(decode.String) {
				asked = mergeRequests(formRequest(form.Text), asked)
			}
			return unwrap(response, asked, depth+1)
		}
		if responses := node.Get("responses"); responses.Is(decode.Object) {
			var all []answer
			for _, m := range responses.Members {
				all = append(all, unwrap(m.Value, asked, depth+1)...)
			}
			return all
		}
	}
	return []answer{{node, asked}}
}

// requestOfDocument reads the request from the body that was sent, and what that
// leaves open from the URL.
func (s *sink) requestOfDocument() request {
	asked := request{}
	if text := strings.TrimSpace(s.doc.RequestBody); strings.HasPrefix(text, "{") {
		asked = bodyRequest(text)
	} else if text != "" {
		asked = formRequest(text)
	}
	if u, err := url.Parse(s.doc.URL); err == nil && u.RawQuery != "" {
		asked = mergeRequests(asked, formRequest(u.RawQuery))
	}
	return asked
}

func mergeRequests(first, second request) request {
	if first.database == "" {
		first.database = second.database
	}
	if len(first.regions) == 0 {
		first.regions = second.regions
	}
	return first
}

// formRequest reads the form of the older interface, and das of a URL of the
// interface of 2026.
func formRequest(form string) request {
	values, err := url.ParseQuery(form)
	if err != nil {
		return request{}
	}
	asked := request{database: values.Get("dbcode")}
	for _, name := range []string{"wds", "dfwds"} {
		var filters []struct{ Wdcode, Valuecode string }
		if json.Unmarshal([]byte(values.Get(name)), &filters) != nil {
			continue
		}
		for _, f := range filters {
			if f.Wdcode == "reg" && f.Valuecode != "" {
				asked.regions = append(asked.regions, strings.Split(f.Valuecode, ",")...)
			}
		}
	}
	for _, code := range strings.Split(values.Get("das"), ",") {
		if six, ok := sixDigits(code); ok {
			asked.regions = append(asked.regions, six)
		}
	}
	return asked
}

// bodyRequest reads the JSON body of the interface of 2026.
func bodyRequest(body string) request {
	var sent struct {
		Das []struct{ Value string } `json:"das"`
	}
	var asked request
	if json.Unmarshal([]byte(body), &sent) != nil {
		return asked
	}
	for _, area := range sent.Das {
		if six, ok := sixDigits(area.Value); ok {
			asked.regions = append(asked.regions, six)
		}
	}
	return asked
}

// sixDigits takes the GB/T 2260 code out of the twelve digits that the interface
// of 2026 uses.
func sixDigits(code string) (string, bool) {
	if len(code) == 12 && strings.HasSuffix(code, "000000") && strings.Trim(code, "0123456789") == "" {
		return code[:6], true
	}
	return "", false
}
