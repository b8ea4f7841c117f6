package configs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// Channel is a source that says it can supply an indicator.
type Channel struct {
	Source *pipeline.Source
	Supply pipeline.Supply
}

// Channels returns what supplies an indicator, by name of the source.
func (s *Set) Channels(code string) []Channel {
	var channels []Channel
	for _, source := range s.sources {
		for _, supply := range source.Supplies {
			if slices.Contains(supply.Indicators, code) {
				channels = append(channels, Channel{source, supply})
			}
		}
	}
	return channels
}

// NoChannel is what the page says of a public indicator that no source supplies.
const NoChannel = "no channel known"

// SourcesPage returns the page on sources and on the channels of every public
// indicator, in Markdown.
func (s *Set) SourcesPage() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<!-- Generated from configs/sources and configs/indicators.csv; make it again with: %s -->

# Sources, and where each public indicator comes from

Nobody has seen any of these sources work live where verified says never: their
addresses come from what evidence names, and each has an example in the shape of its
documents with invented figures. `+"`zhibiao missing`"+` puts what such a source has not
brought to us, never to a county.

## Sources

| source | publisher | kind | schedule | verified | evidence |
|---|---|---|---|---|---|
`, Regenerate)
	for _, source := range s.sources {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", source.Name, source.Publisher, source.Rules.Kind,
			cmp.Or(source.Schedule, "on request"), source.Verified, cmp.Or(s.evidence[source.Name], "none written"))
	}
	b.WriteString("\n## Public indicators\n\nRegions of two or four digits are all counties below. Lag is in days after the period's end.\n\n| indicator | name | channels | known from the catalogue |\n|---|---|---|---|\n")
	var without []string
	for i := range s.indicators {
		indicator := &s.indicators[i]
		if indicator.Supplier != string(pipeline.Public) {
			continue
		}
		said := NoChannel + ": " + s.noChannel.Indicators[indicator.Code]
		if channels := s.Channels(indicator.Code); len(channels) > 0 {
			said = channelWords(channels)
		} else {
			without = append(without, indicator.Code)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", indicator.Code, indicator.NameZH, said, cmp.Or(s.publicChannel[indicator.Code], "–"))
	}
	fmt.Fprintf(&b, "\n## Without a channel\n\n%d public indicators have none, and are our gap: %s.\n", len(without), strings.Join(without, ", "))
	for _, code := range slices.Sorted(maps.Keys(s.noChannel.Regions)) {
		fmt.Fprintf(&b, "\nRegion %s: %s.\n", code, s.noChannel.Regions[code])
	}
	if len(s.noChannel.Channels) > 0 {
		b.WriteString("\n## Looked for, and no source\n\n| channel | why |\n|---|---|\n")
	}
	for _, name := range slices.Sorted(maps.Keys(s.noChannel.Channels)) {
		fmt.Fprintf(&b, "| %s | %s |\n", name, s.noChannel.Channels[name])
	}
	return b.String()
}

func channelWords(channels []Channel) string {
	var words []string
	for _, c := range channels {
		var series []string
		for _, x := range c.Supply.Series {
			series = append(series, string(x.Freq)+":"+string(x.Basis))
		}
		words = append(words, fmt.Sprintf("%s (%s; %s; from %d; %d days)", c.Source.Name, strings.Join(series, " "),
			regionWords(c.Supply.Regions), c.Supply.FromYear, c.Supply.LagDays))
	}
	return strings.Join(words, "<br>")
}

// regionWords keeps a long list of regions short.
func regionWords(codes []string) string {
	const most = 4
	if len(codes) > most {
		return fmt.Sprintf("%d regions", len(codes))
	}
	return strings.Join(codes, " ")
}
