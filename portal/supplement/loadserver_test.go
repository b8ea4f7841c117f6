package supplement_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal"
	"zhibiao/portal/account"
	"zhibiao/portal/session"
	"zhibiao/portal/supplement/supplementtest"
)

// asServer makes the test's binary the server of the test of load.
const asServer = "ZHIBIAO_TEST_SERVER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asServer); dir != "" {
		if err := serveLoad(dir, os.Getenv(asServer+"_CODES")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// loadRegion returns the code of the n-th county of the test.
func loadRegion(n int) string { return fmt.Sprintf("14%02d%02d", 1+n/90, 10+n%90) }

func loadAccount(n int) account.Account {
	return supplementtest.County(fmt.Sprintf("clerk-%d", n), loadRegion(n))
}

// serveLoad serves the pages of a folder until it is killed. The first time it adds
// accounts, and writes their one-time codes to a file.
func serveLoad(dir, codes string) error {
	ctx := context.Background()
	h, err := supplementtest.OpenIn(ctx, dir, supplementtest.Loopback())
	if err != nil {
		return err
	}
	if _, err := os.Stat(codes); err != nil {
		var all []string
		for n := range loadCount() {
			oneTime, err := h.Directory.Add(ctx, loadAccount(n), time.Hour)
			if err != nil {
				return err
			}
			all = append(all, oneTime)
		}
		if err := os.WriteFile(codes, []byte(strings.Join(all, "\n")), 0o600); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it lives as long as the process
	if err != nil {
		return err
	}
	fmt.Printf("ready http://%s\n", listener.Addr())
	return portal.Serve(ctx, listener, h.Config)
}

// loadCount is how many accounts the server's parent wants.
func loadCount() int {
	n, _ := strconv.Atoi(os.Getenv(asServer + "_COUNT"))
	return n
}

// saver is one clerk who saves again and again.
type saver struct {
	region, token string
	revision      string
	saved         string // the last number whose save was answered
	sent          string // the last number that was sent
	took          []time.Duration
}

func (s *saver) cell() desk.Cell {
	return desk.Cell{Indicator: "brands", Region: s.region, Period: pipeline.YearPeriod(2024, pipeline.End)}
}

// save saves a number by the page's form. An error says that there was no answer.
func (s *saver) save(ctx context.Context, client *http.Client, at, number string) error {
	key := s.cell().String()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, pair := range [][2]string{{"do", "save"}, {"revision", s.revision}, {"cell", key}, {"typed." + key, number}, {"reason." + key, "说明"}} {
		if err := form.WriteField(pair[0], pair[1]); err != nil {
			return err
		}
	}
	if err := form.Close(); err != nil {
		return err
	}
	s.sent = number
	begun := time.Now()
	answer, err := s.do(ctx, client, http.MethodPost, at+"/supplement/"+s.region, form.FormDataContentType(), &body)
	if err != nil {
		return err
	}
	if answer.status != http.StatusSeeOther {
		return fmt.Errorf("saving for %s: %d %s", s.region, answer.status, answer.body)
	}
	s.took, s.saved = append(s.took, time.Since(begun)), number
	return nil
}

type answered struct {
	status int
	body   string
}

func (s *saver) do(ctx context.Context, client *http.Client, method, url, contentType string, body io.Reader) (answered, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return answered{}, err
	}
	r.AddCookie(&http.Cookie{Name: session.PlainCookie, Value: s.token})
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	response, err := client.Do(r)
	if err != nil {
		return answered{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answered{response.StatusCode, string(text)}, err
}

// look reads the draft as the page shows it.
func (s *saver) look(ctx context.Context, client *http.Client, at string) (number string, err error) {
	got, err := s.do(ctx, client, http.MethodGet, at+"/supplement/"+s.region, "", nil)
	if err != nil || got.status != http.StatusOK {
		return "", fmt.Errorf("looking at %s: %d %s %w", s.region, got.status, got.body, err)
	}
	page := supplementtest.Page{Body: got.body}
	s.revision = page.Field("revision")
	return page.Field("typed." + s.cell().String()), nil
}

// signIn signs in with a one-time code and keeps the session's token.
func (s *saver) signIn(ctx context.Context, client *http.Client, at, name, oneTime string) error {
	form := url.Values{"name": {name}, "code": {oneTime}, "password": {"一个好记的长密码没有人猜"}, "again": {"一个好记的长密码没有人猜"}, "to": {"/"}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at+"/login/code", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	begun := time.Now()
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	s.took = append(s.took, time.Since(begun))
	for _, c := range response.Cookies() {
		s.token = c.Value
	}
	if response.StatusCode != http.StatusSeeOther || s.token == "" {
		return fmt.Errorf("signing in as %s: %d", name, response.StatusCode)
	}
	return nil
}
