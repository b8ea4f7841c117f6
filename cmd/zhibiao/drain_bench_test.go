package main

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
	"zhibiao/pipeline/worker"
)

// The sizes of the benchmarks of delivery, as in
// go test ./cmd/zhibiao -run '^$' -bench 'Drain$' -benchtime 3x -drain.observations 2000000
var (
	drainObservations = flag.Int("drain.observations", 1_000_000, "observations that BenchmarkDrain loads from the broker")
	drainMemory       = flag.Int("drain.memory", 0, "observations that BenchmarkDrainMemory loads, such as 10000000; 0 leaves it out")
)

// BenchmarkDrain takes observations that wait in the broker to rows in the warehouse,
// every message acknowledged after its rows are durable: by the loading loop, and by
// the least loop that a person would write by hand with the same codec, client, record
// and promises. The ratio must stay above 0.7.
func BenchmarkDrain(b *testing.B) {
	d := newDrain(b)
	var ours, byHand cost
	for b.Loop() {
		ours.add(d.run(*drainObservations, d.byLoader))
		byHand.add(d.run(*drainObservations, d.byHand))
	}
	total := float64(b.N * *drainObservations)
	ours.report(b, "", total)
	byHand.report(b, "hand_", total)
	b.ReportMetric(byHand.time.Seconds()/ours.time.Seconds(), "ratio")
}

// BenchmarkDrainMemory loads many observations, all of which wait in the broker before
// the first is loaded, and tells the most memory that each process had.
func BenchmarkDrainMemory(b *testing.B) {
	if *drainMemory == 0 {
		b.Skip("it is asked for with -drain.memory 10000000")
	}
	boundMemory()
	d := newDrain(b)
	var spent cost
	for b.Loop() {
		spent.add(d.run(*drainMemory, d.byLoader))
	}
	spent.report(b, "", float64(b.N**drainMemory))
	own, engine := memoryPeak(b)
	b.ReportMetric(own/(1<<20), "own_MiB")
	b.ReportMetric(engine/(1<<20), "engine_MiB")
	b.ReportMetric((own+engine)/(1<<30), "GiB")
}

// drain is an open warehouse with the readings of real pages to fill brokers with.
type drain struct {
	b     *testing.B
	w     *worldRun
	pages [][]pipeline.Observation
}

const (
	drainCounties = 300 // whose pages are read
	drainPages    = 8   // of them make one document, of some 800 rows
)

func newDrain(b *testing.B) *drain {
	d := &drain{b: b, w: startWorldOf(b, statsite.Config{Seed: demoSeed, Regions: someCounties(b, drainCounties), FirstYear: 2004, LastYear: 2024})}
	d.w.collect(statsite.SourceYearbook)
	store, err := d.w.app.archive()
	if err != nil {
		b.Fatal(err)
	}
	for _, row := range d.w.ask(`SELECT version FROM document WHERE observations > 50 ORDER BY version`) {
		doc, err := store.Document(b.Context(), row[0])
		if err != nil {
			b.Fatal(err)
		}
		reader, rules, _, err := d.w.app.rulesOf()(b.Context(), doc)
		if err != nil {
			b.Fatal(err)
		}
		reading, err := reader.Read(doc, rules)
		if err != nil {
			b.Fatal(err)
		}
		d.pages = append(d.pages, reading.Observations)
	}
	if len(d.pages) < drainCounties {
		b.Fatalf("%d pages of %d counties were read", len(d.pages), drainCounties)
	}
	d.w.line.close() // it would load what the brokers below are filled with
	return d
}

// document returns the rows of document n, each a document of its own.
func (d *drain) document(n int) []pipeline.Observation {
	var rows []pipeline.Observation
	for i := range drainPages {
		rows = append(rows, d.pages[(n*drainPages+i)%len(d.pages)]...)
	}
	origin := *d.pages[0][0].Origin
	origin.Lineage = pipeline.LineageID(origin.Source, "GET", fmt.Sprintf("http://yearbook.stats.example/nj/%d.html", n), nil)
	origin.Document = pipeline.HashBody(fmt.Append(nil, n))
	origin.Version = pipeline.VersionID(origin.Source, origin.Lineage, origin.Document, "", origin.Derivation)
	origin.FetchedAt = origin.FetchedAt.Add(time.Duration(n) * time.Second)
	origin.KnownAt = origin.FetchedAt
	for i := range rows {
		rows[i].Origin = &origin
	}
	return rows
}

// fill publishes observations, as the transforming loop does.
func (d *drain) fill(broker *stream.Broker, observations int) {
	d.b.Helper()
	const lot = 50 // documents
	for n, left := 0, observations; left > 0; {
		var batches []stream.Batch
		for ; len(batches) < lot && left > 0; n++ {
			rows := d.document(n)
			rows = rows[:min(len(rows), left)]
			left -= len(rows)
			encoded, err := stream.EncodeObservations(rows[0].Origin, rows)
			if err != nil {
				d.b.Fatal(err)
			}
			batches = append(batches, encoded...)
		}
		if err := broker.PublishAll(d.b.Context(), batches); err != nil {
			d.b.Fatal(err)
		}
	}
}

// run fills a broker, empties the table, and measures one way to load it all.
func (d *drain) run(observations int, load func(*stream.Embedded, int)) cost {
	d.b.Helper()
	broker, err := stream.StartEmbedded(d.b.Context(), stream.Config{Dir: d.b.TempDir(), MaxStore: 16 << 30})
	if err != nil {
		d.b.Fatal(err)
	}
	defer broker.Close()
	d.fill(broker.Broker, observations)
	w, err := d.w.app.warehouse(d.b.Context())
	if err != nil {
		d.b.Fatal(err)
	}
	if err := w.Conn().Exec(d.b.Context(), "TRUNCATE TABLE observation SYNC"); err != nil {
		d.b.Fatal(err)
	}
	before := costSince(d.b)
	load(broker, observations)
	spent := before()
	if stored := d.w.ask("SELECT toString(count()) FROM observation")[0][0]; stored != fmt.Sprint(observations) {
		d.b.Fatalf("%s rows are stored, want %d", stored, observations)
	}
	return spent
}

// byLoader is what a zhibiao does.
func (d *drain) byLoader(broker *stream.Embedded, _ int) {
	ctx, cancel := context.WithCancel(d.b.Context())
	defer cancel()
	loader, err := d.w.app.loader(ctx)
	if err != nil {
		d.b.Fatal(err)
	}
	loop := worker.NewLoad(broker.Broker, loader, loader, zap.NewNop(), worker.LoadConfig{Quiet: quiet})
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(ctx) }()
	if err := broker.AwaitIdle(ctx, time.Minute); err != nil {
		d.b.Fatal(err)
	}
	cancel()
	if err := <-ended; err != nil {
		d.b.Fatal(err)
	}
}
