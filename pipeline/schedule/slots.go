package schedule

import (
	"hash/fnv"
	"time"

	"github.com/robfig/cron/v3"

	"zhibiao/pipeline/stream"
)

// mostSlots bounds how many slots of a source are kept in the ledger and looked
// at: more than a year of nights.
const mostSlots = 400

// jitter is the wait after each slot of a source: the same every night, so that a
// publisher sees a regular visitor, and spread over [0, bound) between sources.
func jitter(source string, bound time.Duration) time.Duration {
	seconds := uint64(bound / time.Second)
	if seconds == 0 {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(source))
	return time.Duration(h.Sum64()%seconds) * time.Second
}

// slotsBetween returns the slots after one time and until another, the newest
// mostSlots of them.
func slotsBetween(expression cron.Schedule, after, until time.Time) []time.Time {
	var slots []time.Time
	for at := expression.Next(after.In(Shanghai)); !at.IsZero() && !at.After(until); at = expression.Next(at) {
		slots = append(slots, at)
		if len(slots) == 2*mostSlots {
			slots = append(slots[:0], slots[mostSlots:]...)
		}
	}
	return slots[max(0, len(slots)-mostSlots):]
}

// record is what is known of a source's slots.
type record struct {
	since   time.Time     // nothing before it was missed
	claimed []stream.Slot // by time
}

// due is what is to be done for a source at a time: nothing, a slot to be claimed
// together with those that it catches up, or an interrupted one to be taken up.
type due struct {
	slot   time.Time   // zero for none
	missed []time.Time // earlier ones that slot's run stands for
	takeUp *stream.Slot
}

func (d due) nothing() bool { return d.slot.IsZero() && d.takeUp == nil }

// due compares the slots that have come with those that were claimed. Slots that
// were claimed for a later time are left out of account: a clock that was set back
// makes them lie ahead, and one that was set far ahead and back must not silence
// the source until then.
func (r *record) due(expression cron.Schedule, now time.Time, wait, window time.Duration, open func(stream.Slot) bool) due {
	until := now.Add(-wait)
	after := now.Add(-window)
	if r.since.After(after) && !r.since.After(now) {
		after = r.since
	}
	var last *stream.Slot
	for i := range r.claimed {
		if !r.claimed[i].At.After(until) {
			last = &r.claimed[i]
		}
	}
	if last != nil && last.At.After(after) {
		after = last.At
	}
	slots := slotsBetween(expression, after, until)
	if n := len(slots); n > 0 {
		return due{slot: slots[n-1], missed: slots[:n-1]}
	}
	if last != nil && open(*last) && last.At.After(now.Add(-window)) {
		return due{takeUp: last}
	}
	return due{}
}
