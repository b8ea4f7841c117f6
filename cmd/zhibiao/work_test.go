package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
	"zhibiao/warehouse/engine"
)

// town is an installation of several processes: a broker with accounts, as deploy/
// has it, a warehouse, and an archive that all share.
type town struct {
	*worldRun // whose app is the operator's, with the warehouse
	url       string
	seeds     map[string]string
	archive   string
}

func startTown(t testing.TB, config statsite.Config) *town {
	t.Helper()
	w := &worldRun{t: t, dir: t.TempDir(), world: statsite.NewWorld(config), out: new(bytes.Buffer)}
	site, err := statsite.Serve(t.Context(), w.world)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { site.Close() })
	w.site = site
	town := &town{worldRun: w, seeds: map[string]string{}, archive: filepath.Join(w.dir, "shared")}
	town.startBroker()
	town.app = town.newApp("operator", "")
	t.Cleanup(func() {
		if err := town.app.close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := town.app.broker(t.Context()); err != nil {
		t.Fatal(err)
	}
	return town
}

// startBroker runs a server on the deployed configuration.
func (w *town) startBroker() {
	w.t.Helper()
	var keys strings.Builder
	for _, account := range []string{"operator", "collect", "transform", "load"} {
		w.seeds[account] = filepath.Join(w.dir, account+".seed")
		out := new(bytes.Buffer)
		if code := run(w.t.Context(), []string{"work", "--new-seed", w.seeds[account]}, out, out); code != 0 {
			w.t.Fatalf("making a seed: %s", out)
		}
		fmt.Fprintf(&keys, "%s_KEY: %q\n", strings.ToUpper(account), strings.TrimSpace(out.String()))
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join("../../deploy/nats", name))
		if err != nil {
			w.t.Fatal(err)
		}
		return string(text)
	}
	conf := strings.NewReplacer("0.0.0.0:4222", "127.0.0.1:-1", "/var/lib/nats", filepath.Join(w.dir, "nats"), "64GB", "5GB").Replace(read("nats-server.conf"))
	for name, text := range map[string]string{"nats-server.conf": conf, "keys.conf": keys.String(), "tls.conf": "", "permissions.conf": read("permissions.conf")} {
		w.write(filepath.Join(w.dir, name), text)
	}
	options, err := server.ProcessConfigFile(filepath.Join(w.dir, "nats-server.conf"))
	if err != nil {
		w.t.Fatal(err)
	}
	options.NoSigs, options.NoLog = true, true
	s, err := server.NewServer(options)
	if err != nil {
		w.t.Fatal(err)
	}
	s.Start()
	w.t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(20 * time.Second) {
		w.t.Fatal("the broker does not start")
	}
	w.url = s.ClientURL()
}

func (w *town) write(file, text string) {
	w.t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// folder makes the data folder of a process with an account at the broker, and
// returns it.
func (w *town) folder(name, account, more string) string {
	w.t.Helper()
	dir := filepath.Join(w.dir, name)
	if err := writeDemoFolder(dir); err != nil {
		w.t.Fatal(err)
	}
	w.write(filepath.Join(dir, "config.yaml"), fmt.Sprintf(
		"sources: configs\nbroker: {url: %q, seed_file: %q, max_store: 1000000000}\narchive: {dir: %q}\ndisk: {percent: 0, bytes: 1000000}\n%s", w.url, w.seeds[account], w.archive, more))
	return dir
}

func (w *town) newApp(account, more string, roles ...stream.Role) *app {
	w.t.Helper()
	dir := w.folder("in-process-"+account, account, more)
	s, err := loadSettings(dir, "")
	if err != nil {
		w.t.Fatal(err)
	}
	s.Resolve = map[string]string{}
	for _, host := range w.world.Hosts() {
		s.Resolve[host] = w.site.Addr()
	}
	a, err := newApp(dir, s, w.out)
	if err != nil {
		w.t.Fatal(err)
	}
	a.roles = roles
	return a
}

// collectAll runs sources as a collecting worker does, and returns the number of
// documents that were published.
func (w *town) collectAll(sources ...string) int {
	w.t.Helper()
	a := w.newApp("collect", "", stream.CollectRole)
	defer func() {
		if err := a.close(); err != nil {
			w.t.Error(err)
		}
	}()
	l, err := a.startRoles(w.t.Context(), stream.CollectRole)
	if err != nil {
		w.t.Fatal(err)
	}
	defer l.close()
	published := 0
	for _, name := range sources {
		source, err := a.set.Source(name)
		if err != nil {
			w.t.Fatal(err)
		}
		run, err := l.runSource(w.t.Context(), source, demoWindow, "test")
		if err != nil || len(run.Failures) > 0 {
			w.t.Fatalf("collecting %s: %v %v", name, err, run.Failures)
		}
		published += run.New
	}
	return published
}

// workers is a process of one role.
type workers struct {
	t       testing.TB
	command *exec.Cmd
	health  string
}

func (w *town) startWorker(name, role, more string, environment ...string) *workers {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	command := exec.CommandContext(context.WithoutCancel(w.t.Context()), self, "work", "--role", role, "--data", w.folder(name, role, more))
	command.Env = append(append(os.Environ(), asCommand+"=1"), environment...)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	process := &workers{t: w.t, command: command}
	w.t.Cleanup(func() { command.Process.Kill() })
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if at := regexp.MustCompile(`http://[0-9.:]+`).FindString(lines.Text()); at != "" {
			process.health = at
		}
		if lines.Text() == "ready" {
			go io.Copy(io.Discard, output)
			return process
		}
	}
	w.t.Fatalf("%s ended before it was ready: %v", name, command.Wait())
	return nil
}

