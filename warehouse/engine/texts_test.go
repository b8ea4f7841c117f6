package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
)

// textOf words a value of clickhouse-go as the table of calls does; kind is its type
// in ClickHouse.
func textOf(value reflect.Value, kind string) string {
	for value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface {
		if value.IsNil() {
			return "NULL"
		}
		if _, ok := value.Interface().(fmt.Stringer); ok && value.Kind() == reflect.Pointer && value.Elem().Kind() == reflect.Struct {
			if _, isTime := value.Interface().(*time.Time); !isTime {
				return value.Interface().(fmt.Stringer).String()
			}
		}
		value = value.Elem()
	}
	if at, ok := value.Interface().(time.Time); ok {
		return timeText(at, kind)
	}
	if large, ok := value.Interface().(big.Int); ok {
		return large.String()
	}
	if named, ok := value.Interface().(fmt.Stringer); ok {
		return named.String()
	}
	switch value.Kind() {
	case reflect.Slice, reflect.Array:
		parts := make([]string, value.Len())
		for i := range parts {
			parts[i] = textOf(value.Index(i), kind)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case reflect.Map:
		var parts []string
		for _, key := range value.MapKeys() {
			parts = append(parts, textOf(key, kind)+":"+textOf(value.MapIndex(key), kind))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	}
	return fmt.Sprint(value.Interface())
}

func timeText(at time.Time, kind string) string {
	switch {
	case strings.Contains(kind, "DateTime64"):
		return at.UTC().Format("2006-01-02 15:04:05.000")
	case strings.Contains(kind, "DateTime"):
		return at.UTC().Format(time.DateTime)
	}
	return at.Format(time.DateOnly)
}

// jsonRow words a row of JSONCompactEachRow the same way.
func jsonRow(line []byte) ([]string, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var values []any
	if err := decoder.Decode(&values); err != nil {
		return nil, fmt.Errorf("reading the row %s: %w", line, err)
	}
	row := make([]string, len(values))
	for i, value := range values {
		row[i] = jsonText(value)
	}
	return row, nil
}

func jsonText(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = jsonText(v[i])
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, key+":"+jsonText(v[key]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	return fmt.Sprint(value)
}
