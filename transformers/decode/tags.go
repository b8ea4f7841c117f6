package decode

import "strings"

// attribute is of the start tag that is being read; its bytes are the lexer's.
type attribute struct {
	name, value []byte
}

func valueOf(attributes []attribute, name string) []byte {
	for _, a := range attributes {
		if string(a.name) == name {
			return a.value
		}
	}
	return nil
}

// tagName returns the name without memory of its own where it is a frequent one.
func tagName(name []byte) string {
	for _, frequent := range frequentTags {
		if string(name) == frequent {
			return frequent
		}
	}
	return string(name)
}

var frequentTags = []string{"td", "p", "tr", "span", "div", "a", "th", "li", "br", "b", "strong", "sup", "table", "tbody", "font", "o:p", "script", "meta", "ul"}

func isVoid(name string) bool {
	switch name {
	case "img", "hr", "link", "base", "col", "area", "embed", "param", "source", "track", "wbr":
		return true
	}
	return false
}

func isBlock(name string) bool {
	switch name {
	case "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption",
		"thead", "tbody", "tfoot", "tr", "td", "th", "section", "article", "main", "header", "footer", "nav", "aside",
		"form", "fieldset", "blockquote", "pre", "center", "address", "figure", "figcaption", "html", "head", "body",
		"title", "hr":
		return true
	}
	return false
}

// marksCrumb reports whether a class or id has a word that marks the path to a
// page.
func marksCrumb(marks []byte) bool {
	if len(marks) == 0 {
		return false
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(string(marks)), func(r rune) bool { return r == ' ' || r == '-' || r == '_' }) {
		switch word {
		case "crumb", "crumbs", "breadcrumb", "breadcrumbs", "position", "dqwz", "location", "curpos":
			return true
		}
	}
	return false
}
