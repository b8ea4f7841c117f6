// Package resolution writes the migrations that decide which value stands. The rule
// stands once, in said.sql (what each source says), placed.sql and belief (which
// source is believed); the views that ask it of today, of what was known and of what
// was published are written out whole, because a view with parameters inside another
// one is analysed several times for every question. disclosed, which the further
// views are made of, takes the winner without the losers, and missing only whether
// somebody has a value.
package resolution

import (
	_ "embed"
	"strings"
)

//go:generate go run ./write ../migrations

var (
	//go:embed said.sql
	said string
	//go:embed placed.sql
	placed string
	//go:embed resolved.sql
	resolved string
	//go:embed disclosed.sql
	disclosed string
	//go:embed standing.sql
	standing string
	//go:embed missing.sql
	missing string
	//go:embed quartile.sql
	quartile string
	//go:embed quartiles.sql
	quartiles string
	//go:embed county_profile.sql
	countyProfile string
)

// belief is the order in which what the sources say is believed.
const belief = "blank, county, finality DESC, place, published_at DESC NULLS LAST, source, freq, basis"

const at = "{at:DateTime64(3, 'UTC')}"

// Files returns the migrations by file name.
func Files() map[string]string {
	const now = "now64(3, 'UTC')"
	atMost := "least(" + at + ", " + now + ")"
	return map[string]string{
		"0011_latest_by_source.sql": file(`
-- What each source says of each number. Per lineage the row that was fetched last,
-- whatever its op; then retractions drop out (filtering them earlier would bring the
-- retracted number back); then the best of the source's lineages, because a page
-- fetched late may be an old one. Each order ends in columns of the key, so that the
-- answer depends neither on the order of insertion nor on duplicates (promise 3). A
-- series restated in today's boundaries never stands for the original one.`,
			"latest_by_source", saidWhere(""), "One row per number and source: what the source says now; withdrawn numbers stay, flagged"),
		"0012_resolved.sql": file(`
-- One value a key out of what the sources say. A key is (indicator, region, dims,
-- stock or flow, first and last day, boundary), so that 一季度 meets 1—3月, and a
-- stock at the end of December meets one at the end of the year. The order of
-- belief: a number before a blank (what one source does not have another may);
-- public and provincial data before a county's entry, which disputes but never
-- beats them; census-revised, final, the rest; the newest rule of table precedence
-- that was in effect; the later publication, unknown last; the name of the source.
-- Intervals (value ± half_width) are compared within the winner's revision round
-- only: another round is another series. A row is as closed as the most closed value
-- that it shows.`,
			"resolved", resolvedOf(saidWhere(""), now), "One value a number: the winner among the sources, with the losers, their spread and the rule that decided"),
		"0013_as_known.sql": file(`
-- resolved as this warehouse would have answered at {at}: the rows known and the
-- rules of precedence in effect by then.`,
			"as_known", resolvedOf(saidWhere("known_at <= "+at), atMost), "resolved as it was at a time: SELECT … FROM as_known(at = ''2025-03-01 00:00:00'')"),
		"0014_as_published.sql": file(`
-- resolved from what the public could know at {at}, read as documents are read
-- today: later corrections of our reading count, later publications do not. Where
-- the day of publication is unknown, the fetch proves that it was public.`,
			"as_published", resolvedOf(saidWhere("ifNull(published_at, fetched_at) <= "+at), atMost), "resolved from what was published by a time: SELECT … FROM as_published(at = ''2025-03-01 00:00:00'')"),
		"0030_disclosed.sql": file(`
-- The values that all further views are made of: the winners of resolved, with hidden
-- cells blank. A blank cell keeps its row, so that whoever may see that it is there
-- sees that it is known and hidden; to readers it does not exist. What anybody
-- suppresses of a cell hides it, whoever won.`,
			"disclosed", decided(disclosed, saidWhere(""), now), "One value a number, with cells of too few respondents and their complements blank"),
		"0035_missing.sql": file(`
-- What is absent on a day of the periods that have ended, and whose move it is:
--   wait      not due yet
--   mend      ours: no source is known, nobody has seen it work, or it is overdue
--   province  the coordinating unit named in unit
--   county    only what no public channel, no provincial unit and no report supplies (promise 10)
--   nobody    waived, or taken from progress reports
-- A list of things for their owner, in the order of codes, not a count beside others.
-- A day lasts until its midnight in Shanghai, 16:00 UTC. A number is known if any
-- source has a value, since a number is believed before a blank; and if one says that
-- there is none (not_applicable), which is an answer too. The values are
-- joined, not looked up in a set, so that a question about one region reads that
-- region alone.`,
			"missing", within(missing, "{{said}}", saidWhere("known_at <= toDateTime64(concat({on:String}, ' 15:59:59.999'), 3, 'UTC')")),
			"What is absent on a day and whose move it is: SELECT … FROM missing(on = ''2026-03-01'')"),
		"0036_quartiles.sql": file(`
-- Quartiles of the public values of the counties of a province, only where at least
-- ten have one, and never the least or the greatest: of ten values or more, no
-- quartile is an end. Interpolated as spreadsheets do (QUARTILE.INC). There is no
-- region in it (promise 9), and no indicator of one county's own.`,
			"quartiles", within(quartiles, "{{quartile}}", quartile), "Quartiles over at least ten counties of a province, without the counties"),
		"0037_county_profile.sql": file(`
-- One county against its own past and the quartiles of its province. Years before a
-- renaming are read under the code of then. The values of the province are read once:
-- each stands in the places where it counts, as the county's own, as its past of the
-- year after, and among those of the other counties (as in quartiles).`,
			"county_profile", within(countyProfile, "{{quartile}}", quartile), "One county against its own past and the quartiles of its province: SELECT … FROM county_profile(county = ''140121'')"),
	}
}

// Standing is the query whose rows make table standing for {regions:Array(String)}:
// what resolved says to those who see public rows only, as of {as_of:DateTime64(3, 'UTC')}.
func Standing() string {
	return decided(standing, saidWhere("access = 'public' AND region IN {regions:Array(String)}"), "{as_of:DateTime64(3, 'UTC')}")
}

func file(head, name, query, comment string) string {
	return "-- Made by go generate ./warehouse/resolution; edit the .sql files there." + head +
		"\nCREATE OR REPLACE VIEW " + name + " AS\n" + strings.TrimSpace(query) + "\nCOMMENT '" + comment + "'\n"
}

// saidWhere is what each source says, among the rows of a condition.
func saidWhere(condition string) string {
	if condition != "" {
		condition = "\n    WHERE " + condition
	}
	return strings.TrimSuffix(strings.ReplaceAll(said, "{{limit}}", condition), "\n")
}

// resolvedOf decides between the sources by the rules in effect at a moment.
func resolvedOf(said, moment string) string { return decided(resolved, said, moment) }

func decided(query, said, moment string) string {
	query = within(within(query, "{{placed}}", placed), "{{said}}", said)
	return strings.NewReplacer("{{belief}}", belief, "{{moment}}", moment).Replace(query)
}

// within puts a query in a place that stands alone on its line, as far in as that.
func within(query, place, inner string) string {
	before, after, _ := strings.Cut(query, place)
	indent := before[strings.LastIndex(before, "\n")+1:]
	return before + strings.ReplaceAll(strings.TrimSuffix(inner, "\n"), "\n", "\n"+indent) + after
}
