package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/term"

	"zhibiao/collectors/supplement"
	"zhibiao/configs"
	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/observe"
	"zhibiao/pipeline/stream"
	"zhibiao/warehouse"
	"zhibiao/warehouse/engine"
	"zhibiao/warehouse/libchdb"
)

// app is an open data folder. Its parts are opened when they are first asked
// for, each once, and closed together in reverse order. It is safe for
// concurrent use.
type app struct {
	dir      string
	settings settings
	log      *zap.Logger
	set      *configs.Set
	metrics  *observe.Metrics
	guarding *observe.Disk // whose space collecting minds; nil for none
	roles    []stream.Role // of a worker; none is the operator, who does everything

	mu        sync.Mutex
	closers   []func() error
	archived  *archive.Archive
	broking   *stream.Broker
	embedded  *stream.Embedded // nil for an external broker
	engineRun *engine.Engine   // nil for an external warehouse
	writing   *warehouse.Warehouse
	migrated  bool
	loading   *warehouse.Warehouse // nil for an external warehouse
	reading   *warehouse.Warehouse
	running   *line // of a serve

	desking sync.Mutex
	atDesk  *supplement.Desk // that all of a process share: its signals reach one
}

// newApp loads the configuration; nothing is started yet.
func newApp(dir string, s settings, stderr io.Writer) (*app, error) {
	set, err := loadConfigs(s)
	if err != nil {
		return nil, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	level, err := s.Operation.logLevel()
	if err != nil {
		return nil, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	return &app{dir: dir, settings: s, log: newLogger(stderr, level), set: set, metrics: observe.NewMetrics(version)}, nil
}

// loadConfigs reads the bundled catalogue and sources, with the settings' own
// sources laid over them.
func loadConfigs(s settings) (*configs.Set, error) {
	files := configs.Default()
	if s.Sources != "" {
		if _, err := os.Stat(s.Sources); err != nil {
			return nil, fmt.Errorf("%s: sources: %w", s.path, err)
		}
		files = configs.Overlay(files, os.DirFS(s.Sources))
	}
	return configs.Load(files)
}

// newLogger writes JSON, or lines for a person on a terminal.
func newLogger(stderr io.Writer, level zapcore.Level) *zap.Logger {
	config := zap.NewProductionEncoderConfig()
	config.EncodeTime = zapcore.RFC3339TimeEncoder
	encoder := zapcore.NewJSONEncoder(config)
	if file, ok := stderr.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		encoder = zapcore.NewConsoleEncoder(zap.NewDevelopmentEncoderConfig())
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(stderr)), level))
}

// archiveDir is where the archive is.
func (a *app) archiveDir() string {
	if dir := a.settings.Archive.Dir; dir != "" {
		return dir
	}
	return filepath.Join(a.dir, "archive")
}

// archive opens the archive.
func (a *app) archive() (*archive.Archive, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.archived != nil {
		return a.archived, nil
	}
	opened, err := archive.Open(a.archiveDir())
	if err != nil {
		return nil, environment("opening the archive", err)
	}
	a.archived = opened
	a.closers = append(a.closers, opened.Close)
	return opened, nil
}

// broker starts the embedded broker or connects to the one of the settings.
func (a *app) broker(ctx context.Context) (*stream.Broker, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broking != nil {
		return a.broking, nil
	}
	if a.settings.Broker.URL != "" {
		return a.connectBroker(ctx)
	}
	started, err := stream.StartEmbedded(ctx, stream.Config{
		Dir:      filepath.Join(a.dir, "broker"),
		MaxStore: a.settings.Broker.MaxStore,
		Profile:  a.settings.DeadLetters.profile(stream.Profile{}),
		Logger:   a.log,
	})
	if err != nil {
		return nil, environment("starting the broker", err)
	}
	a.embedded, a.broking = started, started.Broker
	a.closers = append(a.closers, started.Close)
	started.Observe(a.metrics)
	return a.broking, nil
}

