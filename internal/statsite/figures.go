package statsite

// Figures are drawn, never stored: each is a hash of seed, region, topic and year, so that any page can be made
// at any time, in any order, with the same numbers. All arithmetic is on integers.

// topic keeps the draws of different subjects apart.
type topic uint64

const (
	topicSize topic = iota + 1
	topicPrimaryShare
	topicSecondaryShare
	topicShareDrift
	topicPrimaryGrowth
	topicSecondaryGrowth
	topicTertiaryGrowth
	topicDeflator
	topicLastDigits
	topicFinalPrimary
	topicFinalSecondary
	topicFinalTertiary
	topicPopulation
	topicPopulationDrift
	topicMonthGrowth
	topicQuarterGrowth
	topicHidden
	topicContribution
	topicPoints
	topicRank
	topicPrivateShare
	topicVisits
	topicDay
)

// draw gives a number in [low, high] that depends on nothing but its arguments and the seed.
func (w *World) draw(r Region, about topic, at int, low, high int64) int64 {
	h := mix(w.config.Seed)
	h = mix(h ^ r.number())
	h = mix(h ^ uint64(about))
	h = mix(h ^ uint64(at))
	return low + int64(h%uint64(high-low+1))
}

// mix is the finaliser of splitmix64.
func mix(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// accounts are the production accounts of one region and year: levels in 万元, growth and shares in tenths of a percent.
type accounts struct {
	primary, secondary, tertiary                   int64
	growth                                         int64
	primaryGrowth, secondaryGrowth, tertiaryGrowth int64
}

// gdp is the sum of the three industries, exactly.
func (a accounts) gdp() int64 { return a.primary + a.secondary + a.tertiary }

// shares gives the structure in tenths of a percent, each rounded alone, as publishers do.
func (a accounts) shares() (primary, secondary, tertiary int64) {
	total := a.gdp()
	return divideRounding(a.primary*1000, total), divideRounding(a.secondary*1000, total), divideRounding(a.tertiary*1000, total)
}

// structure gives the shares of primary and secondary industry that a year is drawn with, in thousandths.
func (w *World) structure(r Region, year int) (primary, secondary int64) {
	primary = w.draw(r, topicPrimaryShare, 0, 30, 160) + w.draw(r, topicShareDrift, year, -1, 1)
	secondary = w.draw(r, topicSecondaryShare, 0, 280, 620) + w.draw(r, topicShareDrift, -year, -4, 4)
	return primary, secondary
}

// rates gives the real growth of a year: the whole is the mean of the industries by their weight.
func (w *World) rates(r Region, year int) accounts {
	a := accounts{
		primaryGrowth:   w.primaryGrowth(r, year),
		secondaryGrowth: w.draw(r, topicSecondaryGrowth, year, -45, 90),
		tertiaryGrowth:  w.draw(r, topicTertiaryGrowth, year, 5, 75),
	}
	primary, secondary := w.structure(r, year)
	a.growth = divideRounding(primary*a.primaryGrowth+secondary*a.secondaryGrowth+(1000-primary-secondary)*a.tertiaryGrowth, 1000)
	return a
}

// preliminary gives the figures first published for a year.
func (w *World) preliminary(r Region, year int) accounts {
	a := w.rates(r, year)
	primary, secondary := w.structure(r, year)
	size := w.size(r, year)
	a.primary = size*primary/1000 + w.draw(r, topicLastDigits, year, 0, 999)
	a.secondary = size*secondary/1000 + w.draw(r, topicLastDigits, -year, 0, 999)
	a.tertiary = size - a.primary - a.secondary
	return a
}

// primaryGrowth is level with last year in one year of twelve, so that 持平 occurs.
func (w *World) primaryGrowth(r Region, year int) int64 {
	if w.draw(r, topicPrimaryGrowth, -year, 1, 12) == 1 {
		return 0
	}
	return w.draw(r, topicPrimaryGrowth, year, -20, 65)
}

// size is the whole in 万元. It grows from the first year of the world by the real growth and a drawn change of prices.
func (w *World) size(r Region, year int) int64 {
	return w.grown(r, year).size
}

// population gives the residents at the end of a year, in persons.
func (w *World) population(r Region, year int) int64 {
	return w.grown(r, year).persons
}

// stock is what a year inherits from the year before.
type stock struct{ size, persons int64 }

// grown gives the stock of a year; years before the first are like the first. Paths of the configured years are kept,
// which changes no figure: every path is a function of the seed.
func (w *World) grown(r Region, year int) stock {
	path, kept := w.paths.Load(r.Code)
	if !kept {
		made := []stock{w.founded(r)}
		for y := w.config.FirstYear + 1; y <= w.config.LastYear+1; y++ {
			made = append(made, w.next(r, y, made[len(made)-1]))
		}
		path, _ = w.paths.LoadOrStore(r.Code, made)
	}
	years := path.([]stock)
	at := max(year-w.config.FirstYear, 0)
	if at < len(years) {
		return years[at]
	}
	last := years[len(years)-1]
	for y := w.config.FirstYear + len(years); y <= year; y++ {
		last = w.next(r, y, last)
	}
	return last
}

// founded gives the stock of the first year.
func (w *World) founded(r Region) stock {
	size := [][2]int64{{400_000, 4_000_000}, {12_000_000, 60_000_000}, {150_000_000, 600_000_000}, {9_800_000_000, 10_200_000_000}}[r.level()]
	persons := [][2]int64{{110_000, 620_000}, {1_500_000, 6_000_000}, {20_000_000, 90_000_000}, {1_405_000_000, 1_412_000_000}}[r.level()]
	return stock{w.draw(r, topicSize, 0, size[0], size[1]), w.draw(r, topicPopulation, 0, persons[0], persons[1])}
}

func (w *World) next(r Region, year int, before stock) stock {
	nominal := w.rates(r, year).growth + w.draw(r, topicDeflator, year, -10, 28)
	return stock{
		size:    before.size*(1000+nominal)/1000 + w.draw(r, topicLastDigits, year<<1, 0, 99),
		persons: before.persons * (10_000 + w.draw(r, topicPopulationDrift, year, -90, 40)) / 10_000,
	}
}

// final gives the figures of a year after final verification; growth was not revised in this world.
func (w *World) final(r Region, year int) accounts {
	a := w.preliminary(r, year)
	a.primary = a.primary * (1000 + w.draw(r, topicFinalPrimary, year, -12, 12)) / 1000
	a.secondary = a.secondary * (1000 + w.draw(r, topicFinalSecondary, year, -15, -3)) / 1000
	a.tertiary = a.tertiary * (1000 + w.draw(r, topicFinalTertiary, year, 2, 14)) / 1000
	return a
}

// industryGrowth gives the nation's above-scale industrial growth of a month, or cumulative to it, in tenths of a percent.
func (w *World) industryGrowth(p period, cumulative bool) int64 {
	month := func(n int) int64 { return w.draw(nation, topicMonthGrowth, p.year*100+n, -8, 78) }
	if !cumulative {
		return month(p.ordinal)
	}
	var sum int64
	for n := 1; n <= p.ordinal; n++ {
		sum += month(n)
	}
	return divideRounding(sum, int64(p.ordinal))
}

// toQuarter gives the nation's accounts from January to the end of a quarter; the fourth is the year.
func (w *World) toQuarter(p period) accounts {
	year := w.preliminary(nation, p.year)
	part := func(level int64, permille ...int64) int64 {
		if p.ordinal == 4 {
			return level
		}
		return level * permille[p.ordinal-1] / 1000
	}
	growth := func(n int) int64 { return w.draw(nation, topicQuarterGrowth, p.index()*10+n, 21, 69) }
	a := accounts{
		primary: part(year.primary, 128, 349, 640), secondary: part(year.secondary, 224, 478, 726),
		tertiary:      part(year.tertiary, 241, 487, 737),
		primaryGrowth: growth(1), secondaryGrowth: growth(2), tertiaryGrowth: growth(3),
	}
	a.growth = divideRounding(a.primary*a.primaryGrowth+a.secondary*a.secondaryGrowth+a.tertiary*a.tertiaryGrowth, a.gdp())
	return a
}
