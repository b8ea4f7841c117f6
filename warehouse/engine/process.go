package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"go.uber.org/zap"

	"zhibiao/warehouse/engine/account"
)

// The child's descriptors beyond the standard three: orders from the parent,
// reports to it, then the sockets. The order pipe is also the sign of life: the
// child ends when it closes, which it does even if the parent is killed.
const (
	ordersFD = 3 + iota
	reportsFD
	socketsFD
)

// assignment is the first thing the child reads from the order pipe. It goes
// that way because environment and arguments can be read by others.
type assignment struct {
	Config    Config // without the accounts and the logger
	Digests   account.Digests
	Protocols []string // of the sockets, in order
}

// report is what the child answers once: ready, or why not.
type report struct {
	Ready bool
	Error string
}

// child is one run of the child process.
type child struct {
	command *exec.Cmd
	orders  *os.File
	tail    *tail
	exited  chan struct{}
	exit    error // set before exited is closed
}

// spawn starts a child and waits until it is ready.
func (e *Engine) spawn(ctx context.Context) (*child, error) {
	ctx, cancel := context.WithTimeout(ctx, e.config.ReadyTimeout)
	defer cancel()
	ordersRead, ordersWrite, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe for the engine: %w", err)
	}
	defer ordersRead.Close()
	reportsRead, reportsWrite, err := os.Pipe()
	if err != nil {
		ordersWrite.Close()
		return nil, fmt.Errorf("making a pipe for the engine: %w", err)
	}
	defer reportsRead.Close()
	started, err := e.execute(ctx, ordersRead, ordersWrite, reportsWrite)
	reportsWrite.Close()
	if err != nil {
		ordersWrite.Close()
		return nil, err
	}
	if err := e.awaitReady(ctx, started, reportsRead); err != nil {
		started.kill()
		<-started.exited
		if ctx.Err() != nil {
			err = fmt.Errorf("the engine was not ready in time: %w", ctx.Err())
		}
		return nil, fmt.Errorf("starting the warehouse engine in %s: %w%s", e.config.Dir, err, started.tail.suffix())
	}
	return started, nil
}

// execute runs this very binary as the child, which outlives ctx.
func (e *Engine) execute(ctx context.Context, orders, ordersWrite, reports *os.File) (*child, error) {
	command := exec.CommandContext(context.WithoutCancel(ctx), "/proc/self/exe")
	command.Args = []string{"zhibiao-engine"}
	command.Dir = e.config.Dir
	command.Env = childEnvironment()
	command.ExtraFiles = []*os.File{orders, reports}
	// A group of its own keeps the terminal's interrupt from a child whose parent
	// still needs it to drain.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	for _, listener := range e.listeners {
		socket, err := listener.socket.File()
		if err != nil {
			return nil, fmt.Errorf("handing a socket to the engine: %w", err)
		}
		defer socket.Close()
		command.ExtraFiles = append(command.ExtraFiles, socket)
	}
	started := &child{command: command, orders: ordersWrite, tail: &tail{logger: e.config.Logger}, exited: make(chan struct{})}
	command.Stdout, command.Stderr = started.tail, started.tail
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting the engine's process: %w", err)
	}
	go func() {
		started.exit = command.Wait()
		started.orders.Close()
		close(started.exited)
	}()
	return started, nil
}

func childEnvironment() []string {
	environment := []string{childMarker + "=1"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TZ", "LANG", "GOTRACEBACK", "GOCOVERDIR", "GORACE"} {
		if value, ok := os.LookupEnv(name); ok {
			environment = append(environment, name+"="+value)
		}
	}
	return environment
}

// awaitReady sends the assignment and waits for the report.
func (e *Engine) awaitReady(ctx context.Context, started *child, reports *os.File) error {
	order := assignment{Config: e.config, Digests: e.config.Accounts.Digests()}
	order.Config.Accounts, order.Config.Logger = Accounts{}, nil
	for _, listener := range e.listeners {
		order.Protocols = append(order.Protocols, listener.protocol)
	}
	content, err := json.Marshal(order)
	if err != nil {
		return fmt.Errorf("writing the assignment: %w", err)
	}
	if _, err := started.orders.Write(append(content, '\n')); err != nil {
		return fmt.Errorf("sending the assignment: %w", err)
	}
	unblock := context.AfterFunc(ctx, func() { reports.Close() })
	defer unblock()
	var answer report
	if err := json.NewDecoder(reports).Decode(&answer); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("its process ended before it was ready")
		}
		return fmt.Errorf("waiting for the engine: %w", err)
	}
	if !answer.Ready {
		return errors.New(answer.Error)
	}
	return nil
}

func (c *child) askToStop() { _, _ = c.orders.WriteString("stop\n") }

func (c *child) kill() { _ = c.command.Process.Kill() }

// death says how an ended child ended.
func (c *child) death() error {
	if c.exit == nil {
		return errors.New("it exited by itself" + c.tail.suffix())
	}
	return fmt.Errorf("%w%s", c.exit, c.tail.suffix())
}

// tail logs the child's output by line and keeps its end for error messages.
type tail struct {
	logger *zap.Logger
	mutex  sync.Mutex
	kept   []byte
}

const tailSize = 4 << 10

func (t *tail) Write(output []byte) (int, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.kept = append(t.kept, output...)
	t.kept = t.kept[max(0, len(t.kept)-tailSize):]
	scanner := bufio.NewScanner(strings.NewReader(string(output)))
	for scanner.Scan() {
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			t.logger.Warn("warehouse engine", zap.String("line", line))
		}
	}
	return len(output), nil
}

// suffix is the kept output as the end of a message, "" when there is none.
func (t *tail) suffix() string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if kept := strings.TrimSpace(string(t.kept)); kept != "" {
		return "; its last words: " + kept
	}
	return ""
}
