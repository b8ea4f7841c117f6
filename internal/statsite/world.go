package statsite

import (
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
)

// Source keys. The package comment says what each of them publishes.
const (
	SourceNBS        = "demo-nbs"
	SourceNBSArchive = "demo-nbs-archive"
	SourceTRS        = "demo-communique-trs"
	SourceGBK        = "demo-communique-gbk"
	SourceMislabeled = "demo-communique-mislabeled"
	SourceYearbook   = "demo-yearbook"
)

// Config describes a world. Its zero value is the demo's: three counties of Shanxi, 2020 to 2024.
type Config struct {
	Seed        uint64
	Regions     []Region // counties; nil means DefaultRegions
	FirstYear   int      // 0 means 2020
	LastYear    int      // 0 means 2024; all events of the second night need LastYear-FirstYear >= 3
	RowsPerPage int      // rows of a list page; 0 means 4
	CrawlDelay  int      // seconds in every robots.txt; 0 leaves the line out
}

// World is an invented country whose figures and pages follow from its seed. It is safe for concurrent use.
type World struct {
	config Config
	geography
	hosts map[string]Region // communiqué hosts by name
	night atomic.Int64
	paths sync.Map // code of a region to its stock of each year
}

// NewWorld makes a world at its first night. It panics on a configuration that contradicts itself.
func NewWorld(config Config) *World {
	if config.Regions == nil {
		config.Regions = DefaultRegions()
	}
	config.FirstYear = orElse(config.FirstYear, 2020)
	config.LastYear = orElse(config.LastYear, 2024)
	config.RowsPerPage = orElse(config.RowsPerPage, 4)
	if config.FirstYear < 1949 || config.LastYear < config.FirstYear || config.RowsPerPage < 1 || config.CrawlDelay < 0 {
		panic(fmt.Sprintf("statsite: years %d to %d, %d rows a page, crawl delay %d: not a world",
			config.FirstYear, config.LastYear, config.RowsPerPage, config.CrawlDelay))
	}
	w := &World{config: config, geography: newGeography(config.Regions), hosts: map[string]Region{}}
	for _, city := range w.cities {
		w.hosts[cityHost(city)] = city
	}
	w.night.Store(1)
	return w
}

func orElse(n, fallback int) int {
	if n == 0 {
		return fallback
	}
	return n
}

// SetNight decides what the site publishes from now on; nights count from 1.
func (w *World) SetNight(night int) {
	if night < 1 {
		panic(fmt.Sprintf("statsite: night %d: nights count from 1", night))
	}
	w.night.Store(int64(night))
}

// Night is what SetNight set, 1 at first.
func (w *World) Night() int { return int(w.night.Load()) }

// Hosts lists every virtual host, ordered by name.
func (w *World) Hosts() []string {
	hosts := []string{hostNBS, hostYearbook}
	for host := range w.hosts {
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return hosts
}

// Truth lists what a perfect pipeline stores as new rows on a night, document by document:
// everything on the first night, later only what is new, changed or withdrawn.
func (w *World) Truth(night int) []Fact { return slices.Collect(w.Facts(night)) }

// Facts is Truth one row at a time, for worlds whose truth is large.
func (w *World) Facts(night int) iter.Seq[Fact] {
	return func(yield func(Fact) bool) {
		for before, next := range w.vintages(night) {
			for _, fact := range differ(before, next) {
				fact.Night = night
				if !yield(fact) {
					return
				}
			}
		}
	}
}

// Refusals lists what must be refused in the documents that are new or changed on a night.
func (w *World) Refusals(night int) []ExpectedRefusal {
	var refusals []ExpectedRefusal
	for before, next := range w.vintages(night) {
		if len(next.refusals) > 0 && before.text != next.text {
			refusals = append(refusals, next.refusals...)
		}
	}
	return refusals
}

// Changed lists the URLs of documents that are new or whose bytes differ on a night, also where no number does.
// The two interfaces, whose documents share a URL, appear once for each changed answer.
func (w *World) Changed(night int) []string {
	var urls []string
	for before, next := range w.vintages(night) {
		if before.text != next.text {
			urls = append(urls, next.url)
		}
	}
	return urls
}

// vintages pairs every document that a night publishes with its predecessor, an empty document if there is none.
func (w *World) vintages(night int) iter.Seq2[document, document] {
	return func(yield func(before, next document) bool) {
		for at := range w.documents() {
			next, published := at(night)
			if !published {
				continue
			}
			var before document
			if night > 1 {
				before, _ = at(night - 1)
			}
			if !yield(before, next) {
				return
			}
		}
	}
}

// edition makes one document as of a night, false if it is not yet published.
type edition func(night int) (document, bool)

// documents goes through everything that the sources of the package comment collect, except list and index pages.
func (w *World) documents() iter.Seq[edition] {
	return func(yield func(edition) bool) {
		for _, request := range w.Requests() {
			if !yield(func(night int) (document, bool) { return w.answer(request, night), true }) {
				return
			}
		}
		for _, county := range w.counties {
			for year := w.config.FirstYear; year <= w.config.LastYear; year++ {
				for _, kind := range []articleKind{communique, verification} {
					a := article{kind, county, year}
					if !yield(func(night int) (document, bool) { return w.article(a, night) }) {
						return
					}
				}
			}
		}
		for _, province := range w.provinces {
			if !yield(func(night int) (document, bool) { return w.countiesTable(province, night), true }) {
				return
			}
		}
		for _, county := range w.counties {
			if !yield(func(int) (document, bool) { return w.historyTables(county), true }) {
				return
			}
		}
	}
}