func (p *workers) get(path string) (int, string) {
	p.t.Helper()
	answer, err := http.Get(p.health + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// acknowledged is how many messages of a consumer the process has done.
func (p *workers) acknowledged(consumer string) int {
	p.t.Helper()
	_, body := p.get("/metrics")
	found := regexp.MustCompile(`(?m)^zhibiao_deliveries_total\{consumer="` + consumer + `",outcome="acknowledged"\} ([0-9]+)$`).FindStringSubmatch(body)
	if found == nil {
		return 0
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// drain ends the process in order.
func (p *workers) drain() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	if err := p.command.Wait(); err != nil {
		p.t.Errorf("after SIGTERM: %v", err)
	}
}

// Processes of one role each, each signed in as its role, share the work and bring
// the truth to the warehouse (promises 1, 2 and 7).
func TestWorkersOfEachRoleShareTheWork(t *testing.T) {
	w := startTown(t, statsite.Config{Seed: demoSeed})
	if _, err := w.app.warehouse(t.Context()); err != nil {
		t.Fatal(err)
	}
	accounts, err := engine.LoadAccounts(w.app.accountsFile())
	if err != nil {
		t.Fatal(err)
	}
	password := filepath.Join(w.dir, "password")
	w.write(password, accounts.Writer.Password)
	transformers := []*workers{w.startWorker("transform-1", "transform", ""), w.startWorker("transform-2", "transform", "")}
	load := w.startWorker("load-1", "load", fmt.Sprintf("warehouse: {url: %q, user: zhibiao, password_file: %q}\n", w.app.engineURL(), password))

	published := w.collectAll(demoSources...)
	broker, err := w.app.broker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	waiting, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := broker.AwaitIdle(waiting, time.Minute); err != nil {
		t.Fatal(err)
	}
	w.compareWithTruth(1, nil, demoSources...)

	each := []int{transformers[0].acknowledged("transform"), transformers[1].acknowledged("transform")}
	if each[0] == 0 || each[1] == 0 || each[0]+each[1] != published {
		t.Errorf("of %d documents the transforming processes did %v", published, each)
	}
	if n := load.acknowledged("load-observations"); n == 0 {
		t.Error("the loading process loaded nothing")
	}
	for _, p := range append(transformers, load) {
		if code, body := p.get("/readyz"); code != 200 {
			t.Errorf("/readyz answers %d\n%s", code, body)
		}
		if _, body := p.get("/metrics"); !strings.Contains(body, "zhibiao_broker_up 1") || !strings.Contains(body, "zhibiao_waiting_messages{") {
			t.Error("/metrics says nothing of the broker")
		}
		p.drain()
	}
}

func TestWorkSaysWhatItNeeds(t *testing.T) {
	dir := t.TempDir()
	settings := filepath.Join(dir, "settings.yaml")
	if err := os.WriteFile(settings, []byte("broker: {url: \"nats://127.0.0.1:1\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{}, "--role"},
		{[]string{"--role", "cook"}, "collect, transform or load"},
		{[]string{"--role", "transform"}, "broker.url"},
		{[]string{"--role", "load", "--config", settings}, "warehouse.url"},
		{[]string{"--role", "load", "--new-seed", filepath.Join(dir, "seed")}, "leave --role out"},
		{[]string{"--new-seed", settings}, "there already"},
	} {
		code, _, stderr := zhibiao(t, append([]string{"work", "--data", dir}, c.args...)...)
		if code != pipeline.ExitYourInput || !strings.Contains(stderr, c.want) {
			t.Errorf("zhibiao work %v: exit code %d, want 2 and %q in\n%s", c.args, code, c.want, stderr)
		}
	}
}

// BenchmarkTransformingProcesses tells what a second process adds; each has one CPU.
// The processes are up before the clock starts, and halted while documents are
// published.
func BenchmarkTransformingProcesses(b *testing.B) {
	for _, n := range []int{1, 2} {
		b.Run(fmt.Sprintf("processes=%d", n), func(b *testing.B) {
			documents := 0
			for range b.N {
				b.StopTimer()
				w := startTown(b, statsite.Config{Seed: demoSeed, FirstYear: 1949})
				var all []*workers
				for i := range n {
					p := w.startWorker(fmt.Sprint("transform-", i), "transform", "", "GOMAXPROCS=1")
					p.signal(syscall.SIGSTOP)
					all = append(all, p)
				}
				documents += w.collectAll(statsite.SourceTRS, statsite.SourceGBK, statsite.SourceMislabeled)
				b.StartTimer()
				for _, p := range all {
					p.signal(syscall.SIGCONT)
				}
				w.awaitTransformed()
				b.StopTimer()
				for _, p := range all {
					p.drain()
				}
			}
			b.ReportMetric(float64(documents)/b.Elapsed().Seconds(), "documents/s")
		})
	}
}

// awaitTransformed waits until no document waits any more.
func (w *town) awaitTransformed() {
	w.t.Helper()
	broker, err := w.app.broker(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for {
		depths, err := broker.Depths(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if depths[0].Idle() {
			return
		}
	}
}

func (p *workers) signal(s os.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}