// brokerPatience is how long a command waits for a broker elsewhere.
const brokerPatience = 15 * time.Second

// connectBroker connects to the broker of the settings, as what this process is.
func (a *app) connectBroker(ctx context.Context) (*stream.Broker, error) {
	s := a.settings.Broker
	access := stream.Access{URL: s.URL, SeedFile: s.SeedFile, CAFile: s.CAFile, Roles: a.roles}
	options, err := access.Options()
	if err != nil {
		return nil, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	profile := a.settings.DeadLetters.profile(stream.Profile{Replicas: max(s.Replicas, 1), MaxStore: s.MaxStore, OnlyCheck: access.OnlyChecks()})
	if len(a.roles) == 0 { // a worker waits for its broker, a person does not
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, min(brokerPatience, a.settings.patience()))
		defer cancel()
	}
	connected, err := stream.Connect(ctx, s.URL, profile, a.log, options...)
	if errors.Is(err, context.DeadlineExceeded) {
		err = pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("%w; start the broker, or mend broker.url", err))
	}
	if err != nil {
		return nil, err
	}
	a.broking = connected
	a.closers = append(a.closers, connected.Close)
	connected.Observe(a.metrics)
	return connected, nil
}

// bareWarehouse opens the warehouse for writing, whatever state its tables are in.
func (a *app) bareWarehouse(ctx context.Context) (*warehouse.Warehouse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.openWriting(ctx)
}

// warehouse opens the warehouse for writing, with its tables and dimensions up to
// date.
func (a *app) warehouse(ctx context.Context) (*warehouse.Warehouse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.openMigrated(ctx)
}

// reader opens the warehouse for reading only.
func (a *app) reader(ctx context.Context) (*warehouse.Warehouse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.reading != nil {
		return a.reading, nil
	}
	if _, err := a.openMigrated(ctx); err != nil {
		return nil, err
	}
	if server := a.settings.Warehouse; server.URL != "" {
		if server.Reader.User == "" {
			a.reading = a.writing // the account of the settings decides
			return a.reading, nil
		}
		password, err := readPassword(server.Reader.PasswordFile)
		if err != nil {
			return nil, err
		}
		a.reading, err = a.connect(ctx, server.URL, server.Reader.User, password)
		return a.reading, err
	}
	accounts, err := engine.LoadAccounts(a.accountsFile())
	if err != nil {
		return nil, environment("reading the accounts", err)
	}
	opened, err := a.connect(ctx, a.engineURL(), "reader", accounts.Reader.Password)
	a.reading = opened
	return opened, err
}

// publicReader is the reader for what other people see: it must be an account that
// sees public rows only.
func (a *app) publicReader(ctx context.Context) (*warehouse.Warehouse, error) {
	if server := a.settings.Warehouse; server.URL != "" && server.Reader.User == "" {
		return nil, pipeline.WithExit(pipeline.ExitEnvironment, errors.New(
			"warehouse.reader is not set, so the pages show no numbers: name the server's account that sees public rows only (zhibiao migrate --accounts prints the SQL that makes it)"))
	}
	return a.reader(ctx)
}

func readPassword(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("reading the warehouse's password: %w", err))
	}
	return strings.TrimSpace(string(text)), nil
}

// loader opens the warehouse for loading: the account may insert into the tables of
// the loader and read them.
func (a *app) loader(ctx context.Context) (*clickhouse.Loader, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w, err := a.openMigrated(ctx)
	if err != nil {
		return nil, err
	}
	if a.engineRun != nil && a.loading == nil {
		accounts, err := engine.LoadAccounts(a.accountsFile())
		if err != nil {
			return nil, environment("reading the accounts", err)
		}
		if a.loading, err = a.connect(ctx, a.engineURL(), "loader", accounts.Loader.Password); err != nil {
			return nil, err
		}
	}
	if a.loading != nil {
		w = a.loading
	}
	return clickhouse.New(w.Conn()), nil // a server's own accounts decide
}

