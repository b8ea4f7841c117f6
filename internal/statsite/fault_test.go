package statsite

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	anyHost = "taiyuan.tjj.example"
	anyPath = "/tjsj/qxgb/index.html"
	anyURL  = "http://" + anyHost + anyPath
)

func TestFaultsOfStatus(t *testing.T) {
	site, client := open(t, Config{})
	for kind, status := range map[FaultKind]int{FaultNotFound: 404, FaultServerError: 500, FaultUnavailable: 503} {
		site.Fault(anyHost, anyPath, kind)
		p := get(t, client, anyURL)
		if p.status != status || (p.header.Get("Retry-After") == "1") != (kind == FaultUnavailable) {
			t.Errorf("kind %d: %d, %v", kind, p.status, p.header)
		}
		if p := get(t, client, "http://"+anyHost+"/robots.txt"); p.status != 200 {
			t.Errorf("kind %d spoils another path", kind)
		}
	}
	site.ClearFaults()
	if p := get(t, client, anyURL); p.status != 200 {
		t.Errorf("not healed: %d", p.status)
	}
}

func TestFaultsThatLookLikeAnswers(t *testing.T) {
	site, client := open(t, Config{})
	r := site.World().Requests()[0]
	for kind, want := range map[FaultKind]string{FaultHTML: "系统维护", FaultChallenge: "document.cookie"} {
		site.Fault(hostNBS, pathESData, kind)
		p := ask(t, client, r.Method, r.URL, r.ContentType, r.Body)
		if p.status != 200 || p.body[0] != '<' || !strings.Contains(string(p.body), want) {
			t.Errorf("kind %d: %d %s", kind, p.status, p.body)
		}
	}
}

func TestFaultTimesLetsThePageThroughAfterwards(t *testing.T) {
	site, client := open(t, Config{})
	site.FaultTimes(anyHost, "", FaultUnavailable, 2)
	var got []int
	for range 3 {
		got = append(got, get(t, client, anyURL).status)
	}
	if got[0] != 503 || got[1] != 503 || got[2] != 200 {
		t.Errorf("statuses %v", got)
	}
	if len(site.Requests()) != 3 {
		t.Error("spoiled requests are not logged")
	}
}

func TestFaultsOfTheConnection(t *testing.T) {
	site, client := open(t, Config{})
	site.Fault(anyHost, anyPath, FaultTruncated)
	p, err := try(t.Context(), client, "GET", anyURL, "", "")
	if !errors.Is(err, io.ErrUnexpectedEOF) || p.header.Get("Content-Length") == "" || len(p.body) == 0 {
		t.Errorf("truncated: %v, %d bytes", err, len(p.body))
	}
	site.Fault(anyHost, anyPath, FaultReset)
	if _, err := try(t.Context(), client, "POST", anyURL, "text/plain", "x"); !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
		t.Errorf("reset: %v", err)
	}
	client.CloseIdleConnections()
	site.FaultTimes(anyHost, "", FaultRefused, 1)
	if _, err := try(t.Context(), client, "GET", anyURL, "", ""); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("refused: %v", err)
	}
}

func TestOversizePageIsLargerThanPromisedNowhere(t *testing.T) {
	site, client := open(t, Config{})
	site.OversizeBytes = 1 << 20
	whole := get(t, client, anyURL)
	site.Fault(anyHost, anyPath, FaultOversize)
	p := get(t, client, anyURL)
	if len(p.body) != 1<<20+len(whole.body) || p.header.Get("Content-Length") != "" || !bytes.HasSuffix(p.body, whole.body) {
		t.Errorf("%d bytes, %v", len(p.body), p.header)
	}
}

func TestSlowDripArrivesWholeOrEndsWithTheReader(t *testing.T) {
	site, client := open(t, Config{})
	site.DripEvery = time.Microsecond
	whole := get(t, client, anyURL)
	site.Fault(anyHost, anyPath, FaultSlowDrip)
	if p := get(t, client, anyURL); !bytes.Equal(p.body, whole.body) {
		t.Errorf("%d bytes of %d", len(p.body), len(whole.body))
	}
	endless, client := open(t, Config{})
	endless.DripEvery = 50 * time.Millisecond
	endless.Fault(anyHost, anyPath, FaultSlowDrip)
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "GET", anyURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	cancel()
	if _, err := io.ReadAll(answer.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("reading on: %v", err)
	}
}

func TestUnknownFaultIsRejected(t *testing.T) {
	site, _ := open(t, Config{})
	defer func() {
		if recover() == nil {
			t.Error("accepted")
		}
	}()
	site.Fault(anyHost, anyPath, 99)
}
