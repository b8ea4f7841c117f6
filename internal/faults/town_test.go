package faults_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"go.uber.org/zap"

	"zhibiao/internal/faults"
	"zhibiao/pipeline/stream"
	"zhibiao/warehouse"
	"zhibiao/warehouse/engine/account"
)

// town is an installation of several processes: a broker, a warehouse, workers of one
// role each, and a proxy before both servers.
type town struct {
	*land
	broker      *faults.Broker
	cluster     []*faults.Broker // with the broker; none where it is alone
	toBroker    *faults.Proxy
	toWarehouse *faults.Proxy
	inserts     *faults.Inserts
	operator    *stream.Broker // not through the proxy
	warehouse   *warehouse.Warehouse
	password    string // file of the warehouse's
	database    string
	archive     string
	owes        *faults.Ledger[obligation]
	workers     int
}

// newTown starts broker and warehouse; no worker runs yet. Messages in the hands of a
// worker that was killed are delivered again after ackWait.
func newTown(t *trial, ackWait time.Duration) *town {
	t.Helper()
	return newTownOf(t, ackWait, 1)
}

// newTownOf has so many brokers, each with a copy of every stream.
func newTownOf(t *trial, ackWait time.Duration, brokers int) *town {
	t.Helper()
	w := &town{land: newLand(t)}
	w.archive = filepath.Join(w.dir, "archive")
	w.startBroker(brokers)
	w.openOperator(stream.Profile{AckWait: ackWait, MaxStore: 2 << 30, Replicas: brokers})
	w.openWarehouse()
	ledger, err := faults.OpenLedger[obligation](filepath.Join(w.dir, "owed"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ledger.Close() })
	w.owes = ledger
	return w
}

// startBroker starts one broker, or a cluster, with a proxy before the first.
func (w *town) startBroker(n int) {
	w.Helper()
	var routes []int
	for i := range n {
		b := &faults.Broker{Name: fmt.Sprint("broker-", i+1), Dir: filepath.Join(w.dir, fmt.Sprint("broker-", i+1))}
		var err error
		if b.Client, err = faults.FreePort(); err == nil && n > 1 {
			b.Route, err = faults.FreePort()
		}
		if err != nil {
			w.Fatal(err)
		}
		routes = append(routes, b.Route)
		w.cluster = append(w.cluster, b)
	}
	w.broker = w.cluster[0]
	for _, b := range w.cluster {
		b.Routes = routes
		if err := b.Start(); err != nil {
			w.Fatal(err)
		}
		w.Cleanup(func() { b.Kill() })
	}
	w.toBroker = w.proxy(w.broker.Addr())
}

func (w *town) proxy(target string) *faults.Proxy {
	w.Helper()
	p, err := faults.NewProxy(w.Context(), target)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if err := p.Close(); err != nil {
			w.Error(err)
		}
	})
	return p
}

// brokerURL is what workers connect to: the proxy, or all of a cluster.
func (w *town) brokerURL() string {
	if len(w.cluster) == 1 {
		return faults.BrokerURL(w.toBroker.Addr())
	}
	var all []string
	for _, b := range w.cluster {
		all = append(all, faults.BrokerURL(b.Addr()))
	}
	return strings.Join(all, ",")
}

func (w *town) openOperator(profile stream.Profile) {
	w.Helper()
	url := faults.BrokerURL(w.broker.Addr())
	if len(w.cluster) > 1 {
		url = w.brokerURL()
	}
	// A cluster takes some seconds until it has chosen who leads.
	eventually(w, time.Minute, "the broker has its streams", func() bool {
		ctx, cancel := context.WithTimeout(w.Context(), 20*time.Second)
		defer cancel()
		var err error
		w.operator, err = stream.Connect(ctx, url, profile, zap.NewNop())
		return err == nil
	})
	w.Cleanup(func() { w.operator.Close() })
}

func (w *town) openWarehouse() {
	w.Helper()
	server := engineElsewhere(w)
	w.database = fmt.Sprintf("row_%s_%d", w.Row, w.seed)
	w.toWarehouse = w.proxy(server.TCPAddr())
	w.inserts = faults.NewInserts("observation")
	w.toWarehouse.Watch(w.inserts.Filter)
	opened, err := warehouse.Open(w.Context(), warehouse.Config{URL: "clickhouse://" + server.TCPAddr() + "/" + w.database, User: account.Writer, Password: accounts.Writer.Password})
	if err == nil {
		_, err = opened.Migrate(w.Context())
	}
	if err != nil {
		w.Fatal(err)
	}
	w.warehouse = opened
	w.Cleanup(func() {
		if err := opened.Conn().Exec(context.Background(), "DROP DATABASE `"+w.database+"` SYNC"); err != nil {
			w.Error(err)
		}
		opened.Close()
	})
	w.password = filepath.Join(w.dir, "password")
	if err := os.WriteFile(w.password, []byte(accounts.Writer.Password), fs.FileMode(0o600)); err != nil {
		w.Fatal(err)
	}
}

