package main

import (
	"fmt"
	"io"
	"strings"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// shown is a reading made visible: the document's sentences and table rows with
// the numbers that were read in 【 】 and those that were refused in 〔 〕, and
// under each what was understood or which coordinate is missing.
type shown struct {
	out     io.Writer
	set     *configs.Set
	body    []byte
	media   string // type, as claimed
	reading pipeline.Reading
	seen    map[string]bool // places that were shown in a block
	err     error
}

// showReading prints a reading of a body for a person.
func showReading(out io.Writer, set *configs.Set, body []byte, mediaType string, reading pipeline.Reading) error {
	s := &shown{out: out, set: set, body: body, media: mediaType, reading: reading, seen: map[string]bool{}}
	if page := pageOf(body, mediaType); page != nil {
		s.page(page)
	}
	s.rest()
	s.printf("读出 %d 个数，拒收 %d 处 · %d observations, %d refusals\n",
		len(reading.Observations), len(reading.Refusals), len(reading.Observations), len(reading.Refusals))
	return s.err
}

func (s *shown) printf(format string, args ...any) {
	if s.err == nil {
		_, s.err = fmt.Fprintf(s.out, format, args...)
	}
}

func (s *shown) marks() []mark {
	var marks []mark
	for _, o := range s.reading.Observations {
		marks = append(marks, read(o.ByteStart, o.ByteEnd))
	}
	for _, r := range s.reading.Refusals {
		marks = append(marks, refused(r.ByteStart, r.ByteEnd))
	}
	return marks
}

// page prints each block in which a number was read or refused.
func (s *shown) page(page *decode.Page) {
	marks := s.marks()
	for _, block := range page.Blocks {
		if block.Table == nil {
			if text, ok := markText(block.Text, marks); ok {
				s.printf("%s  %s\n", block.Locator, oneLine(text))
				s.understood(block.Locator)
			}
			continue
		}
		s.table(block, marks)
	}
}

func (s *shown) table(block decode.Block, marks []mark) {
	var lines []string
	found := false
	for _, row := range block.Table.Cells {
		cells, ok := markRow(row, marks)
		found = found || ok
		lines = append(lines, strings.Join(cells, " | "))
	}
	if !found {
		return
	}
	s.printf("%s  %s\n", block.Table.Locator, oneLine(block.Table.Caption.String()))
	for _, line := range lines {
		s.printf("    %s\n", line)
	}
	s.understood(block.Table.Locator)
}

// understood lists what was read and refused at a place and below it.
func (s *shown) understood(place string) {
	within := func(locator string) bool { return locator == place || strings.HasPrefix(locator, place+"/") }
	for _, o := range s.reading.Observations {
		if within(o.Locator) {
			s.observation(o)
		}
	}
	for _, r := range s.reading.Refusals {
		if within(r.Locator) {
			s.refusal(r)
		}
	}
	s.printf("\n")
}

// rest lists what stands in no block: the answers of an interface, workbooks, and
// documents that were refused as a whole.
func (s *shown) rest() {
	for _, o := range s.reading.Observations {
		if s.seen[observationPlace(o)] {
			continue
		}
		s.printf("%s  %s\n", o.Locator, passage(s.body, s.media, &o))
		s.observation(o)
	}
	for _, r := range s.reading.Refusals {
		if !s.seen[refusalPlace(r)] {
			s.printf("%s\n", r.Locator)
			s.refusal(r)
		}
	}
}

func observationPlace(o pipeline.Observation) string { return o.Locator + "\x1f" + o.Key() }
func refusalPlace(r pipeline.Refusal) string         { return r.Locator + "\x1f" + r.Key() }

func (s *shown) observation(o pipeline.Observation) {
	s.seen[observationPlace(o)] = true
	flags := ""
	for _, f := range o.Flags {
		flags += " " + string(f)
	}
	s.printf("    【%s】 %s %s · %s %s · %s %s %s · %s %s · %s%s\n", o.RawText+o.RawUnit,
		o.Indicator, s.indicator(o.Indicator), o.Region, regionName(s.set, o.Region, o.Period.End),
		o.Period.Freq, o.Period.Basis, o.Period.Label(), o.Value, o.Unit, o.Status, flags)
}

func (s *shown) refusal(r pipeline.Refusal) {
	s.seen[refusalPlace(r)] = true
	s.printf("    〔%s〕 ×%d %s: %s %s\n", r.Quote, r.Count, r.Reason, r.Label, r.Detail)
}

func (s *shown) indicator(code string) string { return indicatorName(s.set, code) }

// indicatorName is the Chinese name of an indicator, "" for an unknown code.
func indicatorName(set *configs.Set, code string) string {
	for _, i := range set.Indicators() {
		if i.Code == code {
			return i.NameZH
		}
	}
	return ""
}

// regionName is what the code was called on a day.
func regionName(set *configs.Set, code string, on pipeline.Date) string {
	name := ""
	for _, r := range set.Regions() {
		if r.Code == code && (name == "" || (r.From <= on.Year() && (r.To == 0 || on.Year() <= r.To))) {
			name = r.Name
		}
	}
	return name
}
