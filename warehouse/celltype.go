package warehouse

import "reflect"

// Type is a ClickHouse type as far as a writer of cells needs to know it. What does
// not change how a value is written, such as Nullable, is looked through.
type Type struct {
	Name      string    // Decimal, Date32, Array …
	Arguments []string  // as written: 38, 10
	Elements  []Element // of an Array one, of a Map key and value, of a Tuple all
}

// Element is what an Array, a Map or a Tuple holds.
type Element struct {
	Name string // of a Tuple's element, "" without one
	Type Type
}

// ParseType reads a type as the server writes it.
func ParseType(databaseType string) Type {
	name, arguments := typeParts(databaseType)
	t := Type{Name: name, Arguments: arguments}
	switch name {
	case "Array", "Map", "Tuple":
		for _, argument := range arguments {
			parts := splitOutside(argument, ' ')
			element := Element{Type: ParseType(parts[len(parts)-1])}
			if name == "Tuple" && len(parts) > 1 {
				element.Name = parts[0]
			}
			t.Elements = append(t.Elements, element)
		}
	}
	return t
}

// CellText writes a scanned value of a ClickHouse type as Print does; null is what
// stands for NULL.
func CellText(scanned any, databaseType, null string) string {
	return text(plain(reflect.ValueOf(scanned), databaseType), null)
}