func (a *app) engineURL() string { return "clickhouse://" + a.engineRun.TCPAddr() }

func (a *app) openMigrated(ctx context.Context) (*warehouse.Warehouse, error) {
	w, err := a.openWriting(ctx)
	if err != nil || a.migrated {
		return w, err
	}
	if _, err := w.Migrate(ctx); err != nil {
		return nil, fmt.Errorf("bringing the warehouse's tables up to date: %w", err)
	}
	if err := w.LoadDimensions(ctx, a.set.Indicators(), a.set.Regions(), a.set.Sources()); err != nil {
		return nil, fmt.Errorf("loading the dimensions: %w", err)
	}
	if err := w.LoadPrecedence(ctx, a.set.Precedence()); err != nil {
		return nil, fmt.Errorf("loading the rules of precedence: %w", err)
	}
	if err := a.loadExpectations(ctx, w); err != nil {
		return nil, err
	}
	a.migrated = true
	return w, nil
}

func (a *app) openWriting(ctx context.Context) (*warehouse.Warehouse, error) {
	if a.writing != nil {
		return a.writing, nil
	}
	url, user, password := a.settings.Warehouse.URL, a.settings.Warehouse.User, ""
	if url == "" {
		accounts, err := a.startEngine(ctx)
		if err != nil {
			return nil, environment("starting the warehouse", err)
		}
		url, user, password = a.engineURL(), "zhibiao", accounts.Writer.Password
	} else {
		var err error
		if password, err = readPassword(a.settings.Warehouse.PasswordFile); err != nil {
			return nil, err
		}
	}
	opened, err := a.connect(ctx, url, user, password)
	a.writing = opened
	return opened, err
}

func (a *app) startEngine(ctx context.Context) (engine.Accounts, error) {
	library, err := libchdb.Path()
	if err != nil {
		return engine.Accounts{}, err
	}
	accounts, err := engine.LoadAccounts(a.accountsFile())
	if err != nil {
		return engine.Accounts{}, err
	}
	started, err := engine.Start(ctx, engine.Config{
		Dir:      filepath.Join(a.dir, "warehouse"),
		Library:  library,
		Accounts: accounts,
		Logger:   a.log,
		HTTPAddr: a.settings.Warehouse.HTTP,
		TCPAddr:  a.settings.Warehouse.TCP,

		LoaderTables: clickhouse.Tables(),
	})
	if err != nil {
		return engine.Accounts{}, err
	}
	a.engineRun = started
	a.closers = append(a.closers, func() error { return started.Close(context.Background()) })
	return accounts, nil
}

func (a *app) connect(ctx context.Context, url, user, password string) (*warehouse.Warehouse, error) {
	opened, err := warehouse.Open(ctx, warehouse.Config{URL: url, User: user, Password: password, Cluster: a.settings.Warehouse.Cluster})
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, opened.Close)
	return opened, nil
}

func (a *app) accountsFile() string { return filepath.Join(a.dir, "accounts.json") }

// serveLine lets commands that run inside this serve use its line.
func (a *app) serveLine(l *line) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running = l
}

// useLine returns the running line of a serve, or starts one for this command;
// done ends what was started.
func (a *app) useLine(ctx context.Context) (l *line, done func(), err error) {
	a.mu.Lock()
	running := a.running
	a.mu.Unlock()
	if running != nil {
		return running, func() {}, nil
	}
	started, err := a.startLine(ctx)
	if err != nil {
		return nil, nil, err
	}
	return started, started.close, nil
}

// close ends all parts, last opened first.
func (a *app) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var problems []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		problems = append(problems, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(problems...)
}

func environment(doing string, err error) error {
	return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("%s: %w", doing, err))
}

// now is the clock of everything that is not a transformer.
func now() time.Time { return time.Now() }
