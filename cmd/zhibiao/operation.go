package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"zhibiao/pipeline"
	"zhibiao/pipeline/observe"
	"zhibiao/portal"
)

// brokerSettings say which broker is used and how a process signs in there.
type brokerSettings struct {
	URL      string `yaml:"url"`       // of a NATS cluster; "" for the embedded broker
	Replicas int    `yaml:"replicas"`  // of streams on a cluster
	MaxStore int64  `yaml:"max_store"` // bytes that the streams share
	SeedFile string `yaml:"seed_file"` // nkey seed, mode 0600
	CAFile   string `yaml:"ca_file"`   // certificates that sign the broker's
}

// operationSettings are what an operator sets for health, alerts and logs.
type operationSettings struct {
	Observe struct {
		// Listen is the loopback address of /healthz, /readyz and /metrics of serve and
		// work; a free port by default, "off" for none.
		Listen string `yaml:"listen"`
		// Grace is how late a source's run may be before it is told; 6 hours.
		Grace   time.Duration `yaml:"grace"`
		Tracing struct {
			Exporter string   `yaml:"exporter"` // stdout (standard error) or otlp; none by default
			Endpoint string   `yaml:"endpoint"` // of otlp, such as http://127.0.0.1:4318
			Sample   *float64 `yaml:"sample"`   // part of the documents; 1
		} `yaml:"tracing"`
	} `yaml:"observe"`

	Log struct {
		Level string `yaml:"level"` // debug, info, warn or error; warn
	} `yaml:"log"`

	Disk struct {
		Percent *int    `yaml:"percent"` // free space below which serve and work stop collecting; 15
		Bytes   *uint64 `yaml:"bytes"`   // or below which; 5 GiB
	} `yaml:"disk"`

	Alerts struct {
		Every   time.Duration `yaml:"every"`  // between two looks; 1m
		After   int           `yaml:"after"`  // looks in a row that find it; 2
		Repeat  time.Duration `yaml:"repeat"` // while it lasts; 24h
		Webhook struct {
			URL       string `yaml:"url"`
			TokenFile string `yaml:"token_file"`
		} `yaml:"webhook"`
		Mail struct {
			Server       string   `yaml:"server"` // host:port
			TLS          string   `yaml:"tls"`    // starttls, implicit or none
			CAFile       string   `yaml:"ca_file"`
			From         string   `yaml:"from"`
			To           []string `yaml:"to"`
			User         string   `yaml:"user"`
			PasswordFile string   `yaml:"password_file"`
		} `yaml:"mail"`
	} `yaml:"alerts"`
}

const (
	observeOff     = "off"
	defaultGrace   = 6 * time.Hour
	defaultPercent = 15
	defaultBytes   = 5 << 30
)

func (s operationSettings) check(problem func(format string, args ...any)) {
	if s.Observe.Listen != "" && s.Observe.Listen != observeOff && portal.CheckAddress(s.Observe.Listen) != nil {
		problem("observe.listen: %q is not a loopback address with a port, such as 127.0.0.1:9420, nor off", s.Observe.Listen)
	}
	switch t := s.Observe.Tracing; {
	case t.Exporter != "" && t.Exporter != "stdout" && t.Exporter != "otlp":
		problem("observe.tracing.exporter: %q is not stdout or otlp", t.Exporter)
	case t.Exporter == "otlp" && t.Endpoint == "":
		problem("observe.tracing.endpoint: otlp needs one, such as http://127.0.0.1:4318")
	case t.Sample != nil && (*t.Sample < 0 || *t.Sample > 1):
		problem("observe.tracing.sample: %v is not between 0 and 1", *t.Sample)
	}
	if _, err := s.logLevel(); err != nil {
		problem("log.level: %q is not debug, info, warn or error", s.Log.Level)
	}
	if p := s.Disk.Percent; p != nil && (*p < 0 || *p > 99) {
		problem("disk.percent: %d is not between 0 and 99", *p)
	}
	if s.Alerts.Every < 0 || s.Alerts.Repeat < 0 || s.Alerts.After < 0 || s.Observe.Grace < 0 {
		problem("alerts.every, alerts.after, alerts.repeat, observe.grace: none may be negative")
	}
	if hook := s.Alerts.Webhook.URL; hook != "" {
		if u, err := url.Parse(hook); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			problem("alerts.webhook.url: it is not an address that begins with http:// or https://")
		}
	}
	if m := s.Alerts.Mail; m.Server != "" {
		if _, _, err := net.SplitHostPort(m.Server); err != nil || m.From == "" || len(m.To) == 0 {
			problem("alerts.mail: want server as host:port, from, and at least one address in to")
		}
		if m.TLS != "" && m.TLS != observe.TLSStart && m.TLS != observe.TLSImplicit && m.TLS != observe.TLSNone {
			problem("alerts.mail.tls: %q is not starttls, implicit or none", m.TLS)
		}
		if (m.User == "") != (m.PasswordFile == "") {
			problem("alerts.mail: user and password_file go together")
		}
	}
}

