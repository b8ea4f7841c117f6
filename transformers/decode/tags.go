package decode

type attribute struct {
	name  string
	value []byte
}

func valueOf(attributes []attribute, name string) []byte {
	for _, a := range attributes {
		if a.name == name {
			return a.value
		}
	}
	return nil
}

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