// settings are those of every worker.
func (w *town) settings() string {
	return fmt.Sprintf("broker: {url: %q, max_store: %d, replicas: %d}\narchive: {dir: %q}\nwarehouse: {url: %q, user: %q, password_file: %q}\n",
		w.brokerURL(), 2<<30, len(w.cluster), w.archive, "clickhouse://"+w.toWarehouse.Addr()+"/"+w.database, account.Writer, w.password)
}

// roleProcess is a process of one role.
type roleProcess struct {
	t       *town
	role    string
	folder  string
	command *exec.Cmd
	health  string
	log     string
	ended   chan struct{}
}

// startWorker starts a process and returns once it says that it is ready.
func (w *town) startWorker(role string) *roleProcess {
	w.Helper()
	w.workers++
	p := &roleProcess{t: w, role: role, folder: w.makeFolder(fmt.Sprintf("%s-%d", role, w.workers), w.settings())}
	p.log = filepath.Join(p.folder, "log")
	w.Cleanup(func() {
		if w.Failed() {
			w.Logf("%s logged\n%s", role, p.logged())
		}
	})
	p.start()
	return p
}

func (p *roleProcess) start() {
	w := p.t
	w.Helper()
	p.command = w.command(p.folder, "work", "--role", p.role)
	p.ended = make(chan struct{})
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		w.Fatal(err)
	}
	defer log.Close()
	p.command.Stderr = log
	output, err := p.command.StdoutPipe()
	if err != nil {
		w.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		w.Fatal(err)
	}
	ready := make(chan bool, 1)
	go func() {
		defer close(p.ended)
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if at := regexp.MustCompile(`http://[0-9.:]+`).FindString(lines.Text()); at != "" {
				p.health = at
			}
			if lines.Text() == "ready" {
				ready <- true
			}
		}
		_, _ = io.Copy(io.Discard, output)
		_ = p.command.Wait()
		close(ready)
	}()
	command, ended := p.command, p.ended
	w.Cleanup(func() {
		command.Process.Kill()
		<-ended
	})
	select {
	case <-time.After(time.Minute):
		w.Fatalf("%s is not ready after a minute\n%s", p.role, p.logged())
	case ok := <-ready:
		if !ok {
			w.Fatalf("%s ended before it was ready\n%s", p.role, p.logged())
		}
	}
}

func (p *roleProcess) logged() string {
	text, _ := os.ReadFile(p.log)
	return tail(string(text))
}

// kill kills the process at once, and starts it again.
func (p *roleProcess) kill() {
	p.t.Helper()
	p.command.Process.Kill()
	<-p.ended
	p.t.Faults++
	p.t.Kills++
	p.start()
}

// drain ends the process in order and tells how long that took.
func (p *roleProcess) drain() time.Duration {
	p.t.Helper()
	began := time.Now()
	p.signal(syscall.SIGTERM)
	<-p.ended
	if code := p.command.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("%s ends with %d after SIGTERM\n%s", p.role, code, p.logged())
	}
	return time.Since(began)
}

func (p *roleProcess) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// ready asks the process how it is: status and reasons.
func (p *roleProcess) ready() (int, string) {
	answer, err := http.Get(p.health + "/readyz")
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body)
}

// awaitIdle waits until all that was published is loaded.
func (w *town) awaitIdle(within time.Duration) {
	w.Helper()
	if !before(within, func() bool {
		idle, err := w.operator.Idle(w.Context())
		return err == nil && idle
	}) {
		depths, err := w.operator.Depths(w.Context())
		w.Fatalf("not everything that was published is loaded within %s: %+v %v", within, depths, err)
	}
}

// judge compares the warehouse with what is owed.
func (w *town) judge() {
	w.Helper()
	w.settle(faults.Judge(w.obligations(), w.owed(nightsUntil(w.world.Night())...), w.rows()))
	dead, err := w.operator.DeadLetters(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	w.Dead = dead
}

// rows are those of the warehouse, in words.
func (w *town) rows() []string {
	w.Helper()
	rows, err := w.warehouse.Conn().Query(w.Context(), found)
	if err != nil {
		w.Fatal(err)
	}
	defer rows.Close()
	var words []string
	for rows.Next() {
		cells := make([]string, len(rows.Columns()))
		places := make([]any, len(cells))
		for i := range cells {
			places[i] = &cells[i]
		}
		if err := rows.Scan(places...); err != nil {
			w.Fatal(err)
		}
		words = append(words, strings.Join(cells, between))
	}
	if err := rows.Err(); err != nil {
		w.Fatal(err)
	}
	return words
}

func nightsUntil(n int) []int {
	var all []int
	for night := 1; night <= n; night++ {
		all = append(all, night)
	}
	return all
}
