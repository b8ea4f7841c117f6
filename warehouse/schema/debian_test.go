package schema_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var fetch = flag.Bool("fetch", false, "fetch Debian's clickhouse-server and zookeeper into the user's cache for the test on two servers")

// installation is a folder that holds Debian's packages, unpacked or installed.
type installation struct{ root, java string }

func (i installation) server() string    { return filepath.Join(i.root, "usr/sbin/clickhouse-server") }
func (i installation) zookeeper() string { return i.jar("zookeeper") }

func (i installation) jar(name string) string {
	return filepath.Join(i.root, "usr/share/java", name+".jar")
}

// classPath names the libraries that a server with the default metrics needs.
func (i installation) classPath() string {
	return strings.Join([]string{i.zookeeper(), i.jar("zookeeper-jute"), i.jar("metrics-core"), i.jar("snappy-java"), i.jar("netty-all")}, ":")
}

// findInstallation looks for installed packages, then in the cache, and fetches them
// if asked to. It skips the test where they are not to be had.
func findInstallation(t *testing.T) installation {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("no folder for the cache of Debian's packages:", err)
	}
	cached := filepath.Join(cache, "zhibiao", "debian-clickhouse")
	for _, root := range []string{"/", cached} {
		if found, ok := installed(root); ok {
			return found
		}
	}
	if !*fetch {
		t.Skip("Debian's clickhouse-server and zookeeper are not here; make cluster-test fetches them")
	}
	if err := fetchPackages(t, cached); err != nil {
		t.Skip("Debian's clickhouse-server and zookeeper cannot be fetched:", err)
	}
	found, ok := installed(cached)
	if !ok {
		t.Skip("there is no Java for zookeeper: install a JRE")
	}
	return found
}

func installed(root string) (installation, bool) {
	java, err := exec.LookPath("java")
	if err != nil {
		if found, _ := filepath.Glob(filepath.Join(root, "usr/lib/jvm/*/bin/java")); len(found) > 0 {
			java = found[0]
		}
	}
	found := installation{root, java}
	for _, file := range []string{found.server(), found.zookeeper(), java} {
		if _, err := os.Stat(file); err != nil {
			return found, false
		}
	}
	return found, true
}

// fetchPackages downloads what apt-get would install, checked by its signed lists, and
// unpacks it without installing anything.
func fetchPackages(t *testing.T, into string) error {
	names, err := missingPackages(t)
	if err != nil {
		if _, err := output(t, "", "apt-get", "update"); err != nil {
			return err
		}
		if names, err = missingPackages(t); err != nil {
			return err
		}
	}
	downloads := t.TempDir()
	if _, err := output(t, downloads, "apt-get", append([]string{"download"}, names...)...); err != nil {
		return err
	}
	packages, err := filepath.Glob(filepath.Join(downloads, "*.deb"))
	if err != nil || len(packages) == 0 {
		return errors.New("apt-get downloaded no package")
	}
	unpacked := into + ".new"
	if err := os.RemoveAll(unpacked); err != nil {
		return err
	}
	if err := os.MkdirAll(unpacked, 0o755); err != nil {
		return err
	}
	for _, p := range packages {
		if _, err := output(t, "", "dpkg", "-x", p, unpacked); err != nil {
			return err
		}
	}
	return errors.Join(os.RemoveAll(into), os.Rename(unpacked, into))
}

// missingPackages are the two and what they need, without what the machine has.
func missingPackages(t *testing.T) ([]string, error) {
	plan, err := output(t, "", "apt-get", "install", "--simulate", "--no-install-recommends", "clickhouse-server", "zookeeper")
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(plan) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Inst" {
			names = append(names, fields[1])
		}
	}
	if len(names) == 0 {
		return nil, errors.New("apt-get would install nothing")
	}
	return names, nil
}

func output(t *testing.T, dir, name string, arguments ...string) (string, error) {
	command := exec.CommandContext(t.Context(), name, arguments...)
	command.Dir = dir
	command.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	text, err := command.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(failed.Stderr)))
	}
	return string(text), err
}

// process is a server that the test started and ends.
type process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	log  string
}

// start runs a server; ready is asked until it gives no error.
func start(t *testing.T, name, dir string, environment []string, ready func() error, command ...string) *process {
	t.Helper()
	p := &process{name: name, done: make(chan struct{}), log: filepath.Join(dir, "output")}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	p.cmd = exec.Command(command[0], command[1:]...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, log, log
	p.cmd.Env = append(os.Environ(), environment...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", name, err)
	}
	go func() {
		defer close(p.done)
		p.cmd.Wait()
	}()
	t.Cleanup(p.kill)
	eventually(t, name+" answers", func() error {
		select {
		case <-p.done:
			text, _ := os.ReadFile(p.log)
			t.Fatalf("%s ended: %s", name, text)
		default:
		}
		return ready()
	})
	return p
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// eventually waits until a condition gives no error, at most half a minute.
func eventually(t *testing.T, what string, condition func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waiting until %s: %v", what, err)
		case <-tick.C:
		}
	}
}

// freePorts returns ports of the loopback address that nobody listens on.
func freePorts(t *testing.T, n int) []int {
	t.Helper()
	ports := make([]int, n)
	for i := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		ports[i] = listener.Addr().(*net.TCPAddr).Port
	}
	return ports
}
