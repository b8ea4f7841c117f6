package worker

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"zhibiao/internal/contract"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/stream"
)

// BenchmarkCollectUntilLoaded is what somebody waits for who collects a source of
// one changed page: fetched, archived, published, read, published, loaded. The
// reader and the warehouse are fakes; every step is synced to disk.
func BenchmarkCollectUntilLoaded(b *testing.B) { benchmarkPages(b, 1, 10) }

// BenchmarkHundredPages is a night's run: 100 changed pages of 500 numbers.
func BenchmarkHundredPages(b *testing.B) { benchmarkPages(b, 100, 500) }

func benchmarkPages(b *testing.B, pages, numbers int) {
	dir := b.TempDir()
	broker, err := stream.StartEmbedded(b.Context(), stream.Config{Dir: dir + "/broker", MaxStore: 4 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer broker.Close()
	store, err := archive.Open(dir + "/archive")
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	clock := newClock()
	collect, err := NewCollect(b.Context(), store, broker.Broker, clock, zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	warehouse := &contract.Memory{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	transform := NewTransform(store, broker.Broker, rulesOf, testReadings, zap.NewNop(), TransformConfig{})
	load := NewLoad(broker.Broker, warehouse, warehouse, zap.NewNop(), LoadConfig{Quiet: 20 * time.Millisecond})
	go func() { ended <- transform.Run(ctx) }()
	go func() { ended <- load.Run(ctx) }()
	source := &site{pages: map[string]string{}, clock: clock}
	round := 0
	for b.Loop() {
		round++
		for p := range pages {
			var body strings.Builder
			for n := range numbers {
				fmt.Fprintf(&body, "i%d %d\n", n, round*100_000+p)
			}
			source.pages[fmt.Sprint(page, p)] = body.String()
		}
		if _, err := collect.Run(b.Context(), Job{Collector: source, Derivation: testDerivation, Trigger: "bench"}); err != nil {
			b.Fatal(err)
		}
		if err := broker.AwaitIdle(b.Context(), 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*pages*numbers)/b.Elapsed().Seconds(), "observations/s")
	cancel()
	for range 2 {
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
	if got, want := len(warehouse.Observations()), round*pages*numbers; got != want {
		b.Errorf("%d rows, want %d", got, want)
	}
}
