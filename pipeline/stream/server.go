package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"zhibiao/pipeline"
)

// DefaultMaxStore is the disk space that the embedded broker may use: 8 GiB.
const DefaultMaxStore = 8 << 30

const (
	maxPayload   = 8 << 20 // bytes of one message on the wire
	readyWithin  = 30 * time.Second
	serverName   = "zhibiao"
	lockFileName = "lock"
)

// Config is how the embedded broker is started.
type Config struct {
	Dir      string // its folder; one process at a time
	MaxStore int64  // bytes of disk; DefaultMaxStore where zero
	Logger   *zap.Logger
	Profile  Profile
}

// Embedded is a NATS server with JetStream inside this process. It listens on no
// port, and it says that a message is stored only after fsync (promise 1).
type Embedded struct {
	*Broker

	config Config
	lock   *os.File

	mu     sync.Mutex // guards server and closed
	server *server.Server
	closed bool
}

// StartEmbedded starts the broker in a folder, makes or checks its topology, and
// connects to it. Messages that a killed process had in hand are delivered again
// at once. A folder in use by another process is refused.
func StartEmbedded(ctx context.Context, config Config) (*Embedded, error) {
	if config.Logger == nil {
		config.Logger = zap.NewNop()
	}
	if config.MaxStore == 0 {
		config.MaxStore = DefaultMaxStore
	}
	if config.Profile.MaxStore == 0 {
		config.Profile.MaxStore = config.MaxStore
	}
	e := &Embedded{config: config}
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the broker in %s: %w", config.Dir, err), e.Close())
	}
	return e, nil
}

func (e *Embedded) start(ctx context.Context) error {
	var err error
	if e.lock, err = lockFolder(e.config.Dir); err != nil {
		return err
	}
	if e.server, err = e.startServer(); err != nil {
		return err
	}
	e.Broker, err = connect(ctx, nats.DefaultURL, e.config.Profile, e.config.Logger, nats.InProcessServer(e))
	if err != nil {
		return err
	}
	return e.redeliver(ctx)
}

func (e *Embedded) startServer() (*server.Server, error) {
	s, err := server.NewServer(&server.Options{
		ServerName:        serverName,
		JetStream:         true,
		StoreDir:          e.config.Dir,
		JetStreamMaxStore: e.config.MaxStore,
		SyncAlways:        true, // promise 1: the PubAck comes after fsync
		DontListen:        true,
		NoSigs:            true,
		MaxPayload:        maxPayload,
	})
	if err != nil {
		return nil, err
	}
	s.SetLoggerV2(&serverLog{e.config.Logger.Named("broker").Sugar()}, false, false, false)
	s.Start()
	if !s.ReadyForConnections(readyWithin) {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("not ready within %s", readyWithin)
	}
	if !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, errors.New("the server runs without JetStream: is its folder writable and is there space on the disk?")
	}
	return s, nil
}

// InProcessConn gives the client a connection to the server that runs now, so
// that the client also finds its way back after Restart.
func (e *Embedded) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server == nil {
		return nil, errors.New("connecting to the broker: it is being started again")
	}
	return e.server.InProcessConn()
}

// Health returns why the broker cannot store messages, nil if it can. After a
// full disk it says so until Restart, also when there is space again.
func (e *Embedded) Health() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server == nil {
		return errors.New("checking the broker: it does not run")
	}
	if status := e.server.Healthz(nil); status.StatusCode != 200 {
		return fmt.Errorf("checking the broker: %s (%s)", status.Status, status.Error)
	}
	return nil
}

// Restart stops the server and starts it again on the same folder: what a stream
// needs after a write error. Clients reconnect, publishers try again.
func (e *Embedded) Restart(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errors.New("restarting the broker: it is closed")
	}
	stopServer(e.server)
	e.server = nil
	s, err := e.startServer()
	if err != nil {
		return fmt.Errorf("restarting the broker in %s: %w", e.config.Dir, err)
	}
	e.server = s
	return ctx.Err()
}

// Watch looks at the broker's health until ctx ends and restarts the server when
// it cannot store, as after a full disk: freeing space alone does not help it. While
// there is no space it waits, and it tries again at each look, so that nobody has to.
func (e *Embedded) Watch(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	waiting := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		sick := e.Health()
		if sick == nil {
			waiting = false
			continue
		}
		if err := room(e.config.Dir); err != nil {
			if !waiting {
				e.config.Logger.Error("the broker cannot store and waits for space", zap.NamedError("health", sick), zap.Error(err))
			}
			waiting = true
			continue
		}
		if err := e.Restart(ctx); err != nil {
			e.config.Logger.Error("the broker cannot store: is the disk full?", zap.NamedError("health", sick), zap.Error(err))
			continue
		}
		e.config.Logger.Warn("broker restarted", zap.NamedError("health", sick))
	}
}

// leastRoom is the free space, in bytes, without which starting the server again
// is in vain.
const leastRoom = 32 << 20

// room returns an error while the folder's file system is full.
func room(dir string) error {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return fmt.Errorf("asking for the space in %s: %w", dir, err)
	}
	if free := s.Bavail * uint64(s.Bsize); free < leastRoom {
		return fmt.Errorf("%d MiB free in %s: make room, at least %d MiB; the broker goes on by itself", free>>20, dir, leastRoom>>20)
	}
	return nil
}

// Close disconnects, stops the server and frees the folder. It is idempotent.
func (e *Embedded) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.mu.Unlock()
	var err error
	if e.Broker != nil {
		err = e.Broker.Close()
	}
	stopServer(e.server)
	if e.lock != nil {
		err = errors.Join(err, e.lock.Close())
	}
	return err
}

func stopServer(s *server.Server) {
	if s != nil {
		s.Shutdown()
		s.WaitForShutdown()
	}
}

// lockFolder makes the folder and takes it for this process's lifetime; the
// system frees it also after a kill.
func lockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, lockFileName), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = pipeline.WithExit(pipeline.ExitEnvironment, errors.New(
			"another process uses this folder: stop it, or choose another folder with --data"))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// serverLog hands the server's words to zap; its notices are debug to us.
type serverLog struct{ log *zap.SugaredLogger }

func (l *serverLog) Noticef(format string, v ...any) { l.log.Debugf(format, v...) }
func (l *serverLog) Warnf(format string, v ...any)   { l.log.Warnf(format, v...) }
func (l *serverLog) Errorf(format string, v ...any)  { l.log.Errorf(format, v...) }
func (l *serverLog) Fatalf(format string, v ...any)  { l.log.Errorf(format, v...) }
func (l *serverLog) Debugf(string, ...any)           {}
func (l *serverLog) Tracef(string, ...any)           {}
