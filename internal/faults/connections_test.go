package faults_test

import (
	"fmt"
	"syscall"
	"time"

	"zhibiao/internal/faults"
)

// rowBrokerCut cuts the connections to the broker between and within messages, and
// takes the broker away for a while.
func rowBrokerCut(t *trial) {
	w := newTown(t, redelivery)
	w.startWorker("transform")
	w.startWorker("load")
	w.underLoad(4, func() {
		switch t.random.IntN(3) {
		case 0:
			w.toBroker.Cut()
		case 1:
			w.cutWithin(w.toBroker, 1+t.random.Int64N(200_000))
		default:
			w.toBroker.Set(faults.Down)
			pause(time.Duration(200+t.random.IntN(3000)) * time.Millisecond)
			w.toBroker.Set(faults.Pass)
		}
	})
	w.awaitIdle(2 * time.Minute)
	w.judge()
}

// cutWithin cuts the connection that carries the byte, if it comes within a second.
func (w *town) cutWithin(p *faults.Proxy, n int64) {
	cuts := p.Cuts()
	p.CutAfter(n)
	if !before(time.Second, func() bool { return p.Cuts() > cuts }) {
		p.Cut()
	}
}

// underLoad lets faults come while two nights are collected.
func (w *town) underLoad(faultsANight int, fault func()) {
	w.Helper()
	c := w.newCollector()
	for night := 1; night <= 2; night++ {
		w.world.SetNight(night)
		collected := c.begin()
		for range faultsANight {
			pause(time.Duration(20+w.random.IntN(500)) * time.Millisecond)
			fault()
			w.Faults++
		}
		w.faultEnded()
		w.check(func() error { return <-collected })
	}
}

