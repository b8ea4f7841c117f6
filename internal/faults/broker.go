package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// brokerFile tells a test binary that it is a broker, with its configuration file.
const brokerFile = "ZHIBIAO_FAULTS_BROKER"

// RunIfBroker runs a NATS server and exits, if that is what this process is for. Call
// it first in TestMain.
func RunIfBroker() {
	file := os.Getenv(brokerFile)
	if file == "" {
		return
	}
	if err := runBroker(file); err != nil {
		fmt.Fprintln(os.Stderr, "broker:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runBroker(file string) error {
	options, err := server.ProcessConfigFile(file)
	if err != nil {
		return err
	}
	options.NoSigs = true
	s, err := server.NewServer(options)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	s.Start()
	if !s.ReadyForConnections(readyWithin) {
		return errors.New("not ready for connections in time")
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent ends, whatever ends it
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}

const readyWithin = 30 * time.Second

// Broker is a NATS server with JetStream in a process of its own, which confirms a
// message after fsync, as deploy/ has it.
type Broker struct {
	Name   string
	Client int // port of clients
	Route  int // port of the cluster, 0 for none
	Routes []int
	Dir    string

	command *exec.Cmd
	hold    io.Closer // its standard input
}

// FreePort is a port of loopback that nobody listens on.
func FreePort() (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// Addr is where the broker listens.
func (b *Broker) Addr() string { return fmt.Sprintf("127.0.0.1:%d", b.Client) }

// BrokerURL signs in at an address of a broker, or of a proxy to one.
func BrokerURL(addr string) string { return "nats://zhibiao:faults@" + addr }

func (b *Broker) configuration() string {
	text := fmt.Sprintf(`server_name: %s
listen: "127.0.0.1:%d"
max_payload: 8MB
authorization { user: zhibiao, password: faults }
logfile: %q
jetstream { store_dir: %q, sync_interval: always, max_file_store: 8GB }
`, b.Name, b.Client, filepath.Join(b.Dir, "log"), filepath.Join(b.Dir, "store"))
	if b.Route == 0 {
		return text
	}
	var routes []string
	for _, port := range b.Routes {
		routes = append(routes, fmt.Sprintf("%q", fmt.Sprintf("nats://127.0.0.1:%d", port)))
	}
	return text + fmt.Sprintf("cluster { name: faults, listen: \"127.0.0.1:%d\", routes: [%s] }\n", b.Route, strings.Join(routes, ", "))
}

// Start starts the process, on what an earlier one left, and returns when it listens.
func (b *Broker) Start() error {
	file := filepath.Join(b.Dir, "broker.conf")
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	if err := os.WriteFile(file, []byte(b.configuration()), 0o600); err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	command := exec.CommandContext(context.Background(), self)
	command.Env = append(os.Environ(), brokerFile+"="+file)
	command.Stderr = os.Stderr
	if b.hold, err = command.StdinPipe(); err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	said, err := command.StdoutPipe()
	if err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("starting the broker: %w", err)
	}
	b.command = command
	if line, err := bufio.NewReader(said).ReadString('\n'); line != "ready\n" {
		return errors.Join(fmt.Errorf("starting the broker: it says %q: %w", line, err), b.Kill())
	}
	return nil
}

// Stop ends the broker in order.
func (b *Broker) Stop() error {
	if b.command == nil {
		return nil
	}
	_ = b.hold.Close()
	err := b.command.Wait()
	b.command = nil
	return err
}

// Kill ends the broker at once.
func (b *Broker) Kill() error {
	if b.command == nil {
		return nil
	}
	err := b.command.Process.Kill()
	_ = b.command.Wait() // says that it was killed
	_ = b.hold.Close()
	b.command = nil
	return err
}

// Signal sends a signal to the broker.
func (b *Broker) Signal(s syscall.Signal) error { return b.command.Process.Signal(s) }
