package observe

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// Metrics counts what the pipeline does. Labels are few: the stage or stream, the
// source, the outcome; never a region, a document or a user. It implements
// stream.Observer.
type Metrics struct {
	registry *prometheus.Registry

	deliveries  *prometheus.CounterVec
	published   *prometheus.HistogramVec
	rows        *prometheus.CounterVec
	loads       *prometheus.HistogramVec
	documents   *prometheus.CounterVec
	runs        *prometheus.CounterVec
	lastSuccess *prometheus.GaugeVec
	healthy     *prometheus.GaugeVec
	alerts      *prometheus.CounterVec
}

// Outcomes of runs and loads.
const (
	outcomeDone   = "done"
	outcomeFailed = "failed"
)

// NewMetrics makes metrics with a registry of their own.
func NewMetrics(version string) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "zhibiao", Name: name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "zhibiao", Name: name, Help: help}, labels)
	}
	seconds := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "zhibiao", Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(0.001, 4, 9), // 1 ms to 66 s
		}, labels)
	}
	m := &Metrics{
		registry:    prometheus.NewRegistry(),
		deliveries:  counter("deliveries_total", "Messages that a worker settled.", "consumer", "outcome"),
		published:   seconds("publish_seconds", "From sending a message to its confirmation, repetitions included.", "kind"),
		rows:        counter("loaded_rows_total", "Rows given to the warehouse.", "table", "outcome"),
		loads:       seconds("load_seconds", "One load of a batch into the warehouse.", "table", "outcome"),
		documents:   counter("documents_total", "Documents collected.", "source", "outcome"),
		runs:        counter("runs_total", "Runs of sources.", "source", "outcome"),
		lastSuccess: gauge("source_last_success_timestamp_seconds", "End of the last run without failures.", "source"),
		healthy:     gauge("check_healthy", "1 where a check of /readyz is well.", "check"),
		alerts:      counter("alerts_total", "Alerts sent.", "channel", "outcome"),
	}
	build := gauge("build_info", "1, with the version.", "version")
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(m.deliveries, m.published, m.rows, m.loads, m.documents, m.runs, m.lastSuccess, m.healthy, m.alerts, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler answers with all metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Published implements stream.Observer.
func (m *Metrics) Published(kind string, took time.Duration) {
	m.published.WithLabelValues(kind).Observe(took.Seconds())
}

// Settled implements stream.Observer.
func (m *Metrics) Settled(consumer, outcome string) {
	m.deliveries.WithLabelValues(consumer, outcome).Inc()
}

// Ran counts a run of a source.
func (m *Metrics) Ran(run pipeline.Run, err error) {
	m.documents.WithLabelValues(run.Source, "new").Add(float64(run.New))
	m.documents.WithLabelValues(run.Source, "confirmed").Add(float64(run.Confirmed))
	if err != nil || len(run.Failures) > 0 {
		m.runs.WithLabelValues(run.Source, outcomeFailed).Inc()
		return
	}
	m.runs.WithLabelValues(run.Source, outcomeDone).Inc()
	m.Succeeded(run.Source, run.FinishedAt)
}

// Succeeded says when a source's last run without failures ended.
func (m *Metrics) Succeeded(source string, at time.Time) {
	m.lastSuccess.WithLabelValues(source).Set(float64(at.Unix()))
}

// Found shows the findings of a look.
func (m *Metrics) Found(findings []Finding) {
	for _, f := range findings {
		value := 1.0
		if f.Problem != "" {
			value = 0
		}
		m.healthy.WithLabelValues(f.Name).Set(value)
	}
}

func (m *Metrics) alerted(channel string, err error) {
	outcome := outcomeDone
	if err != nil {
		outcome = outcomeFailed
	}
	m.alerts.WithLabelValues(channel, outcome).Inc()
}

// WatchBroker adds what waits at a broker, asked at each scrape.
func (m *Metrics) WatchBroker(b *stream.Broker) { m.registry.MustRegister(&depths{b}) }

// WatchDisk adds the free and all bytes of a disk.
func (m *Metrics) WatchDisk(d Disk) {
	value := func(name, help string, pick func(free, total uint64) uint64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "zhibiao", Name: name, Help: help}, func() float64 {
			free, total, err := d.Space()
			if err != nil {
				return -1
			}
			return float64(pick(free, total))
		})
	}
	m.registry.MustRegister(
		value("disk_free_bytes", "Free space of the data folder's disk.", func(free, _ uint64) uint64 { return free }),
		value("disk_total_bytes", "Size of the data folder's disk.", func(_, total uint64) uint64 { return total }),
	)
}

// WatchRestarts adds how often the embedded engine was restarted.
func (m *Metrics) WatchRestarts(restarts func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "zhibiao", Name: "engine_restarts_total", Help: "Restarts of the embedded warehouse engine.",
	}, func() float64 { return float64(restarts()) }))
}

// loader counts what goes through a loader.
type loader struct {
	next    pipeline.Loader
	records pipeline.RecordLoader
	metrics *Metrics
}

// Loader returns a loader that does what next and records do, and counts it.
func (m *Metrics) Loader(next pipeline.Loader, records pipeline.RecordLoader) interface {
	pipeline.Loader
	pipeline.RecordLoader
} {
	return &loader{next, records, m}
}

func (l *loader) Load(ctx context.Context, batch []pipeline.Observation) error {
	return l.counted("observation", len(batch), func() error { return l.next.Load(ctx, batch) })
}

func (l *loader) LoadRefusals(ctx context.Context, batch []pipeline.Refusal) error {
	return l.counted("refusal", len(batch), func() error { return l.records.LoadRefusals(ctx, batch) })
}

func (l *loader) LoadRecords(ctx context.Context, batch []pipeline.Record) error {
	return l.counted("record", len(batch), func() error { return l.records.LoadRecords(ctx, batch) })
}

func (l *loader) counted(table string, rows int, load func() error) error {
	start := time.Now()
	err := load()
	outcome, refused := outcomeDone, 0
	var some *pipeline.RowsError
	switch {
	case errors.As(err, &some):
		refused = len(some.Failed)
	case err != nil:
		outcome = outcomeFailed
	}
	l.metrics.loads.WithLabelValues(table, outcome).Observe(time.Since(start).Seconds())
	l.metrics.rows.WithLabelValues(table, outcome).Add(float64(rows - refused))
	if refused > 0 {
		l.metrics.rows.WithLabelValues(table, "refused").Add(float64(refused))
	}
	return err
}
