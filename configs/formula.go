package configs

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// A formula of the catalogue is a number × a sum of codes ÷ a sum of codes:
//
//	formula = term { ("+" | "-") term }
//	term    = factor { ("*" | "/") factor }
//	factor  = number | code | "(" formula ")" | "mean(" code " of this and last year end)"
//
// Whatever else the grammar allows, such as a product of two codes, is refused: no
// indicator needs it, and the warehouse would not compute it.

// quotient is a formula in its normal form.
type quotient struct {
	factor       *big.Rat
	above, below []pipeline.FormulaInput // nil stands for 1
}

// formula parses an indicator's formula and checks codes, series and units.
func (s *Set) formula(indicator *pipeline.Indicator) (pipeline.Formula, error) {
	p := formulaParser{rest: indicator.Formula}
	p.next()
	q, err := p.sum()
	if err == nil && p.token != "" {
		err = fmt.Errorf("%q is one too many", p.token)
	}
	if err == nil && q.above == nil {
		err = errors.New("there is no code above the line")
	}
	if err == nil {
		err = s.checkInputs(indicator, q)
	}
	if err == nil {
		err = s.checkUnits(indicator, q)
	}
	if err != nil {
		return pipeline.Formula{}, err
	}
	inputs := slices.Concat(q.above, q.below)
	for i := range q.below {
		inputs[len(q.above)+i].Below = true
	}
	return pipeline.Formula{Indicator: indicator.Code, Factor: decimalOf(q.factor), Inputs: inputs}, nil
}

// decimalOf writes a number that is an exact decimal; checkUnits has made sure.
func decimalOf(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	return r.FloatString(digits)
}

// checkInputs wants inputs that are printed for the year of the result and do not
// derive from others themselves.
func (s *Set) checkInputs(indicator *pipeline.Indicator, q quotient) error {
	basis := pipeline.Flow
	if !indicator.Allows(pipeline.Annual, basis) {
		basis = pipeline.End
	}
	if !indicator.Allows(pipeline.Annual, basis) {
		return errors.New("derived values are annual, but it has neither A:period nor A:end")
	}
	for _, input := range slices.Concat(q.above, q.below) {
		found := s.indicatorByCode[input.Indicator]
		switch {
		case found == nil:
			return fmt.Errorf("%q is not in the catalogue; %s", input.Indicator, orNearest(input.Indicator, s.indicatorCodes(), "see indicators.csv"))
		case found.Formula != "":
			return fmt.Errorf("%s has a formula itself; write that out", input.Indicator)
		case input.Mean && (basis != pipeline.Flow || !found.Allows(pipeline.Annual, pipeline.End)):
			return fmt.Errorf("mean(%s …) is the mean of two year ends, for a result of a year (A:period)", input.Indicator)
		case !input.Mean && !found.Allows(pipeline.Annual, basis):
			return fmt.Errorf("%s is not printed as A:%s, as the result is", input.Indicator, basis)
		}
	}
	if decimalDigits(q.factor) > 10 {
		return fmt.Errorf("the number %s has no exact decimal of 10 digits", q.factor.RatString())
	}
	return nil
}

// decimalDigits counts the digits after the point that an exact decimal needs, a
// great number where there is none.
func decimalDigits(r *big.Rat) int {
	digits, exact := r.FloatPrec()
	if !exact {
		return 1 << 10
	}
	return digits
}

type formulaParser struct {
	rest, token string
}

const formulaSigns = "+-*/()"

// next moves to the next number, word or sign, "" at the end.
func (p *formulaParser) next() {
	p.rest = strings.TrimLeft(p.rest, " ")
	n := strings.IndexFunc(p.rest, func(r rune) bool { return r == ' ' || strings.ContainsRune(formulaSigns, r) })
	switch {
	case n < 0:
		n = len(p.rest)
	case n == 0:
		n = 1
	}
	p.token, p.rest = p.rest[:n], p.rest[n:]
}

func (p *formulaParser) sum() (quotient, error) {
	left, err := p.product()
	for err == nil && (p.token == "+" || p.token == "-") {
		sign := pipeline.Plus
		if p.token == "-" {
			sign = pipeline.Minus
		}
		p.next()
		var right quotient
		if right, err = p.product(); err == nil {
			left, err = left.plus(right, sign)
		}
	}
	return left, err
}

func (p *formulaParser) product() (quotient, error) {
	left, err := p.factor()
	for err == nil && (p.token == "*" || p.token == "/") {
		divide := p.token == "/"
		p.next()
		var right quotient
		if right, err = p.factor(); err != nil {
			break
		}
		if divide {
			right = right.inverse()
		}
		left, err = left.times(right)
	}
	return left, err
}

func (p *formulaParser) factor() (quotient, error) {
	token := p.token
	p.next()
	switch {
	case token == "":
		return quotient{}, errors.New("it ends where a number or a code should follow")
	case token == "(":
		q, err := p.sum()
		if err == nil {
			err = p.expect(")")
		}
		return q, err
	case strings.Contains(formulaSigns, token):
		return quotient{}, fmt.Errorf("%q stands where a number or a code should", token)
	case token == "mean" && p.token == "(":
		return p.mean()
	}
	if token[0] >= '0' && token[0] <= '9' {
		number, ok := new(big.Rat).SetString(token)
		if !ok || strings.ContainsAny(token, "eE_xX") || number.Sign() == 0 {
			return quotient{}, fmt.Errorf("%q is no plain decimal above 0", token)
		}
		return quotient{factor: number}, nil
	}
	return quotient{factor: big.NewRat(1, 1), above: []pipeline.FormulaInput{{Indicator: token, Sign: pipeline.Plus}}}, nil
}

// mean reads what follows the word: ( code of this and last year end ).
func (p *formulaParser) mean() (quotient, error) {
	p.next()
	code := p.token
	p.next()
	for _, word := range []string{"of", "this", "and", "last", "year", "end", ")"} {
		if err := p.expect(word); err != nil {
			return quotient{}, fmt.Errorf("%w: write mean(code of this and last year end)", err)
		}
	}
	return quotient{factor: big.NewRat(1, 1), above: []pipeline.FormulaInput{{Indicator: code, Sign: pipeline.Plus, Mean: true}}}, nil
}

func (p *formulaParser) expect(token string) error {
	if p.token != token {
		return fmt.Errorf("%q stands where %q should", p.token, token)
	}
	p.next()
	return nil
}

func (q quotient) inverse() quotient {
	return quotient{factor: new(big.Rat).Inv(q.factor), above: q.below, below: q.above}
}

func (q quotient) times(r quotient) (quotient, error) {
	if q.above != nil && r.above != nil || q.below != nil && r.below != nil {
		return quotient{}, errors.New("codes are multiplied with codes; it may only be a number × a sum of codes ÷ a sum of codes")
	}
	product := quotient{factor: new(big.Rat).Mul(q.factor, r.factor), above: q.above, below: q.below}
	if r.above != nil {
		product.above = r.above
	}
	if r.below != nil {
		product.below = r.below
	}
	return product, nil
}

func (q quotient) plus(r quotient, sign pipeline.Sign) (quotient, error) {
	if q.above == nil || r.above == nil || q.below != nil || r.below != nil || q.factor.Cmp(r.factor) != 0 {
		return quotient{}, errors.New("only codes are added, without numbers or quotients among them")
	}
	total := quotient{factor: q.factor, above: slices.Clone(q.above)}
	for _, input := range r.above {
		input.Sign *= sign
		total.above = append(total.above, input)
	}
	return total, nil
}
