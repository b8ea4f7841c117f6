package configs

import (
	"maps"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// declared checks a part of the file against what its tags say of each key.
func (c *checker) declared(part reflect.Value, path string) {
	for _, k := range keysOf(part.Type()) {
		c.declaredValue(&k, part.FieldByIndex(k.field.Index), strings.TrimPrefix(path+"."+k.name, "."))
	}
}

func (c *checker) declaredValue(k *key, value reflect.Value, at string) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			c.declared(value.Elem(), at)
		}
	case reflect.Struct:
		c.declared(value, at)
	case reflect.Slice:
		for i := range value.Len() {
			c.declaredEntry(k, value.Index(i), entry(at, i))
		}
	case reflect.Map:
		texts := value.Interface().(map[string]string)
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			c.declaredText(k, texts[name], at+"."+name)
		}
	case reflect.String:
		if k.must != "" {
			c.required(at, value.String(), k.must)
		}
		c.declaredText(k, value.String(), at)
	}
}

func (c *checker) declaredEntry(k *key, value reflect.Value, at string) {
	if value.Kind() == reflect.Struct {
		c.declared(value, at)
		return
	}
	c.declaredText(k, value.String(), at)
}

func (c *checker) declaredText(k *key, text, at string) {
	if text == "" {
		return
	}
	if len(k.enum) > 0 {
		c.oneOf(at, text, k.enum...)
	}
	if check := forms[k.form]; check != nil {
		check(c, at, text)
	}
}

// forms are what the tag form can name.
var forms = map[string]func(c *checker, path, text string){
	"address":   (*checker).address,
	"area":      (*checker).area,
	"cron":      (*checker).cron,
	"day":       (*checker).day,
	"indicator": (*checker).indicator,
	"pattern":   (*checker).pattern,
	"region":    (*checker).region,
	"regions":   (*checker).regions,
	"series":    (*checker).series,
	"unit":      (*checker).unit,
	"url":       (*checker).url,
}

func (c *checker) required(path, value, what string) {
	if value == "" {
		c.problem(path, "write "+what, "%s is missing", path)
	}
}

func (c *checker) oneOf(path, value string, words ...string) {
	if value != "" && !slices.Contains(words, value) {
		c.problem(path, "write one of "+strings.Join(words, ", "), "%s: %q is unknown", path, value)
	}
}

func (c *checker) day(path, text string) {
	if _, err := pipeline.ParseDate(text); err != nil && text != pipeline.NeverVerified {
		c.problem(path, "write it as 2026-01-31, or never", "%s: %q is no day", path, text)
	}
}

func (c *checker) indicator(path, code string) {
	if _, ok := c.set.indicatorByCode[code]; !ok {
		c.problem(path, orNearest(code, c.set.indicatorCodes(), "see indicators.csv"), "%s: the indicator %q is not in the catalogue", path, code)
	}
}

func (c *checker) region(path, code string) {
	if code != "" && !c.set.regionCodes[code] {
		c.problem(path, "see regions.csv; the whole country is "+Nation, "%s: the region %q is unknown", path, code)
	}
}

// regionPrefix is the first digits of the codes of a province or a prefecture.
var regionPrefix = regexp.MustCompile(`^\d{2}(?:\d{2})?$`)

func (c *checker) regions(path, code string) {
	if !regionPrefix.MatchString(code) {
		c.region(path, code)
	}
}

// area wants twelve digits, as the interface of 2026 names regions.
func (c *checker) area(path, text string) {
	if len(text) != 12 || strings.Trim(text, "0123456789") != "" {
		c.problem(path, "write twelve digits, such as 140000000000", "%s: the area %q is no code", path, text)
		return
	}
	c.region(path, text[:6])
}

func (c *checker) series(path, text string) {
	if _, ok := parseSeries(text); !ok {
		c.problem(path, "write frequency:basis, such as M:ytd", "%s: the series %q is unknown", path, text)
	}
}

func (c *checker) unit(path, symbol string) {
	if symbol != "" && !c.set.knowsUnit(symbol) {
		c.problem(path, orNearest(symbol, c.set.unitNames(), "add it to units.yaml"), "%s: the unit %q is unknown", path, symbol)
	}
}

func (c *checker) url(path, text string) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		c.problem(path, "write it in full, with http:// or https://", "%s: %q is no address", path, text)
	}
}

func (c *checker) pattern(path, text string) {
	if _, err := regexp.Compile(text); err != nil {
		c.problem(path, "mend the regular expression (RE2)", "%s: %v", path, err)
	}
}

func (c *checker) address(path, text string) {
	if _, err := netip.ParseAddrPort(text); err != nil {
		c.problem(path, "write address and port, such as 10.1.2.3:80", "%s: %q is no address with a port", path, text)
	}
}
