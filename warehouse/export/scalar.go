package export

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/shopspring/decimal"

	"zhibiao/warehouse"
)

var bigInt = reflect.TypeFor[*big.Int]()

// scalar is the Parquet type of a ClickHouse type and the way a scanned value takes.
// What Parquet has no type for is written as CSV would.
func scalar(t warehouse.Type, databaseType string) (parquet.Node, func(reflect.Value) (parquet.Value, error)) {
	switch t.Name {
	case "Bool":
		return parquet.Leaf(parquet.BooleanType), func(v reflect.Value) (parquet.Value, error) { return parquet.BooleanValue(v.Bool()), nil }
	case "Int8", "Int16", "Int32", "Int64":
		return parquet.Int(64), func(v reflect.Value) (parquet.Value, error) { return parquet.Int64Value(v.Int()), nil }
	case "UInt8", "UInt16", "UInt32", "UInt64":
		return parquet.Uint(64), func(v reflect.Value) (parquet.Value, error) { return parquet.Int64Value(int64(v.Uint())), nil }
	case "Float32", "Float64":
		return parquet.Leaf(parquet.DoubleType), func(v reflect.Value) (parquet.Value, error) { return parquet.DoubleValue(v.Float()), nil }
	case "Date", "Date32":
		return parquet.Date(), days
	case "DateTime", "DateTime64":
		return parquet.Timestamp(parquet.Millisecond), milliseconds
	case "Decimal":
		if node, convert, ok := exactDecimal(t.Arguments); ok {
			return node, convert
		}
	}
	return parquet.String(), func(v reflect.Value) (parquet.Value, error) {
		if v.Kind() == reflect.String {
			return parquet.ByteArrayValue([]byte(v.String())), nil
		}
		return parquet.ByteArrayValue([]byte(warehouse.CellText(v.Interface(), databaseType, ""))), nil
	}
}

// days since 1970 of a date, which the client gives as midnight.
func days(v reflect.Value) (parquet.Value, error) {
	t, ok := v.Interface().(time.Time)
	if !ok {
		return parquet.Value{}, fmt.Errorf("a date came as %s", v.Type())
	}
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return parquet.Int32Value(int32(midnight.Unix() / (24 * 60 * 60))), nil
}

func milliseconds(v reflect.Value) (parquet.Value, error) {
	t, ok := v.Interface().(time.Time)
	if !ok {
		return parquet.Value{}, fmt.Errorf("a time came as %s", v.Type())
	}
	return parquet.Int64Value(t.UnixMilli()), nil
}

// decimalBytes hold any decimal of up to 38 digits.
const decimalBytes, mostDigits = 16, 38

// exactDecimal writes Decimal(precision, scale) as the whole number of its last
// digits, in two's complement.
func exactDecimal(arguments []string) (parquet.Node, func(reflect.Value) (parquet.Value, error), bool) {
	if len(arguments) != 2 {
		return nil, nil, false
	}
	precision, err1 := strconv.Atoi(arguments[0])
	scale, err2 := strconv.Atoi(arguments[1])
	if err1 != nil || err2 != nil || precision > mostDigits {
		return nil, nil, false
	}
	node := parquet.Decimal(scale, precision, parquet.FixedLenByteArrayType(decimalBytes))
	return node, func(v reflect.Value) (parquet.Value, error) {
		d, ok := v.Interface().(decimal.Decimal)
		if !ok {
			return parquet.Value{}, fmt.Errorf("a decimal came as %s", v.Type())
		}
		return parquet.FixedLenByteArrayValue(twosComplement(d.Shift(int32(scale)).BigInt())), nil
	}, true
}

func twosComplement(n *big.Int) []byte {
	if n.Sign() < 0 {
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), decimalBytes*8))
	}
	return n.FillBytes(make([]byte, decimalBytes))
}

// sortedKeys gives the keys of a map in one order, so that the same rows make the same
// file.
func sortedKeys(m reflect.Value) []reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		return strings.Compare(fmt.Sprint(a.Interface()), fmt.Sprint(b.Interface()))
	})
	return keys
}