// logLevel is from which level on is logged.
func (s operationSettings) logLevel() (zapcore.Level, error) {
	if s.Log.Level == "" {
		return zapcore.WarnLevel, nil
	}
	level, err := zapcore.ParseLevel(s.Log.Level)
	if err == nil && level > zapcore.ErrorLevel {
		err = errors.New("error is the highest level")
	}
	return level, err
}

func (s operationSettings) grace() time.Duration {
	if s.Observe.Grace > 0 {
		return s.Observe.Grace
	}
	return defaultGrace
}

// disk returns the guard of a folder's disk.
func (s operationSettings) disk(dir string) observe.Disk {
	d := observe.Disk{Dir: dir, Percent: defaultPercent, Bytes: defaultBytes}
	if s.Disk.Percent != nil {
		d.Percent = *s.Disk.Percent
	}
	if s.Disk.Bytes != nil {
		d.Bytes = *s.Disk.Bytes
	}
	return d
}

// channels are where alerts go.
func (s operationSettings) channels() []observe.Channel {
	var all []observe.Channel
	if h := s.Alerts.Webhook; h.URL != "" {
		all = append(all, observe.Webhook{URL: h.URL, TokenFile: h.TokenFile})
	}
	if m := s.Alerts.Mail; m.Server != "" {
		all = append(all, observe.Mail{Server: m.Server, TLS: m.TLS, CAFile: m.CAFile, From: m.From, To: m.To, User: m.User, PasswordFile: m.PasswordFile})
	}
	return all
}

// operation is what a long-running process shows of itself while it runs.
type operation struct {
	app     *app
	ready   *observe.Health // of /readyz
	pages   net.Listener    // nil where they are off
	watcher *observe.Watcher
	stop    func() error // of tracing
}

// operate prepares health pages, alerts and traces; name tells processes on one
// folder apart. close must be called.
func (a *app) operate(ctx context.Context, name string, l *line, traces io.Writer) (*operation, error) {
	if err := a.settings.checkAlertFiles(); err != nil {
		return nil, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	broker, err := a.broker(ctx)
	if err != nil {
		return nil, err
	}
	a.metrics.WatchBroker(broker)
	ready := a.checks(l)
	o := &operation{app: a, ready: observe.NewHealth(ready...)}
	if disk := a.guarding; disk != nil {
		a.metrics.WatchDisk(*disk)
	}
	if a.engineRun != nil {
		a.metrics.WatchRestarts(a.engineRun.Restarts)
	}
	s := a.settings.Operation
	watched := append(ready, a.deadCheck(), a.stoppedCheck(), a.roomCheck(), a.reconciliationCheck(), observe.Check{Name: "latest values", Look: a.checkStanding})
	if len(a.roles) == 0 { // workers do not see the heads of lineages
		watched = append(watched, a.heldCheck())
	}
	o.watcher, err = observe.NewWatcher(observe.Alerts{
		Every: s.Alerts.Every, After: s.Alerts.After, Repeat: s.Alerts.Repeat,
		File: filepath.Join(a.dir, "alerts-"+name+".json"), Host: hostName(), Channels: s.channels(), Log: a.log, Metrics: a.metrics, Clock: now,
	}, observe.NewHealth(watched...))
	if err != nil {
		return nil, environment("preparing alerts", err)
	}
	sample := 1.0
	if s.Observe.Tracing.Sample != nil {
		sample = *s.Observe.Tracing.Sample
	}
	o.stop, err = observe.StartTracing(ctx, observe.Tracing{Exporter: s.Observe.Tracing.Exporter, Endpoint: s.Observe.Tracing.Endpoint, Sample: sample}, traces)
	if err != nil {
		return nil, environment("preparing traces", err)
	}
	if s.Observe.Listen == observeOff {
		return o, nil
	}
	address := s.Observe.Listen
	if address == "" {
		address = "127.0.0.1:0"
	}
	if o.pages, err = observe.Listen(ctx, address); err != nil {
		return nil, errors.Join(environment("opening the health pages", err), o.stop())
	}
	return o, nil
}

// run serves the pages and sends the alerts until ctx ends.
func (o *operation) run(ctx context.Context) error {
	return runUntilFirst(ctx, o.watcher.Run, func(ctx context.Context) error {
		if o.pages == nil {
			return nil
		}
		return observe.Serve(ctx, o.pages, o.ready, o.app.metrics)
	})
}

// address is where the pages are, "" where they are off.
func (o *operation) address() string {
	if o.pages == nil {
		return ""
	}
	return o.pages.Addr().String()
}

// close sends the traces that are left; a listener that was never served is closed.
func (o *operation) close() {
	if o.pages != nil {
		_ = o.pages.Close() // closed already after run
	}
	if err := o.stop(); err != nil {
		o.app.log.Warn("the last traces were not sent", zap.Error(err))
	}
}
