package configs

import (
	"maps"
	"slices"

	"zhibiao/pipeline"
)

const noChannelFile = "nochannel.yaml"

// noChannel says why something has no source.
type noChannel struct {
	Indicators map[string]string `yaml:"indicators"`
	Regions    map[string]string `yaml:"regions"`
	Channels   map[string]string `yaml:"channels"` // looked for as such, by what people call them
}

// noChannel checks that every entry is of a public indicator or a known region,
// and that no source supplies it.
func (l *loader) noChannel() {
	c, ok := l.yamlFile(noChannelFile, &l.set.noChannel)
	if !ok {
		return
	}
	for _, code := range slices.Sorted(maps.Keys(l.set.noChannel.Indicators)) {
		at := "indicators." + code
		c.indicator(at, code)
		c.required(at, l.set.noChannel.Indicators[code], "what was looked for, and what stands in the way")
		if indicator := l.set.indicatorByCode[code]; indicator != nil && indicator.Supplier != string(pipeline.Public) {
			c.problem(at, "take it away", "%s is not supplied by public channels at all", code)
		}
		if channels := l.set.Channels(code); len(channels) > 0 {
			c.problem(at, "take it away", "%s has a channel: %s", code, channels[0].Source.Name)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(l.set.noChannel.Regions)) {
		c.region("regions."+code, code)
	}
	for _, name := range slices.Sorted(maps.Keys(l.set.noChannel.Channels)) {
		c.required("channels."+name, l.set.noChannel.Channels[name], "what was looked for, and what stands in the way")
	}
}
