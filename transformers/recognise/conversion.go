package recognise

import (
	"math/big"
	"strconv"
	"strings"
	"sync"

	"zhibiao/pipeline"
)

// Conversion is how one unit is taken to another, worked out once: the numbers of
// a document have few units. It is immutable.
type Conversion struct {
	reason     pipeline.Reason // why there is none, "" if there is
	factor     *big.Rat
	factorText string // "" where the factor is no exact decimal
	// mantissa × 10^-places is the factor, where both are small.
	mantissa int64
	places   int
	small    bool
	halves   [maxDigits + 1]string // half widths by printed decimals
}

type conversionKey struct{ symbol, dimension, factor, to string }

// conversions remembers conversions. There are no more than pairs of units.
type conversions struct {
	mu    sync.RWMutex
	known map[conversionKey]*Conversion
}

// Conversion returns how numbers in the unit are taken to the unit to.
func (r *Recogniser) Conversion(unit pipeline.Unit, to string) *Conversion {
	key := conversionKey{unit.Symbol, unit.Dimension, unit.Factor, to}
	r.conversions.mu.RLock()
	c, ok := r.conversions.known[key]
	r.conversions.mu.RUnlock()
	if ok {
		return c
	}
	c = r.newConversion(unit, to)
	r.conversions.mu.Lock()
	defer r.conversions.mu.Unlock()
	if len(r.conversions.known) < mostRemembered {
		r.conversions.known[key] = c
	}
	return c
}

func (r *Recogniser) newConversion(unit pipeline.Unit, to string) *Conversion {
	target, ok := r.Unit(to)
	if !ok {
		return &Conversion{reason: pipeline.UnknownUnit}
	}
	factor, ok := r.factor(unit, target)
	if !ok {
		return &Conversion{reason: pipeline.IncompatibleUnit}
	}
	c := &Conversion{factor: factor}
	if text, exact := decimalText(factor); exact {
		c.factorText = text
		integer, fraction, _ := strings.Cut(text, ".")
		mantissa, err := strconv.ParseInt(integer+fraction, 10, 64)
		c.mantissa, c.places, c.small = mantissa, len(fraction), err == nil
	}
	for decimals := range c.halves {
		c.halves[decimals] = halfWidth(uint8(decimals), factor)
	}
	return c
}

// times multiplies a canonical decimal by the factor in whole numbers. It is not
// ok where they would be too large, or the product has more than ten decimals:
// fractions decide then.
func (c *Conversion) times(number string, sign pipeline.Sign) (text string, ok bool) {
	const most = 15 // digits whose product with another such fits
	if !c.small || len(number) > most {
		return "", false
	}
	integer, fraction, _ := strings.Cut(number, ".")
	if c.mantissa == 1 && c.places == 0 && len(fraction) <= maxDecimals {
		return signed(number, sign), true
	}
	digits, err := strconv.ParseInt(integer+fraction, 10, 64)
	if err != nil || c.mantissa > 1_000 && digits > 1<<62/c.mantissa || c.mantissa > 1_000 && digits < -(1<<62)/c.mantissa {
		return "", false
	}
	product, places := digits*c.mantissa, len(fraction)+c.places
	for places > 0 && product%10 == 0 {
		product, places = product/10, places-1
	}
	if places > maxDecimals {
		return "", false
	}
	if sign == pipeline.Minus {
		product = -product
	}
	return pointed(product, places), true
}

// signed turns the sign of a canonical decimal round for Minus.
func signed(number string, sign pipeline.Sign) string {
	if sign == pipeline.Plus || number == "0" {
		return number
	}
	if rest, negative := strings.CutPrefix(number, "-"); negative {
		return rest
	}
	return "-" + number
}

// pointed writes value × 10^-places.
func pointed(value int64, places int) string {
	var room [40]byte
	out := room[:0]
	if value < 0 {
		out, value = append(out, '-'), -value
	}
	var digits [20]byte
	text := strconv.AppendInt(digits[:0], value, 10)
	if places == 0 {
		return string(append(out, text...))
	}
	whole := len(text) - places
	if whole <= 0 {
		out = append(out, "0."...)
		for ; whole < 0; whole++ {
			out = append(out, '0')
		}
		return string(append(out, text...))
	}
	out = append(append(out, text[:whole]...), '.')
	return string(append(out, text[whole:]...))
}
