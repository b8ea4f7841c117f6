package ordering

import "strings"

// parseFrom reads the relations of FROM and its JOINs: whatever stands behind FROM, a
// comma or JOIN.
func parseFrom(body []token, known map[string]*union) []relation {
	var all []relation
	expected := true
	for i := 0; i < len(body); i++ {
		t := body[i]
		switch {
		case t.isSymbol(",") || t.is("JOIN"):
			expected = i == 0 || !body[i-1].is("ARRAY")
		case !expected:
		case t.isGroup("("):
			expected = false
			if query := parseUnion(t.inner, known); query != nil {
				all = append(all, relation{alias: aliasBehind(body, i), query: query, known: &remembered{}})
			}
		case t.kind == word:
			expected = false
			for i+2 < len(body) && body[i+1].isSymbol(".") {
				i += 2
			}
			name := strings.ToLower(body[i].text)
			if i+1 < len(body) && body[i+1].isGroup("(") {
				i++ // the arguments of a view or table function
			}
			r := relation{name: name, alias: aliasBehind(body, i), query: known[name], known: &remembered{}}
			if r.alias == "" {
				r.alias = name
			}
			all = append(all, r)
		}
	}
	return all
}

var behindRelation = map[string]bool{"FINAL": true, "SAMPLE": true, "ON": true, "USING": true, "JOIN": true, "INNER": true, "LEFT": true,
	"RIGHT": true, "FULL": true, "CROSS": true, "ANY": true, "ALL": true, "ASOF": true, "SEMI": true, "ANTI": true, "GLOBAL": true, "ARRAY": true, "PASTE": true}

func aliasBehind(body []token, i int) string {
	if i+1 < len(body) && body[i+1].is("FINAL") {
		i++
	}
	if i+2 < len(body) && body[i+1].is("AS") {
		return strings.ToLower(body[i+2].text)
	}
	if i+1 < len(body) && body[i+1].kind == word && !behindRelation[strings.ToUpper(body[i+1].text)] {
		return strings.ToLower(body[i+1].text)
	}
	return ""
}
