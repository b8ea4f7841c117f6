package stream

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap/zaptest"

	"zhibiao/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testStore = 256 << 20

// startEmbedded starts a broker in dir and closes it with the test.
func startEmbedded(t testing.TB, dir string, profile Profile) *Embedded {
	t.Helper()
	e, err := StartEmbedded(t.Context(), Config{Dir: dir, MaxStore: testStore, Profile: profile, Logger: zaptest.NewLogger(t, zaptest.Level(zapWarn))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("closing the broker: %v", err)
		}
	})
	return e
}

// within bounds what a test waits for.
func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func testOrigin() *pipeline.Origin {
	at := time.UnixMilli(1_700_000_000_123).UTC()
	return &pipeline.Origin{
		Source: "nbs-county", Supplier: pipeline.Public, Lineage: pipeline.ContentID("l"), Version: pipeline.ContentID("v"),
		Document: pipeline.HashBody([]byte("body")), FetchedAt: at, KnownAt: at,
		PublishedAt: pipeline.DayStamp(pipeline.DateOf(2024, 3, 1)), Derivation: "d1", DerivationNo: 1,
	}
}

func testRows(origin *pipeline.Origin, n int) []pipeline.Observation {
	rows := make([]pipeline.Observation, n)
	for i := range rows {
		rows[i] = pipeline.Observation{
			Origin: origin, Indicator: "gdp", Region: "140726", Period: pipeline.YearPeriod(2000+i%24, pipeline.Flow),
			Op: pipeline.Assert, Value: fmt.Sprintf("%d.25", i+1), Unit: "亿元", Decimals: 2, HalfWidth: "0.005", Status: pipeline.First,
			Access: pipeline.AccessPublic, RawText: fmt.Sprintf("%d.25", i+1), RawUnit: "亿元", Sign: pipeline.Plus,
			Locator: fmt.Sprintf("table[2]/tr[%d]/td[3]", i), ByteStart: uint32(100 * i), ByteEnd: uint32(100*i + 6),
		}
	}
	return rows
}

func observationBatches(t testing.TB, rows []pipeline.Observation) []Batch {
	t.Helper()
	batches, err := EncodeObservations(rows[0].Origin, rows)
	if err != nil {
		t.Fatal(err)
	}
	return batches
}

// numbered returns n small batches for DOCUMENTS.
func numbered(n int) []Batch {
	batches := make([]Batch, n)
	for i := range batches {
		batches[i] = Batch{Subject: "documents.test", ID: fmt.Sprintf("id-%d", i), Payload: fmt.Appendf(nil, "message %d", i), Rows: 1}
	}
	return batches
}

func mustPublish(t testing.TB, b *Broker, batches ...Batch) {
	t.Helper()
	if err := b.PublishAll(within(t, time.Minute), batches); err != nil {
		t.Fatal(err)
	}
}

func mustNext(t testing.TB, in *Intake) *Message {
	t.Helper()
	message, err := in.Next(within(t, 30*time.Second), 20*time.Second)
	if err != nil || message == nil {
		t.Fatalf("no message came: %v", err)
	}
	return message
}

func mustIntake(t testing.TB, b *Broker, name string, config IntakeConfig) *Intake {
	t.Helper()
	in, err := b.Intake(t.Context(), name, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Stop)
	return in
}
