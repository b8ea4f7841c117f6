package schedule

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhibiao/pipeline/stream"
)

func TestSchedulesThatWouldNotFireAreRefused(t *testing.T) {
	for expression, want := range map[string]string{
		"TZ=UTC 0 2 * * *":      "leave the time zone out",
		"CRON_TZ=UTC 0 2 * * *": "leave the time zone out",
		"0 0 30 2 *":            "never fires",
		"0 2 * *":               "expected exactly 5 fields",
		"61 2 * * *":            "above maximum",
		"@every 1h":             "no fixed times",
		"":                      "empty",
	} {
		if _, err := Parse(expression); !contains(err, want) {
			t.Errorf("Parse(%q): %v, want an error that says %q", expression, err, want)
		}
	}
	if _, err := Parse("30 2 * * *"); err != nil {
		t.Error(err)
	}
}

func TestAllBadSchedulesAreNamedAtOnce(t *testing.T) {
	_, err := New([]Job{{Name: "a", Expression: "x"}, {Name: "b", Expression: "0 0 30 2 *"}}, Config{})
	if !contains(err, "source a") || !contains(err, "source b") {
		t.Errorf("got %v", err)
	}
}

func TestJitterIsTheSameEveryNightAndWithinItsBound(t *testing.T) {
	different := map[time.Duration]bool{}
	for _, source := range []string{"a", "b", "c", "d", "nbs-nation-month", "county-communique"} {
		wait := jitter(source, 5*time.Minute)
		if wait < 0 || wait >= 5*time.Minute || wait != jitter(source, 5*time.Minute) {
			t.Errorf("jitter of %s is %s", source, wait)
		}
		different[wait] = true
	}
	if len(different) < 4 {
		t.Errorf("six sources share %d waits", len(different))
	}
	if jitter("a", 0) != 0 || jitter("a", 500*time.Millisecond) != 0 {
		t.Error("no bound, and yet a wait")
	}
}

// However a clock that only goes forward jumps, every slot is claimed once: by its
// own run or by one that stands for it.
func TestEverySlotIsClaimedExactlyOnceWhateverTheClockDoes(t *testing.T) {
	expression, err := Parse("30 2 * * *")
	if err != nil {
		t.Fatal(err)
	}
	closed := func(stream.Slot) bool { return false }
	rapid.Check(t, func(t *rapid.T) {
		start := at("2024-02-25 12:00")
		now, furthest := start, start
		known := &record{since: start}
		claims := map[time.Time]int{}
		for _, minutes := range rapid.SliceOfN(rapid.IntRange(-90, 4000), 1, 40).Draw(t, "jumps") {
			now = now.Add(time.Duration(minutes) * time.Minute)
			if now.After(furthest) {
				furthest = now
			}
			what := known.due(expression, now, 0, 365*24*time.Hour, closed)
			if what.nothing() {
				continue
			}
			for _, slot := range append(what.missed, what.slot) {
				claims[slot]++
				known.claimed = append(known.claimed, stream.Slot{At: slot})
			}
		}
		for _, slot := range slotsBetween(expression, start, now) {
			if claims[slot] != 1 {
				t.Fatalf("slot %s was claimed %d times", slot, claims[slot])
			}
			delete(claims, slot)
		}
		for slot, n := range claims { // those of a later time, before the clock went back
			if n != 1 || slot.After(furthest) {
				t.Fatalf("slot %s was claimed %d times", slot, n)
			}
		}
	})
}
