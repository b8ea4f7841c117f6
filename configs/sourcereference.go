package configs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// Regenerate is the command that writes the reference page, the schema for
// editors and the list of sources again.
const Regenerate = "go test ./configs -run Generated -update"

// SourceReference returns the page on all keys of a source's file, in Markdown.
func SourceReference() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!-- Generated from configs/sourcefile.go; make it again with: %s -->

# Keys of a source's file

One file under `+"`configs/sources`"+` is one source; its name (a–z, 0–9, -) is the
source's name in the warehouse and never changes. Unknown keys are errors, and all
problems are reported at once: `+"`zhibiao source lint`"+`. How to write one is told in
[adding-a-source.md](adding-a-source.md). An editor that knows the YAML language
server completes and checks the keys where the first line is

    # yaml-language-server: $schema=../source.schema.json

Codes of regions and areas, and leading zeros, go in quotes. Only kind, supplier,
region, mapped, labels, ignore, prose, tables, snapshot, must_contain and the
catalogue make a new derivation when they change.
`, Regenerate)
	writePart(&b, "", sourceFileType)
	return b.String()
}

// writePart writes the table of one part of the file, then its parts.
func writePart(b *strings.Builder, path string, part reflect.Type) {
	title := "The file"
	if path != "" {
		title = "`" + path + "`"
	}
	fmt.Fprintf(b, "\n## %s\n\n| key | is | says |\n|---|---|---|\n", title)
	keys := keysOf(part)
	for i := range keys {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", keys[i].name, keys[i].words(), keys[i].sentence())
	}
	for i := range keys {
		if inner, ok := keys[i].part(); ok {
			writePart(b, keys[i].below(path), inner)
		}
	}
}

// below names the key's value under a path: pages.lists[].
func (k *key) below(path string) string {
	name := strings.TrimPrefix(path+"."+k.name, ".")
	if k.isList() {
		return name + "[]"
	}
	return name
}

func (k *key) sentence() string {
	text := k.doc
	if len(k.enum) > 0 {
		text += " One of `" + strings.Join(k.enum, "`, `") + "`."
	}
	if k.must != "" {
		text += " **Required.**"
	}
	if k.fallback != "" {
		text += " Default: " + k.fallback + "."
	}
	return text
}

// SourceSchema returns the JSON schema of a source's file, for editors. What
// only the catalogue knows (regions, indicators, units) is left to lint.
func SourceSchema() []byte {
	schema := schemaOf(sourceFileType)
	schema["$schema"] = "http://json-schema.org/draft-07/schema#"
	schema["$comment"] = "Generated from configs/sourcefile.go; make it again with: " + Regenerate
	schema["title"] = "A source of zhibiao"
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(schema); err != nil {
		panic(fmt.Sprintf("writing a schema of plain data: %v", err))
	}
	return b.Bytes()
}

func schemaOf(part reflect.Type) map[string]any {
	properties := map[string]any{}
	required := []string{}
	keys := keysOf(part)
	for i := range keys {
		k := &keys[i]
		property := k.schema()
		property["description"] = k.sentence()
		properties[k.name] = property
		if k.must != "" || k.name == "impact" {
			required = append(required, k.name)
		}
	}
	schema := map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

func (k *key) schema() map[string]any {
	if inner, ok := k.part(); ok {
		if k.isList() {
			return map[string]any{"type": "array", "items": schemaOf(inner)}
		}
		return schemaOf(inner)
	}
	text := map[string]any{"type": []string{"string", "number", "boolean"}}
	if len(k.enum) > 0 {
		text = map[string]any{"enum": k.enum}
	}
	switch t := k.field.Type; {
	case k.isList():
		return map[string]any{"type": "array", "items": text}
	case t.Kind() == reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": text}
	case t == reflect.TypeFor[time.Duration]():
		return map[string]any{"type": "string", "pattern": `^(\d+(\.\d+)?(ms|s|m|h))+$`}
	case t.Kind() == reflect.Bool:
		return map[string]any{"type": "boolean"}
	case t.Kind() == reflect.String:
		return text
	}
	return map[string]any{"type": "integer", "minimum": 0}
}
