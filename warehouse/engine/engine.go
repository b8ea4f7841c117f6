// Package engine runs ClickHouse on the machine without a server: libchdb in a
// child process of the same binary, behind ClickHouse's own protocols on
// loopback.
//
// The parent owns the listening sockets and hands them to the child, so that a
// restart of the child loses no connection attempt; it never loads libchdb, so a
// crash of the engine is not its own. The first statement of main, and of
// TestMain where an engine is started, must be [RunIfChild].
//
// An INSERT that was answered is stored: the four fsync settings of MergeTree
// are the engine's defaults, and async_insert is off. An INSERT of up to a
// million rows into one partition is stored whole or not at all.
package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"zhibiao/warehouse/engine/account"
)

// Accounts are the engine's three accounts with their passwords.
type Accounts = account.Accounts

// LoadAccounts reads the accounts file and creates it, with random passwords and
// mode 0600, on first use.
func LoadAccounts(path string) (Accounts, error) { return account.Load(path) }

// Config says where and how an engine runs. Dir, Library and Accounts are
// required; the zero of every other field means the stated default.
type Config struct {
	// Dir is the folder that belongs to this engine. It is created with mode 0700.
	Dir string
	// Library is the file of libchdb, from libchdb.Path.
	Library string
	// Accounts are checked by the fronts.
	Accounts Accounts
	// Logger takes the engine's own messages; none is written for a query.
	Logger *zap.Logger
	// HTTPAddr is the loopback address of the HTTP interface; default
	// 127.0.0.1:0, a free port.
	HTTPAddr string
	// TCPAddr is the loopback address of the native interface; default
	// 127.0.0.1:0, a free port.
	TCPAddr string
	// LoaderTables are the tables, in any database, that the loader's account may
	// insert into and read.
	LoaderTables []string
	// Settings apply to every statement before its own, for example
	// max_threads. An unknown one fails Start.
	Settings map[string]string
	// MaxMemory is the most the engine may use, in bytes; default 4 GiB. One
	// statement may use three quarters of it.
	MaxMemory uint64
	// MaxResult is the largest result held in memory, in bytes; default 256 MiB.
	// Formats that stream (Native, TSV, CSV, JSONEachRow …) have no limit.
	MaxResult uint64
	// MaxQuery is the longest text of a statement, in bytes; default 16 MiB.
	MaxQuery int64
	// MaxBody is the most data of one request, in bytes; default 4 GiB.
	MaxBody int64
	// MaxConcurrent is the number of statements that run at once; default 32.
	MaxConcurrent int
	// MaxReaderTime is the longest time for a reader's statement; default 5 min.
	MaxReaderTime time.Duration
	// MaxReaderRows is the most rows that a reader's statement may read from
	// tables; default 2,000 million.
	MaxReaderRows uint64
	// MaxReaderResult is the most rows of a reader's result; default 10 million.
	MaxReaderResult uint64
	// Stall is how long a client may neither send nor take data; default 5 min.
	Stall time.Duration
	// ReadyTimeout bounds the start of the child; default 60 s.
	ReadyTimeout time.Duration
	// DrainTimeout is what running requests get when the engine closes;
	// default 30 s.
	DrainTimeout time.Duration

	longestPause time.Duration // between two attempts to start a dead child
}

const (
	defaultAddress = "127.0.0.1:0"
	gibibyte       = 1 << 30
)

func (c Config) withDefaults() Config {
	fill := func(value *time.Duration, standard time.Duration) {
		if *value == 0 {
			*value = standard
		}
	}
	fill(&c.MaxReaderTime, 5*time.Minute)
	fill(&c.Stall, 5*time.Minute)
	fill(&c.ReadyTimeout, time.Minute)
	fill(&c.DrainTimeout, 30*time.Second)
	fill(&c.longestPause, longestPause)
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	for _, address := range []*string{&c.HTTPAddr, &c.TCPAddr} {
		if *address == "" {
			*address = defaultAddress
		}
	}
	if c.MaxMemory == 0 {
		c.MaxMemory = 4 * gibibyte
	}
	if c.MaxResult == 0 {
		c.MaxResult = gibibyte / 4
	}
	if c.MaxQuery == 0 {
		c.MaxQuery = 16 << 20
	}
	if c.MaxBody == 0 {
		c.MaxBody = 4 * gibibyte
	}
	if c.MaxConcurrent == 0 {
		c.MaxConcurrent = 32
	}
	if c.MaxReaderRows == 0 {
		c.MaxReaderRows = 2_000_000_000
	}
	if c.MaxReaderResult == 0 {
		c.MaxReaderResult = 10_000_000
	}
	return c
}

