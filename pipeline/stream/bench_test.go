package stream

import (
	"fmt"
	"testing"
	"time"

	"zhibiao/pipeline"
)

const (
	benchBatch = 500 // observations a message
	benchLot   = 100 // messages a PublishAll
)

// benchBatches makes messages of other ids with the same 500 rows.
func benchBatches(b *testing.B, lots int) [][]Batch {
	one := observationBatches(b, testRows(testOrigin(), benchBatch))[0]
	all := make([][]Batch, lots)
	for i := range all {
		all[i] = make([]Batch, benchLot)
		for j := range all[i] {
			all[i][j] = one
			all[i][j].ID = fmt.Sprintf("%d-%d", i, j)
		}
	}
	return all
}

// BenchmarkObservations publishes observations with every confirmation awaited,
// takes, decodes and acknowledges them: what the broker costs a record on its way.
// Every write is synced.
func BenchmarkObservations(b *testing.B) {
	dir := b.TempDir()
	e, err := StartEmbedded(b.Context(), Config{Dir: dir, MaxStore: 16 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	in := mustIntake(b, e.Broker, LoadObservations, IntakeConfig{})
	lots := benchBatches(b, b.N)
	b.ReportAllocs()
	b.ResetTimer()
	published := make(chan error, 1)
	go func() {
		for _, lot := range lots {
			if err := e.PublishAll(b.Context(), lot); err != nil {
				published <- err
				return
			}
		}
		published <- nil
	}()
	rows := 0
	for range b.N * benchLot {
		message, err := in.Next(b.Context(), time.Minute)
		if err != nil || message == nil {
			b.Fatalf("no message came: %v", err)
		}
		decoded, err := DecodeObservations(message.Payload())
		if err != nil {
			b.Fatal(err)
		}
		rows += len(decoded)
		if err := message.Acknowledge(); err != nil {
			b.Fatal(err)
		}
	}
	if err := <-published; err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "observations/s")
}

// BenchmarkPublishOne is one synced message at a time: what a document waits for.
func BenchmarkPublishOne(b *testing.B) {
	e, err := StartEmbedded(b.Context(), Config{Dir: b.TempDir(), MaxStore: 4 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	payload := make([]byte, 1024)
	for i := 0; b.Loop(); i++ {
		if err := e.Publish(b.Context(), Batch{Subject: "documents.bench", ID: fmt.Sprint(i), Payload: payload}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeObservations(b *testing.B) {
	rows := testRows(testOrigin(), benchBatch)
	b.ReportAllocs()
	bytes := 0
	for b.Loop() {
		bytes = len(observationBatches(b, rows)[0].Payload)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchBatch), "ns/observation")
	b.ReportMetric(float64(bytes)/benchBatch, "bytes/observation")
}

func BenchmarkDecodeObservations(b *testing.B) {
	payload := observationBatches(b, testRows(testOrigin(), benchBatch))[0].Payload
	b.ReportAllocs()
	var rows []pipeline.Observation
	for b.Loop() {
		var err error
		if rows, err = DecodeObservations(payload); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/observation")
}
