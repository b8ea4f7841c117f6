package configs

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// quantity is a unit taken apart: a number in it is number × scale in the base
// units of its dimensions, each with its power.
type quantity struct {
	scale      *big.Rat
	dimensions map[string]int
}

// ratioDimensions are numbers without a dimension, in hundredths and so on.
var ratioDimensions = map[string]*big.Rat{
	"percent": big.NewRat(1, 100), "permille": big.NewRat(1, 1000), "ratio": big.NewRat(1, 1),
}

// persons is the dimension that per-capita amounts are printed without: 人均…元.
const persons = "persons"

// quantity takes a unit or a quotient of units apart.
func (s *Set) quantity(name string) (quantity, error) {
	if above, below, ok := strings.Cut(name, "/"); ok {
		a, err := s.quantity(above)
		if err != nil {
			return quantity{}, err
		}
		b, err := s.quantity(below)
		return a.over(b), err
	}
	i := slices.IndexFunc(s.units, func(u pipeline.Unit) bool { return u.Symbol == name || slices.Contains(u.Aliases, name) })
	if i < 0 {
		return quantity{}, fmt.Errorf("the unit %q is unknown", name)
	}
	scale, ok := new(big.Rat).SetString(s.units[i].Factor)
	if !ok {
		return quantity{}, fmt.Errorf("the unit %q has no factor", name)
	}
	if ratio, isRatio := ratioDimensions[s.units[i].Dimension]; isRatio {
		return quantity{scale: scale.Mul(scale, ratio)}, nil
	}
	return quantity{scale: scale, dimensions: map[string]int{s.units[i].Dimension: 1}}, nil
}

func (q quantity) over(r quantity) quantity {
	if q.scale == nil || r.scale == nil {
		return q
	}
	quotient := quantity{scale: new(big.Rat).Quo(q.scale, r.scale), dimensions: map[string]int{}}
	maps.Copy(quotient.dimensions, q.dimensions)
	for dimension, power := range r.dimensions {
		if quotient.dimensions[dimension] -= power; quotient.dimensions[dimension] == 0 {
			delete(quotient.dimensions, dimension)
		}
	}
	return quotient
}

// checkUnits wants the result in the unit that the catalogue gives it, and the
// number of the formula to be exactly the one that the units ask for.
func (s *Set) checkUnits(indicator *pipeline.Indicator, q quotient) error {
	above, err := s.unitOfSum(q.above)
	if err != nil {
		return err
	}
	result := above
	if q.below != nil {
		below, err := s.unitOfSum(q.below)
		if err != nil {
			return err
		}
		result = above.over(below)
	}
	want, err := s.quantity(indicator.Unit)
	if err != nil {
		return err
	}
	factor := new(big.Rat).Quo(result.scale, want.scale)
	rest := result.over(want).dimensions
	if isPerCapita := len(rest) == 1 && rest[persons] == -1; len(rest) > 0 && !isPerCapita {
		return fmt.Errorf("the units do not give %s: they leave %s", indicator.Unit, inWords(rest))
	}
	if factor.Cmp(q.factor) != 0 {
		return fmt.Errorf("the number should be %s for a result in %s, not %s", factor.RatString(), indicator.Unit, q.factor.RatString())
	}
	return nil
}

// unitOfSum is the unit of terms that can be added.
func (s *Set) unitOfSum(inputs []pipeline.FormulaInput) (quantity, error) {
	first := s.indicatorByCode[inputs[0].Indicator]
	for _, input := range inputs[1:] {
		if other := s.indicatorByCode[input.Indicator]; other.Unit != first.Unit {
			return quantity{}, fmt.Errorf("%s in %s is added to %s in %s", other.Code, other.Unit, first.Code, first.Unit)
		}
	}
	return s.quantity(first.Unit)
}

func inWords(dimensions map[string]int) string {
	var words []string
	for _, dimension := range slices.Sorted(maps.Keys(dimensions)) {
		words = append(words, fmt.Sprintf("%s^%d", dimension, dimensions[dimension]))
	}
	return strings.Join(words, " ")
}
