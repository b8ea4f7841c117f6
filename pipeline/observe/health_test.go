package observe

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPartThatPanicsOrHangsIsNotWellAndHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		findings := NewHealth(
			Check{"well", func(context.Context) error { return nil }},
			Check{"ill", func(context.Context) error { return errors.New("mend it") }},
			Check{"panicking", func(context.Context) error { panic("oh") }},
			Check{"hanging", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
		).Look(t.Context())
		want := []string{"", "mend it", "looking at panicking panicked: oh", "context deadline exceeded"}
		for i, f := range findings {
			if f.Problem != want[i] {
				t.Errorf("%s: %q, want %q", f.Name, f.Problem, want[i])
			}
		}
		if took := time.Since(start); took != lookTimeout {
			t.Errorf("looking took %s, want %s", took, lookTimeout)
		}
		if problems := Problems(findings); len(problems) != 3 || problems[0].Name != "ill" {
			t.Errorf("problems are %v", problems)
		}
	})
}

func TestThePagesSayWhetherAndWhyNot(t *testing.T) {
	var problem error
	health := NewHealth(Check{"broker", func(context.Context) error { return nil }}, Check{"warehouse", func(context.Context) error { return problem }})
	metrics := NewMetrics("v1")
	listener, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, health, metrics) }()
	client := &http.Client{}
	get := func(path string) (int, string) {
		t.Helper()
		answer, err := client.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
	if code, body := get("/readyz"); code != 200 || body != "ok   broker\nok   warehouse\n" {
		t.Errorf("all well: %d\n%s", code, body)
	}
	problem = errors.New("away:\nstart it")
	if code, body := get("/readyz"); code != 503 || body != "ok   broker\nBAD  warehouse: away:; start it\n" {
		t.Errorf("warehouse away: %d\n%s", code, body)
	}
	if code, _ := get("/healthz"); code != 200 {
		t.Errorf("the process lives and /healthz answers %d", code)
	}
	if code, body := get("/metrics"); code != 200 || !strings.Contains(body, `zhibiao_build_info{version="v1"} 1`) {
		t.Errorf("/metrics: %d\n%.300s", code, body)
	}
	if code, _ := get("/debug/pprof/"); code != 404 {
		t.Errorf("an unknown page answers %d", code)
	}
	client.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestASourceIsLateOnceItsTurnAndTheGraceHavePassed(t *testing.T) {
	now := time.Date(2025, 3, 2, 12, 0, 0, 0, time.UTC)
	hours := func(n int) time.Time { return now.Add(time.Duration(n) * time.Hour) }
	for name, c := range map[string]struct {
		expectation Expectation
		late        bool
	}{
		"due tomorrow":                {Expectation{Last: hours(-1), Next: hours(23)}, false},
		"due within the grace":        {Expectation{Last: hours(-26), Next: hours(-2)}, false},
		"due before the grace":        {Expectation{Last: hours(-31), Next: hours(-7)}, true},
		"never run, its turn is past": {Expectation{Next: hours(-7), Reason: "blocked\nmore"}, true},
		"without a schedule":          {Expectation{}, false},
	} {
		c.expectation.Source = "s"
		err := Late([]Expectation{c.expectation}, now, 6*time.Hour)
		if (err != nil) != c.late {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "zhibiao collect --source") || strings.Contains(err.Error(), "more")) {
			t.Errorf("%s says %v", name, err)
		}
	}
}

func TestASourceThatIsSilentForAQuarterIsNamedByItselfAndTheLongestComesFirst(t *testing.T) {
	now := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	silent := func(name string, days int) Expectation {
		since := now.Add(-time.Duration(days) * 24 * time.Hour)
		return Expectation{Source: name, Last: since, Since: since, Next: since.Add(24 * time.Hour)}
	}
	all := []Expectation{silent("week", 7), silent("year", 365), silent("fresh", 0), silent("quarter", 90), silent("almost", 89)}
	broken := Broken(all, now, 6*time.Hour)
	if broken == nil || !strings.Contains(broken.Error(), "2 sources") || !strings.Contains(broken.Error(), "year (silent for 365 days, last success 2024-06-01T12:00:00Z") ||
		strings.Contains(broken.Error(), "almost") {
		t.Errorf("broken: %v", broken)
	}
	var names []string
	for _, e := range Overdue(all, now, 6*time.Hour) {
		names = append(names, e.Source)
	}
	if got := strings.Join(names, " "); got != "year quarter almost week" {
		t.Errorf("overdue: %s", got)
	}
	if err := Broken(all[:1], now, 6*time.Hour); err != nil {
		t.Errorf("a week is no quarter: %v", err)
	}
}

func TestTheDiskIsGuardedByTheStricterOfShareAndBytes(t *testing.T) {
	const gib = 1 << 30
	for name, c := range map[string]struct {
		disk        Disk
		free, total uint64
		stop        bool
	}{
		"enough of both":              {Disk{Percent: 15, Bytes: 5 * gib}, 20 * gib, 100 * gib, false},
		"a small share of a big disk": {Disk{Percent: 15, Bytes: 5 * gib}, 14 * gib, 100 * gib, true},
		"few bytes of a small disk":   {Disk{Percent: 15, Bytes: 5 * gib}, 4 * gib, 10 * gib, true},
		"exactly enough":              {Disk{Bytes: 5 * gib}, 5 * gib, 10 * gib, false},
		"nothing is asked for":        {Disk{}, 0, 10 * gib, false},
	} {
		if err := c.disk.judge(c.free, c.total); (err != nil) != c.stop {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (Disk{Dir: t.TempDir(), Bytes: 1 << 62}).Check(); err == nil {
		t.Error("a disk smaller than asked for is let pass")
	}
	if err := (Disk{Dir: "/nowhere"}).Check(); err == nil {
		t.Error("a missing folder is let pass")
	}
}
