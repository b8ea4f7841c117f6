package observe

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"zhibiao/pipeline/stream"
)

// scrapeTimeout bounds what a scrape asks the broker.
const scrapeTimeout = 3 * time.Second

var (
	waitingDesc = prometheus.NewDesc("zhibiao_waiting_messages", "Messages never delivered yet.", []string{"consumer"}, nil)
	inHandDesc  = prometheus.NewDesc("zhibiao_in_hand_messages", "Messages delivered and not settled.", []string{"consumer"}, nil)
	storedDesc  = prometheus.NewDesc("zhibiao_stream_bytes", "Bytes of a stream.", []string{"stream"}, nil)
	limitDesc   = prometheus.NewDesc("zhibiao_stream_limit_bytes", "Bytes that a stream may have; publishing waits beyond.", []string{"stream"}, nil)
	deadDesc    = prometheus.NewDesc("zhibiao_dead_letters", "Messages set aside.", nil, nil)
	upDesc      = prometheus.NewDesc("zhibiao_broker_up", "1 where the broker answers.", nil, nil)
)

// depths asks the broker at each scrape. A broker that does not answer leaves its
// numbers out, rather than freezing them.
type depths struct{ broker *stream.Broker }

func (d *depths) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{waitingDesc, inHandDesc, storedDesc, limitDesc, deadDesc, upDesc} {
		out <- desc
	}
}

func (d *depths) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	all, err := d.broker.Depths(ctx)
	if err != nil {
		gauge(upDesc, 0)
		return
	}
	gauge(upDesc, 1)
	for _, depth := range all {
		gauge(waitingDesc, float64(depth.Waiting), depth.Consumer)
		gauge(inHandDesc, float64(depth.InHand), depth.Consumer)
		gauge(storedDesc, float64(depth.Bytes), depth.Stream)
		gauge(limitDesc, float64(depth.MaxBytes), depth.Stream)
	}
	if dead, err := d.broker.DeadLetters(ctx); err == nil {
		gauge(deadDesc, float64(dead))
	}
}