// rowAnswersOfBrokerLost lets messages reach the broker and loses its confirmations.
func rowAnswersOfBrokerLost(t *trial) {
	w := newTown(t, redelivery)
	w.startWorker("transform")
	w.startWorker("load")
	w.underLoad(2, func() {
		w.toBroker.Set(faults.Deaf)
		pause(time.Duration(300+t.random.IntN(1500)) * time.Millisecond)
		w.toBroker.Set(faults.Pass)
	})
	w.awaitIdle(2 * time.Minute)
	w.judge()
	depths, err := w.operator.Depths(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var versions uint64
	if err := w.warehouse.Conn().QueryRow(t.Context(), "SELECT count() FROM document FINAL").Scan(&versions); err != nil {
		t.Fatal(err)
	}
	if depths[0].Messages != versions {
		t.Errorf("%d messages of %d versions of documents: what was sent again was stored again", depths[0].Messages, versions)
	}
	t.Note = fmt.Sprintf("%d messages for %d versions of documents", depths[0].Messages, versions)
}

// longestStall is how long a half-open connection may hold up the work.
const longestStall = time.Minute

// rowBrokerHalfOpen leaves the connections to the broker open and silent for ever.
func rowBrokerHalfOpen(t *trial) {
	w := newTown(t, redelivery)
	w.startWorker("transform")
	w.startWorker("load")
	c := w.newCollector()
	collected := c.begin()
	pause(time.Duration(100+t.random.IntN(400)) * time.Millisecond)
	w.toBroker.Freeze()
	w.Faults++
	w.faultEnded()
	w.check(func() error { return <-collected })
	w.awaitIdle(5 * time.Minute)
	if stalled := time.Since(w.last); stalled > longestStall+15*time.Second { // and the work itself
		t.Errorf("half-open connections held up the work for %s", stalled.Round(time.Second))
	}
	w.judge()
}

// rowInsertCut cuts the connection to the warehouse within an insert.
func rowInsertCut(t *trial) {
	w := newTown(t, redelivery)
	w.startWorker("transform")
	w.startWorker("load")
	w.inserts.Plan(w.faultNow(func() faults.InsertFault { return faults.InsertFault{Half: 1 + t.random.IntN(6000)} }, 2))
	w.nightUnderInsertFaults()
}

// rowAnswerOfWarehouseLost lets the warehouse store rows and loses its answer.
func rowAnswerOfWarehouseLost(t *trial) {
	w := newTown(t, redelivery)
	w.startWorker("transform")
	w.startWorker("load")
	w.inserts.Plan(w.faultNow(func() faults.InsertFault { return faults.InsertFault{Lose: true} }, 2))
	w.nightUnderInsertFaults()
}

// faultNow makes a fault happen to so many inserts, the first ones.
func (w *town) faultNow(fault func() faults.InsertFault, times int) func() faults.InsertFault {
	return func() faults.InsertFault {
		if times == 0 {
			return faults.InsertFault{}
		}
		times--
		w.last = time.Now()
		return fault()
	}
}

func (w *town) nightUnderInsertFaults() {
	w.Helper()
	c := w.newCollector()
	w.check(c.run)
	w.awaitIdle(3 * time.Minute)
	_, w.Faults = w.inserts.Seen()
	w.judge()
}

// rowWarehouseHalfOpen is long: an insert without a deadline waits for its answer.
func rowWarehouseHalfOpen(t *trial) {
	w := newTown(t, 0)
	w.startWorker("transform")
	w.startWorker("load")
	c := w.newCollector()
	collected := c.begin()
	eventually(t, time.Minute, "an insert comes by", func() bool { seen, _ := w.inserts.Seen(); return len(seen) > 0 })
	w.toWarehouse.Freeze()
	w.Faults++
	w.faultEnded()
	w.check(func() error { return <-collected })
	w.awaitIdle(8 * time.Minute)
	w.judge()
}

// rowWarehouseAway takes the warehouse away for longer than any timeout on the way.
func rowWarehouseAway(t *trial) {
	w := newTown(t, 0)
	w.startWorker("transform")
	load := w.startWorker("load")
	w.toWarehouse.Set(faults.Down)
	w.Faults++
	outage := 20 * time.Second
	if *long {
		outage = 150 * time.Second // a message is delivered again after 120 s
	}
	began := time.Now()
	c := w.newCollector()
	w.check(c.run)
	eventually(t, time.Minute, "the loader says that it is not ready", func() bool { code, _ := load.ready(); return code == 503 })
	pause(outage - time.Since(began))
	w.toWarehouse.Set(faults.Pass)
	w.faultEnded()
	w.awaitIdle(3 * time.Minute)
	w.judge()
	t.Note = fmt.Sprintf("away for %s", outage)
}

// refusals are answers of a server that say nothing of the rows, or that it is not set
// up for them; none may make a dead letter (promise 5).
var refusals = []faults.InsertFault{
	{Code: 252, Name: "TOO_MANY_PARTS"}, {Code: 241, Name: "MEMORY_LIMIT_EXCEEDED"}, {Code: 242, Name: "TABLE_IS_READ_ONLY"},
	{Code: 201, Name: "QUOTA_EXCEEDED"}, {Code: 243, Name: "NOT_ENOUGH_SPACE"}, {Code: 159, Name: "TIMEOUT_EXCEEDED"},
	{Code: 202, Name: "TOO_MANY_SIMULTANEOUS_QUERIES"}, {Code: 999, Name: "KEEPER_EXCEPTION"}, {Code: 1002, Name: "UNKNOWN_EXCEPTION"},
	{Code: 54321, Name: "A_CODE_OF_TOMORROW"}, {Code: 60, Name: "UNKNOWN_TABLE"}, {Code: 516, Name: "AUTHENTICATION_FAILED"},
	{Code: 497, Name: "ACCESS_DENIED"}, {Code: 164, Name: "READONLY"}, {Code: 117, Name: "INCORRECT_DATA"},
}

// loaded are the tables of the loader.
var loaded = []string{"observation", "refusal", "document", "confirmation", "run"}

// leastPause is what lies between two inserts of a process that is refused.
const leastPause = 4900 * time.Millisecond

// rowWarehouseRefuses answers every insert with one error for a while.
func rowWarehouseRefuses(t *trial) {
	w := newTown(t, 0)
	w.inserts = faults.NewInserts(loaded...)
	w.toWarehouse.Watch(w.inserts.Filter)
	w.startWorker("transform")
	load := w.startWorker("load")
	refusal := refusals[int(t.seed)%len(refusals)]
	w.inserts.Plan(func() faults.InsertFault { return refusal })
	c := w.newCollector()
	w.check(c.run)
	again := func() []time.Time { // those that did not begin before the first was refused
		times, _ := w.inserts.Seen()
		for len(times) > 1 && times[1].Sub(times[0]) < time.Second {
			times = times[1:]
		}
		return times
	}
	eventually(t, 2*time.Minute, "the insert is refused twice", func() bool { return len(again()) >= 2 })
	eventually(t, time.Minute, "the loader says that it is not ready", func() bool { code, _ := load.ready(); return code == 503 })
	_, done := w.inserts.Seen()
	times := again()
	w.inserts.Plan(nil)
	w.Faults = done
	w.faultEnded()
	w.awaitIdle(4 * time.Minute)
	w.judge()
	t.Note = fmt.Sprintf("%d %s, %d inserts refused", refusal.Code, refusal.Name, done)
	if refusal.Name == "INCORRECT_DATA" {
		return // the rows are halved to find the guilty one, at once
	}
	for i := 1; i < len(times); i++ {
		if gap := times[i].Sub(times[i-1]); gap < leastPause {
			t.Errorf("two inserts within %s of a server that refuses them", gap)
		}
	}
}

// rowRedeliveries delivers again what a slow loader still has in hand, and lets the
// same batches come in other orders to two of them.
func rowRedeliveries(t *trial) {
	w := newTown(t, time.Second)
	w.startWorker("transform")
	w.startWorker("load")
	w.startWorker("load")
	w.toWarehouse.Set(faults.Slowly)
	c := w.newCollector()
	w.check(c.run)
	again := 0
	eventually(t, 2*time.Minute, "messages are delivered again", func() bool {
		depths, err := w.operator.Depths(t.Context())
		if err != nil {
			return false
		}
		for _, d := range depths {
			again = max(again, d.Again)
		}
		return again >= 5
	})
	pause(3 * time.Second)
	w.toWarehouse.Set(faults.Pass)
	w.Faults = again
	w.faultEnded()
	w.awaitIdle(3 * time.Minute)
	w.judge()
}

// rowPaused stops the loader for longer than messages wait for it, while a second one
// takes over, and lets it go on with what it had in hand.
func rowPaused(t *trial) {
	w := newTown(t, redelivery)
	w.startWorker("transform")
	stopped := w.startWorker("load")
	other := w.startWorker("load")
	w.toWarehouse.Set(faults.Slowly)
	c := w.newCollector()
	collected := c.begin()
	eventually(t, time.Minute, "an insert comes by", func() bool { seen, _ := w.inserts.Seen(); return len(seen) > 0 })
	stopped.signal(syscall.SIGSTOP)
	w.Faults++
	w.toWarehouse.Set(faults.Pass)
	w.check(func() error { return <-collected })
	pause(3 * redelivery)
	stopped.signal(syscall.SIGCONT)
	w.faultEnded()
	w.awaitIdle(2 * time.Minute)
	w.judge()
	stopped.drain()
	other.drain()
}
