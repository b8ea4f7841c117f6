package warehouse

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"zhibiao/pipeline"
	"zhibiao/warehouse/regions"
)

// historyRows makes the tables of what became of codes.
func historyRows(all []pipeline.Region) (links, chains dimension) {
	history := regions.NewHistory(all)
	links = dimension{table: "region_link", columns: "from_code, to_code, year, kind"}
	for _, l := range history.Links() {
		links.rows = append(links.rows, []any{l.From, l.To, uint16(l.Year), l.Kind})
	}
	chains = dimension{table: "region_chain", columns: "region, part, from_year, to_year, parts, method"}
	for _, s := range history.Stretches() {
		chains.rows = append(chains.rows, []any{s.Region, s.Part, uint16(s.FromYear), uint16(s.ToYear), uint16(s.Parts), s.Kind})
	}
	return links, chains
}

// capabilityRows lists what the sources say that they supply, by source.
func capabilityRows(sources []*pipeline.Source) dimension {
	d := dimension{table: "capability", columns: "source, indicator, region, series, from_year, to_year, lag_days, verified"}
	for _, s := range slices.SortedFunc(slices.Values(sources), func(a, b *pipeline.Source) int { return strings.Compare(a.Name, b.Name) }) {
		for _, supply := range s.Supplies {
			for _, indicator := range supply.Indicators {
				for _, region := range supply.Regions {
					for _, series := range supply.Series {
						d.rows = append(d.rows, []any{s.Name, indicator, region, string(series.Freq) + ":" + string(series.Basis),
							uint16(supply.FromYear), uint16(cmp.Or(supply.ToYear, stillInForce)), uint16(supply.LagDays), verifiedDay(supply.Verified)})
					}
				}
			}
		}
	}
	return d
}

// verifiedDay is nil for never.
func verifiedDay(text string) *time.Time {
	day, err := pipeline.ParseDate(text)
	if err != nil {
		return nil
	}
	return dayOrNull(day)
}

// dayOrNull is nil for the zero day, which stands for none.
func dayOrNull(day pipeline.Date) *time.Time {
	if day == 0 {
		return nil
	}
	t := day.Time()
	return &t
}
