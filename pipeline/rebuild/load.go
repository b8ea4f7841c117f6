package rebuild

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/worker"
)

// progressInterval is how often progress is told.
const progressInterval = time.Second

// load gathers what the workers make into large INSERTs, so that memory holds one
// load and one version a worker, whatever the size of the archive.
func (r *running) load(ctx context.Context, made <-chan worker.News) error {
	gathered := gathering{running: r}
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	for {
		select {
		case news, more := <-made:
			if !more {
				if err := ctx.Err(); err != nil {
					return context.Cause(ctx)
				}
				err := gathered.flush(ctx)
				r.tell(gathered.versions)
				return err
			}
			if err := gathered.add(ctx, news); err != nil {
				return err
			}
		case <-ticker.C:
			r.tell(gathered.versions)
		}
	}
}

func (r *running) tell(versions int) {
	r.mu.Lock()
	progress := Progress{
		Lineages: r.report.Lineages, OfLineages: len(r.plan.Chains),
		Versions: versions, OfVersions: r.plan.Versions, Rows: r.report.Rows, Elapsed: r.config.Clock().Sub(r.started),
	}
	r.mu.Unlock()
	r.config.Progress(progress)
}

// gathering is what waits for the next load.
type gathering struct {
	*running
	rows     []pipeline.Observation
	refusals []pipeline.Refusal
	records  []pipeline.Record
	versions int
}

// maxGathered bounds refusals and records of one load.
const maxGathered = 20_000

func (g *gathering) add(ctx context.Context, news worker.News) error {
	for rest := news.Rows; len(rest) > 0; {
		n := min(len(rest), g.config.MaxRows-len(g.rows))
		g.rows = append(g.rows, rest[:n]...)
		rest = rest[n:]
		if len(g.rows) == g.config.MaxRows {
			if err := g.flushRows(ctx); err != nil {
				return err
			}
		}
	}
	g.refusals = append(g.refusals, news.Refusals...)
	g.records = append(g.records, pipeline.Record{Document: &news.Document})
	g.versions++
	if len(g.refusals) < maxGathered && len(g.records) < maxGathered {
		return nil
	}
	return g.flush(ctx)
}

func (g *gathering) flush(ctx context.Context) error {
	if err := g.flushRows(ctx); err != nil {
		return err
	}
	if len(g.refusals) > 0 {
		if err := g.stored(g.config.Records.LoadRefusals(ctx, g.refusals)); err != nil {
			return err
		}
		g.count(func(report *Report) { report.Refusals += uint64(len(g.refusals)) })
		g.refusals = g.refusals[:0]
	}
	if len(g.records) > 0 {
		if err := g.stored(g.config.Records.LoadRecords(ctx, g.records)); err != nil {
			return err
		}
		g.records = g.records[:0]
	}
	return nil
}

func (g *gathering) flushRows(ctx context.Context) error {
	if len(g.rows) == 0 {
		return nil
	}
	if err := g.stored(g.config.Loader.Load(ctx, g.rows)); err != nil {
		return err
	}
	g.count(func(report *Report) { report.Rows += uint64(len(g.rows)) })
	clear(g.rows) // lets go of the readings that the rows point into
	g.rows = g.rows[:0]
	return nil
}

// stored counts rows that can never be stored: they were refused when they were
// first loaded too, and set aside. Any other error ends the rebuild.
func (g *gathering) stored(err error) error {
	var refused *pipeline.RowsError
	if !errors.As(err, &refused) {
		return err
	}
	g.count(func(report *Report) { report.Refused += uint64(len(refused.Failed)) })
	return nil
}

func sortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Lineage, b.Lineage), cmp.Compare(a.Version, b.Version))
	})
}
