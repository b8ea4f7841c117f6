package recognise

import (
	"math/big"
	"strings"

	"zhibiao/pipeline"
)

// maxDecimals is what the warehouse's Decimal(38,10) holds.
const maxDecimals = 10

// Convert gives the number in the unit to, exactly, with half of its last
// printed digit. It refuses with IncompatibleUnit, with UnknownUnit if to is no
// unit, and with InexactConversion if the value or the factor needs more than
// ten decimals.
func (r *Recogniser) Convert(number Number, unit pipeline.Unit, sign pipeline.Sign, to string) (Converted, pipeline.Reason) {
	return r.Conversion(unit, to).Convert(number, sign)
}

// Convert gives the number in the other unit as Recogniser.Convert does.
func (c *Conversion) Convert(number Number, sign pipeline.Sign) (Converted, pipeline.Reason) {
	if c.reason != "" {
		return Converted{}, c.reason
	}
	factorText := c.factorText
	if factorText == "1" {
		factorText = ""
	}
	half := ""
	if int(number.Decimals) < len(c.halves) {
		half = c.halves[number.Decimals]
	} else {
		half = halfWidth(number.Decimals, c.factor)
	}
	if sign == pipeline.Plus || sign == pipeline.Minus {
		if text, ok := c.times(number.Decimal, sign); ok {
			return Converted{Value: text, Factor: factorText, HalfWidth: half}, ""
		}
	}
	value, ok := new(big.Rat).SetString(number.Decimal)
	if !ok || sign != pipeline.Plus && sign != pipeline.Minus {
		return Converted{}, pipeline.BadNumber
	}
	value.Mul(value, c.factor)
	if sign == pipeline.Minus {
		value.Neg(value)
	}
	text, exact := decimalText(value)
	if !exact || c.factorText == "" {
		return Converted{}, pipeline.InexactConversion
	}
	if pipeline.CheckDecimal(text) != nil {
		return Converted{}, pipeline.BadNumber
	}
	return Converted{Value: text, Factor: factorText, HalfWidth: half}, ""
}

// Fits reports whether a number in the unit can be meant in the unit to: they are
// of one dimension.
func (r *Recogniser) Fits(unit pipeline.Unit, to string) bool {
	return r.Conversion(unit, to).reason != pipeline.IncompatibleUnit
}

// factor returns how many units of to one unit of from is. A catalogue's unit
// per something (件/万户) is also printed without what it is per, since the name
// says it; and an indicator kept in bare 元 is per head, so 元/人 is the same.
func (r *Recogniser) factor(from, to pipeline.Unit) (*big.Rat, bool) {
	if from.Dimension == to.Dimension {
		return quotient(from.Factor, to.Factor)
	}
	if numerator, ok := r.numerator(to); ok && numerator.Dimension == from.Dimension {
		return quotient(from.Factor, numerator.Factor)
	}
	if numerator, ok := r.numerator(from); ok && from.Dimension == perHead && to.Dimension == numerator.Dimension && to.Factor == "1" {
		return quotient(from.Factor, to.Factor)
	}
	return nil, false
}

// perHead is the dimension of incomes and products per head.
const perHead = "money/persons"

func (r *Recogniser) numerator(unit pipeline.Unit) (pipeline.Unit, bool) {
	above, _, ok := strings.Cut(unit.Symbol, "/")
	if !ok {
		return pipeline.Unit{}, false
	}
	return r.Unit(above)
}

func quotient(a, b string) (*big.Rat, bool) {
	x, ok := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	if !ok || !ok2 || y.Sign() == 0 {
		return nil, false
	}
	return x.Quo(x, y), true
}

// decimalText writes a fraction as a canonical decimal, if it has one of at most
// ten places.
func decimalText(value *big.Rat) (string, bool) {
	text := value.FloatString(maxDecimals)
	back, _ := new(big.Rat).SetString(text)
	if back.Cmp(value) != 0 {
		return "", false
	}
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	if text == "-0" || text == "" {
		text = "0"
	}
	return text, true
}

// halfWidth is half of the last printed digit times the factor. Where that has
// more places than can be stored it is rounded up: two values are then rather
// taken to agree.
func halfWidth(decimals uint8, factor *big.Rat) string {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	half := new(big.Rat).SetFrac(big.NewInt(1), ten.Mul(ten, big.NewInt(2)))
	half.Mul(half, new(big.Rat).Abs(factor))
	if text, exact := decimalText(half); exact {
		return text
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(maxDecimals), nil)
	scaled := new(big.Int).Mul(half.Num(), scale)
	up, rest := new(big.Int).QuoRem(scaled, half.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		up.Add(up, big.NewInt(1))
	}
	text, _ := decimalText(new(big.Rat).SetFrac(up, scale))
	return text
}
