package bench

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
)

// question is one kind of question. about says which columns it holds fixed, as
// letters: r region, i indicator, y frequency and year.
type question struct {
	name   string
	ours   string
	about  string
	target float64
}

const (
	key         = "indicator, region, freq, basis, dims, period_end"
	resolvedKey = "indicator, region, dims, kind, period_start, period_end"
	asKnown     = "as_known(at = '2021-06-01 00:00:00')"
)

var questions = []question{
	{"latest of one county, all indicators", "SELECT " + resolvedKey + ", value FROM latest", "r", 3},
	{"latest of one indicator and year, all counties", "SELECT " + resolvedKey + ", value FROM latest", "iy", 3},
	{"one county as known on a date", "SELECT " + resolvedKey + ", value FROM " + asKnown, "r", 8},
	{"one indicator and year, all counties, as known on a date", "SELECT " + resolvedKey + ", value FROM " + asKnown, "iy", 8},
	{"one series with all its vintages", "SELECT " + key + ", source, vintage, known_at, value, change FROM revisions", "ri", 3},
	{"one county, by source", "SELECT " + key + ", source, value FROM latest_by_source", "r", 0},
	{"one county, resolved afresh", "SELECT " + resolvedKey + ", value FROM resolved", "r", 0},
	{"one indicator and year, all counties, resolved afresh", "SELECT " + resolvedKey + ", value FROM resolved", "iy", 0},
	{"conflicts of one county", "SELECT " + resolvedKey + ", value, losers, reason FROM conflicts", "r", 0},
}

// drawn is what one question is about.
type drawn struct{ region, indicator, year int }

// draw returns the questions of a kind, the same for the same seed.
func (c Config) draw(name string) []drawn {
	h := fnv.New64a()
	h.Write([]byte(name))
	random := rand.New(rand.NewPCG(c.Seed, h.Sum64()))
	all := make([]drawn, max(c.Questions, 1))
	for i := range all {
		all[i] = drawn{random.IntN(c.regions()), random.IntN(indicators), 1995 + random.IntN(30)}
	}
	return all
}

func (d drawn) where(about string) string {
	sql, and := "", " WHERE "
	for _, letter := range about {
		switch letter {
		case 'r':
			sql += and + fmt.Sprintf("region = '%d'", 110101+d.region/100*10000+d.region%100/10*100+d.region%10)
		case 'i':
			sql += and + fmt.Sprintf("indicator = 'ind%03d'", d.indicator)
		case 'y':
			sql += and + fmt.Sprintf("period_end = '%d-12-31' AND freq = 'A'", d.year)
		}
		and = " AND "
	}
	return sql
}
