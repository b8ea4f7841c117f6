package check

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

func TestOtherTablesOfAHeldDocumentGoOnAndNothingIsWithdrawn(t *testing.T) {
	reading := *rows("table[1]/tr[2]/td[2] gdp 140121", "table[2]/tr[2]/td[2] retail_sales 140121")
	reading.Held = []pipeline.Held{{Table: "table[1]"}}
	open := Open(reading)
	if len(open.Observations) != 1 || open.Observations[0].Indicator != "retail_sales" || open.Complete {
		t.Errorf("got %+v", open)
	}
	whole := reading
	whole.Held = []pipeline.Held{{Table: ""}}
	if whole = Open(whole); len(whole.Observations) != 0 || whole.Complete {
		t.Errorf("a held document lets rows go: %+v", whole)
	}
	reading.Held = nil
	if same := Open(reading); len(same.Observations) != 2 || !same.Complete {
		t.Errorf("nothing is held, but %+v", same)
	}
}

// reviewed makes a version at a minute of a lineage and reviews it.
func reviewed(before *pipeline.Reading, minute int, want pipeline.Yield, lines ...string) *pipeline.Reading {
	r := rows(lines...)
	r.Origin.FetchedAt = time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)
	Review(before, r, want)
	return r
}

func heldTables(r *pipeline.Reading) []string {
	names := []string{}
	for _, h := range r.Held {
		names = append(names, h.Table)
	}
	return names
}

func TestATableIsComparedWithItsLastAcceptedVersionAndNotWithAHeldOne(t *testing.T) {
	want := pipeline.Yield{MaxDrift: 30}
	first := reviewed(nil, 0, want, "table[1]/tr[1]/td[1] gdp 140121", "table[2]/tr[1]/td[1] retail_sales 140121")
	second := reviewed(first, 1, want, "table[1]/tr[1]/td[1] foreign_trade 140121", "table[2]/tr[1]/td[1] retail_sales 140121")
	third := reviewed(second, 2, want, "table[1]/tr[1]/td[1] foreign_trade 140121", "table[2]/tr[1]/td[1] retail_sales 140121")
	if !slices.Equal(heldTables(third), []string{"table[1]"}) {
		t.Fatalf("held %v: the version before was held too, and counts for nothing", third.Held)
	}
	if since := third.Held[0].Since; !since.Equal(second.Origin.FetchedAt) {
		t.Errorf("held since %v, want %v", since, second.Origin.FetchedAt)
	}
	back := reviewed(third, 3, want, "table[1]/tr[1]/td[1] gdp 140121", "table[2]/tr[1]/td[1] retail_sales 140121")
	if len(back.Held) != 0 || back.Carried != nil {
		t.Errorf("it looks as it was accepted, and is held: %+v", back.Held)
	}
	released := Release(*third, third.Held)
	if len(released.Held) != 0 || len(Open(released).Observations) != 2 {
		t.Errorf("released, but %+v", released.Held)
	}
	next := reviewed(&released, 4, want, "table[1]/tr[1]/td[1] foreign_trade 140121", "table[2]/tr[1]/td[1] retail_sales 140121")
	if len(next.Held) != 0 {
		t.Errorf("what was accepted is held again: %+v", next.Held)
	}
	old := reviewed(&released, 4, want, "table[1]/tr[1]/td[1] gdp 140121", "table[2]/tr[1]/td[1] retail_sales 140121")
	if !slices.Equal(heldTables(old), []string{"table[1]"}) {
		t.Errorf("held %v: the old labels are the strange ones now", old.Held)
	}
}

func TestATableThatIsGoneStaysHeldUntilSomebodyAccepts(t *testing.T) {
	want := pipeline.Yield{MaxDrift: 30}
	first := reviewed(nil, 0, want, "table[1]/tr[1]/td[1] gdp 140121", "table[2]/tr[1]/td[1] retail_sales 140121")
	gone := reviewed(first, 1, want, "table[1]/tr[1]/td[1] gdp 140121")
	still := reviewed(gone, 2, want, "table[1]/tr[1]/td[1] gdp 140121")
	if !slices.Equal(heldTables(still), []string{"table[2]"}) {
		t.Fatalf("held %v", still.Held)
	}
	released := Release(*still, still.Held)
	if next := reviewed(&released, 3, want, "table[1]/tr[1]/td[1] gdp 140121"); len(next.Held) != 0 {
		t.Errorf("held %v after it was accepted", next.Held)
	}
}

func TestAHeldDocumentIsReleasedAsAWhole(t *testing.T) {
	want := pipeline.Yield{Min: 2, MaxDrift: 30}
	first := reviewed(nil, 0, want, "table[1]/tr[1]/td[1] gdp 140121", "table[2]/tr[1]/td[1] retail_sales 140121")
	few := reviewed(first, 1, want, "table[1]/tr[1]/td[1] gdp 140121")
	if !slices.Equal(heldTables(few), []string{"", "table[2]"}) || len(few.Carried) != 2 {
		t.Fatalf("held %v, carried %v", few.Held, few.Carried)
	}
	if released := Release(*few, []pipeline.Held{{Table: ""}}); len(released.Held) != 0 || len(released.Carried) != 0 {
		t.Errorf("the document was accepted, but %+v", released.Held)
	}
}

// Whatever versions come, reviewing is a function of the version before and of what
// is expected; a held version goes on with nothing of its tables, and what is
// released is held no more.
func TestReviewingIsPureAndReleasingEndsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := pipeline.Yield{Min: rapid.IntRange(0, 3).Draw(t, "min"), MaxDrift: rapid.IntRange(0, 100).Draw(t, "drift")}
		var before *pipeline.Reading
		for minute := range rapid.IntRange(1, 6).Draw(t, "versions") {
			var lines []string
			for range rapid.IntRange(0, 6).Draw(t, "rows") {
				lines = append(lines, rapid.SampledFrom([]string{"table[1]/tr[1]/td[1]", "table[2]/tr[1]/td[1]", "p[1]"}).Draw(t, "place")+" "+
					rapid.SampledFrom([]string{"gdp", "retail_sales", "foreign_trade"}).Draw(t, "indicator")+" 140121")
			}
			next, again := reviewed(before, minute, want, lines...), reviewed(before, minute, want, lines...)
			if !reflect.DeepEqual(next, again) {
				t.Fatal("reviewed twice, two answers")
			}
			waits := waiting(next.Held)
			for _, o := range Open(*next).Observations {
				if waits[""] || waits[TableOf(o.Locator)] {
					t.Fatalf("%s goes on although it is held", o.Locator)
				}
			}
			if len(next.Held) > 0 && Open(*next).Complete {
				t.Fatal("a held version could withdraw")
			}
			released := Release(*next, next.Held)
			if len(released.Held)+len(released.Carried) > 0 {
				t.Fatalf("released, but %+v", released.Held)
			}
			before = next
			if rapid.Bool().Draw(t, "accepted") {
				before = &released
			}
		}
	})
}
