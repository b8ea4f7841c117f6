package supplement_test

import (
	"bufio"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var load = flag.Int("load", 0, "how many accounts save drafts at the same time in the test of load; 500 is the promise, 0 skips it")

// crowd is all clerks against one server.
type crowd struct {
	t          *testing.T
	dir, codes string
	at         string
	server     *exec.Cmd
	client     *http.Client
	savers     []*saver
}

func (c *crowd) start() {
	c.t.Helper()
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	c.server = exec.CommandContext(c.t.Context(), self)
	c.server.Env = append(os.Environ(), asServer+"="+c.dir, asServer+"_CODES="+c.codes, asServer+"_COUNT="+strconv.Itoa(len(c.savers)))
	c.server.Stderr = os.Stderr
	output, err := c.server.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.server.Start(); err != nil {
		c.t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "ready ") {
		c.t.Fatalf("the server did not start: %q", lines.Text())
	}
	c.at = strings.TrimPrefix(lines.Text(), "ready ")
}

func (c *crowd) kill() {
	c.t.Helper()
	if err := c.server.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	_ = c.server.Wait() // it was killed
	c.client.CloseIdleConnections()
}

// all lets all clerks do something at the same time, and returns what failed.
func (c *crowd) all(do func(n int, s *saver) error) []error {
	failed := make([]error, len(c.savers))
	begin := make(chan struct{})
	var wait sync.WaitGroup
	for n, s := range c.savers {
		wait.Go(func() {
			<-begin
			failed[n] = do(n, s)
		})
	}
	close(begin)
	wait.Wait()
	return slices.DeleteFunc(failed, func(err error) bool { return err == nil })
}

// times takes what the clerks' requests took and says it.
func (c *crowd) times(what string) {
	var all []time.Duration
	for _, s := range c.savers {
		all = append(all, s.took...)
		s.took = nil
	}
	slices.Sort(all)
	at := func(percent int) time.Duration { return all[(len(all)-1)*percent/100].Round(time.Millisecond / 10) }
	c.t.Logf("%s: %d answered, p50 %s, p95 %s, p99 %s, longest %s", what, len(all), at(50), at(95), at(99), at(100))
}

// Hundreds of clerks save at the same time: every save is answered, and what was
// answered is there after the process was killed in the middle of it (promise 7).
func TestManyClerksSaveAtTheSameTimeAndAKillLosesNothing(t *testing.T) {
	if *load == 0 {
		t.Skip("SKIPPED: it takes minutes; run it with -load 500")
	}
	c := &crowd{t: t, dir: t.TempDir(), codes: filepath.Join(t.TempDir(), "codes"),
		client: &http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: *load},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	for n := range *load {
		c.savers = append(c.savers, &saver{region: loadRegion(n), revision: "0"})
	}
	c.start()
	c.signInAll()
	c.saveRounds(1, 4)
	c.saveSpread("20")
	c.checkAll()
	c.saveAndKill()
	c.start()
	c.checkAll()
	c.saveRounds(100, 101)
	c.checkAll()
	c.kill()
	c.client.CloseIdleConnections()
}

func (c *crowd) signInAll() {
	c.t.Helper()
	content, err := os.ReadFile(c.codes)
	if err != nil {
		c.t.Fatal(err)
	}
	codes := strings.Split(string(content), "\n")
	if failed := c.all(func(n int, s *saver) error {
		return s.signIn(c.t.Context(), c.client, c.at, loadAccount(n).Name, codes[n])
	}); len(failed) > 0 {
		c.t.Fatalf("%d could not sign in, such as %v", len(failed), failed[0])
	}
	c.times("log-in, all at once")
}

// saveRounds lets all save some numbers, each time all at once; the sheet is opened in
// between, as a browser does after a save, and not counted.
func (c *crowd) saveRounds(from, to int) {
	c.t.Helper()
	for number := from; number < to; number++ {
		if failed := c.all(func(_ int, s *saver) error { return s.save(c.t.Context(), c.client, c.at, strconv.Itoa(number)) }); len(failed) > 0 {
			c.t.Fatalf("%d saves were not answered, such as %v", len(failed), failed[0])
		}
		c.times("saving, all at once")
		c.checkAll()
	}
}

// spread is the time over which people's saves are spread: 500 of them are 50 a second.
const spread = 10 * time.Second

// saveSpread lets each clerk save at some moment of a span, as people do.
func (c *crowd) saveSpread(number string) {
	c.t.Helper()
	if failed := c.all(func(n int, s *saver) error {
		select {
		case <-time.After(spread * time.Duration(n*7919%len(c.savers)) / time.Duration(len(c.savers))): // spread evenly, in no order
		case <-c.t.Context().Done():
		}
		return s.save(c.t.Context(), c.client, c.at, number)
	}); len(failed) > 0 {
		c.t.Fatalf("%d saves were not answered, such as %v", len(failed), failed[0])
	}
	c.times("saving, spread over " + spread.String())
}

// saveAndKill kills the server when about half of the saves are answered.
func (c *crowd) saveAndKill() {
	c.t.Helper()
	answers := make(chan struct{}, len(c.savers))
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		for range len(c.savers) / 2 {
			<-answers
		}
		_ = c.server.Process.Kill()
	}()
	failed := c.all(func(_ int, s *saver) error {
		err := s.save(c.t.Context(), c.client, c.at, "50")
		answers <- struct{}{}
		return err
	})
	<-killed
	_ = c.server.Wait() // it was killed
	c.client.CloseIdleConnections()
	for _, s := range c.savers {
		s.took = nil
	}
	c.t.Logf("killed: %d of %d saves had no answer", len(failed), len(c.savers))
	if len(failed) == 0 {
		c.t.Log("the kill came after the last answer: it shows little")
	}
}

// checkAll wants every draft to be what was answered for last, or what was sent after
// that.
func (c *crowd) checkAll() {
	c.t.Helper()
	if failed := c.all(func(_ int, s *saver) error {
		shown, err := s.look(c.t.Context(), c.client, c.at)
		if err == nil && shown != s.saved && shown != s.sent {
			err = fmt.Errorf("the draft of %s is %q, saved was %q and sent %q", s.region, shown, s.saved, s.sent)
		}
		return err
	}); len(failed) > 0 {
		c.t.Fatalf("%d drafts are not there, such as %v", len(failed), failed[0])
	}
}