func (c Config) validate() error {
	var problems []error
	if c.Dir == "" {
		problems = append(problems, errors.New("the engine needs a folder (Dir)"))
	}
	if c.Library == "" {
		problems = append(problems, errors.New("the engine needs the file of its library (Library)"))
	}
	if c.Accounts.Writer.Password == "" || c.Accounts.Loader.Password == "" || c.Accounts.Reader.Password == "" {
		problems = append(problems, errors.New("the engine needs passwords for all accounts (Accounts)"))
	}
	for _, address := range []string{c.HTTPAddr, c.TCPAddr} {
		if host, _, err := net.SplitHostPort(address); err != nil {
			problems = append(problems, fmt.Errorf("the address %q is not host:port: %w", address, err))
		} else if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			problems = append(problems, fmt.Errorf("the address %s is not a loopback address: the embedded engine listens on this machine only; put a proxy before it, or use a ClickHouse server", address))
		}
	}
	return errors.Join(problems...)
}

// Engine is a running engine.
type Engine struct {
	config    Config
	lock      *os.File
	listeners []listener
	restarts  atomic.Int64

	stop     chan struct{} // closed by Close
	stopOnce sync.Once
	kill     chan struct{} // closed when Close runs out of time
	killOnce sync.Once
	done     chan struct{}
	err      error // set before done is closed
}

// listener is one protocol's socket. The parent listens and never accepts.
type listener struct {
	protocol string // "http" or "tcp"; the child knows which front serves it
	socket   *net.TCPListener
}

// Start opens the folder and waits until the engine answers. ctx bounds the
// start only; Close ends the engine. It fails when another engine has the
// folder, in this process or another.
func Start(ctx context.Context, config Config) (*Engine, error) {
	if os.Getenv(childMarker) != "" {
		return nil, errors.New("this process was started as the engine's child, but its main does not call engine.RunIfChild first")
	}
	config = config.withDefaults()
	if err := config.validate(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(config.Dir)
	if err != nil {
		return nil, fmt.Errorf("finding the folder of the engine: %w", err)
	}
	config.Dir = dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the engine: %w", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	e := &Engine{config: config, lock: lock, stop: make(chan struct{}), kill: make(chan struct{}), done: make(chan struct{})}
	if err := e.listen(ctx); err != nil {
		e.release()
		return nil, err
	}
	child, err := e.firstChild(ctx)
	if err != nil {
		e.release()
		return nil, err
	}
	go e.supervise(child)
	return e, nil
}

func (e *Engine) listen(ctx context.Context) error {
	for _, l := range []struct{ protocol, address string }{{protocolHTTP, e.config.HTTPAddr}, {protocolTCP, e.config.TCPAddr}} {
		socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", l.address)
		if err != nil {
			return fmt.Errorf("listening on %s for the engine: %w", l.address, err)
		}
		e.listeners = append(e.listeners, listener{protocol: l.protocol, socket: socket.(*net.TCPListener)})
	}
	return nil
}

// release gives back the sockets and the folder.
func (e *Engine) release() {
	for _, listener := range e.listeners {
		listener.socket.Close()
	}
	e.lock.Close()
}

// HTTPAddr is the address (host:port) of the HTTP interface.
func (e *Engine) HTTPAddr() string { return e.address(protocolHTTP) }

// TCPAddr is the address (host:port) of the native interface.
func (e *Engine) TCPAddr() string { return e.address(protocolTCP) }

func (e *Engine) address(protocol string) string {
	for _, listener := range e.listeners {
		if listener.protocol == protocol {
			return listener.socket.Addr().String()
		}
	}
	return ""
}

// Restarts counts how often the child died and was started again.
func (e *Engine) Restarts() int64 { return e.restarts.Load() }

// Done is closed when the engine has ended, after Close or because its child
// could not be kept alive; Err then says which.
func (e *Engine) Done() <-chan struct{} { return e.done }

// Err is nil while the engine runs and after an orderly Close.
func (e *Engine) Err() error {
	select {
	case <-e.done:
		return e.err
	default:
		return nil
	}
}

// Close lets running requests finish, for at most DrainTimeout or until ctx
// ends, then ends the child and gives the folder back. It can be called again.
func (e *Engine) Close(ctx context.Context) error {
	e.stopOnce.Do(func() { close(e.stop) })
	select {
	case <-e.done:
		return e.err
	case <-ctx.Done():
	}
	e.killOnce.Do(func() { close(e.kill) })
	<-e.done
	return errors.Join(e.err, fmt.Errorf("closing the engine: %w", ctx.Err()))
}
