package supplement

import (
	"flag"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

var (
	clerks = flag.Int("clerks", 500, "accounts that save drafts at the same time")
	think  = flag.Duration("think", 2*time.Second, "time between two saves of one account")
)

// BenchmarkSaves lets many clerks save drafts on the embedded broker, each a few times
// with time to think in between, and reports how long a save takes to be durable.
func BenchmarkSaves(b *testing.B) {
	e, err := stream.StartEmbedded(b.Context(), stream.Config{Dir: b.TempDir(), MaxStore: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	drafts, err := e.Drafts(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	o := newOffice(b)
	o.config.Drafts = drafts
	const saves = 5
	took := make([][]time.Duration, *clerks)
	for b.Loop() {
		var all sync.WaitGroup
		for i := range *clerks {
			all.Go(func() { took[i] = append(took[i], saveOften(b, o.Desk, i, saves)...) })
		}
		all.Wait()
	}
	flat := slices.Concat(took...)
	slices.Sort(flat)
	b.ReportMetric(float64(flat[len(flat)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(flat[len(flat)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(flat[len(flat)-1].Microseconds())/1000, "worst-ms")
}

func saveOften(b *testing.B, d *Desk, clerk, saves int) []time.Duration {
	region := fmt.Sprint(140100 + clerk)
	by := Actor{Role: County, Region: region}
	draft, err := d.Draft(b.Context(), by, region)
	if err != nil {
		b.Error(err)
		return nil
	}
	var took []time.Duration
	start := time.NewTimer(*think * time.Duration(clerk) / time.Duration(*clerks)) // they do not begin at one moment
	defer start.Stop()
	<-start.C
	ticker := time.NewTicker(*think)
	defer ticker.Stop()
	for n := range saves {
		cell := Cell{brands.Code, region, pipeline.YearPeriod(2020+n, pipeline.End)}
		draft.Answers[cell.String()] = Answer{Typed: fmt.Sprint(n)}
		began := time.Now()
		if draft, err = d.SaveDraft(b.Context(), by, draft); err != nil {
			b.Error(err)
			return took
		}
		took = append(took, time.Since(began))
		<-ticker.C
	}
	return took
}
