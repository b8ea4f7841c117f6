package statsite

// Fact is one row that a perfect pipeline stores as new on one night.
type Fact struct {
	Source      string // key of a source in the package comment
	Method      string // GET or POST
	URL         string // canonical: virtual host, no port
	Request     string // body of a POST as World.Requests gives it, else empty
	Indicator   string // code of the catalogue
	Region      string // GB/T 2260; 000000 is the nation
	Freq        string // A, Q, M
	Basis       string // period, ytd, end
	PeriodStart string // ISO date; 1 January for ytd and end
	PeriodEnd   string // ISO date
	Value       string // exact decimal in Unit, sign applied; of a withdrawal the last value that was shown
	Unit        string // the catalogue's
	Printed     string // the number as the document shows it, decoded; 持平 where a verb alone says zero
	PrintedUnit string // as printed beside it or in its header; empty for a member of a ratio and in JSON
	Status      string // first, provisional, final
	Op          string // assert, withdraw
	Night       int    // the night on which this vintage first appeared
}

// ExpectedRefusal is a label whose numbers must be refused, with how many numbers stand under it.
type ExpectedRefusal struct {
	Source string
	URL    string
	Label  string
	Reason string // unknown_region or unknown_unit
	Count  int
}

// Reasons of ExpectedRefusal.
const (
	ReasonUnknownRegion = "unknown_region"
	ReasonUnknownUnit   = "unknown_unit"
)

// factKey is what makes two facts of one page the same number in two vintages.
type factKey struct{ indicator, region, freq, basis, start, end string }

func (f Fact) key() factKey {
	return factKey{f.Indicator, f.Region, f.Freq, f.Basis, f.PeriodStart, f.PeriodEnd}
}

// unitOf gives the catalogue's unit of the indicators that this site prints.
func unitOf(indicator string) string {
	switch indicator {
	case "gdp", "primary_value_added", "secondary_value_added", "tertiary_value_added":
		return "亿元"
	case "resident_population":
		return "万人"
	}
	return "%"
}

// document is one answer of the site together with what it says.
type document struct {
	source      string
	method      string
	url         string
	request     string
	contentType string // empty: none is sent
	gbk         bool   // text is encoded as GBK on the wire
	text        string
	restates    bool // a successor states everything again, so an absence is a withdrawal
	facts       []Fact
	refusals    []ExpectedRefusal
}

// say records a number that the document shows.
func (d *document) say(indicator string, r Region, p period, basis, status string, n printed) {
	start, end := p.interval(basis)
	d.facts = append(d.facts, Fact{
		Source: d.source, Method: d.method, URL: d.url, Request: d.request,
		Indicator: indicator, Region: r.Code, Freq: p.freq, Basis: basis, PeriodStart: start, PeriodEnd: end,
		Value: n.value, Unit: unitOf(indicator), Printed: n.text, PrintedUnit: n.unit, Status: status, Op: "assert",
	})
}

// refuse records numbers under a label that cannot be read on purpose.
func (d *document) refuse(label, reason string, count int) {
	d.refusals = append(d.refusals, ExpectedRefusal{Source: d.source, URL: d.url, Label: label, Reason: reason, Count: count})
}

// differ gives the rows by which next differs from its predecessor.
func differ(before, next document) []Fact {
	known := make(map[factKey]Fact, len(before.facts))
	for _, fact := range before.facts {
		known[fact.key()] = fact
	}
	var rows []Fact
	for _, fact := range next.facts {
		if old, shown := known[fact.key()]; !shown || old != fact {
			rows = append(rows, fact)
		}
		delete(known, fact.key())
	}
	if !next.restates {
		return rows
	}
	for _, fact := range before.facts {
		if _, absent := known[fact.key()]; absent {
			fact.Op = "withdraw"
			rows = append(rows, fact)
		}
	}
	return rows
}
