package main

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"zhibiao/pipeline"
)

var codePrinted = regexp.MustCompile(`(?m)^code +([2-9A-Z-]{14})$`)

// Accounts, sessions and the trail are in the broker: they outlive every process.
func TestAnAccountIsAddedSignsInAndIsDisabled(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, []byte("pages: {listen: \"127.0.0.1:0\", idle: 30m}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	added := mustRun(t, "account", "add", "qingxu", "--role", "county", "--region", "140121", "--display", "清徐县市场监管局", "--data", dir)
	found := codePrinted.FindStringSubmatch(added)
	if found == nil {
		t.Fatalf("no code in\n%s", added)
	}
	serve, at := startPages(t, dir)
	b := newBrowser(t, at)
	if status, body := b.post("/login/code", url.Values{"name": {"qingxu"}, "code": {found[1]}, "password": {"正确的马电池和订书钉"}, "again": {"正确的马电池和订书钉"}, "to": {"/account"}}); status != 200 || !strings.Contains(body, "清徐县市场监管局") {
		t.Fatalf("after the code: %d\n%s", status, body)
	}
	serve.Process.Signal(syscall.SIGKILL)
	serve.Wait()
	serve, at = startPages(t, dir)
	b.at = at // cookies know no port
	if status, body := b.get("/account"); status != 200 || !strings.Contains(body, "清徐县市场监管局") {
		t.Errorf("after a restart: %d\n%s", status, body)
	}
	if out := mustRun(t, "account", "list", "--data", dir); !strings.Contains(out, "qingxu") || strings.Contains(out, "never signed in") {
		t.Errorf("the list says\n%s", out)
	}
	mustRun(t, "account", "disable", "qingxu", "--data", dir)
	if status, body := b.get("/account"); status != 200 || !strings.Contains(body, `name="password"`) {
		t.Errorf("disabled: %d\n%s", status, body)
	}
	list := mustRun(t, "audit", "list", "--data", dir)
	for _, want := range []string{"cli:", "account.add qingxu 140121", "session.begin qingxu 140121 by=\"code\"", "127.0.0.1", "account.disable qingxu"} {
		if !strings.Contains(list, want) {
			t.Errorf("the trail has no %q:\n%s", want, list)
		}
	}
	if strings.Contains(list, found[1]) || strings.Contains(list, "马电池") {
		t.Errorf("a secret is on the trail:\n%s", list)
	}
	if out := mustRun(t, "audit", "verify", "--data", dir); !strings.Contains(out, "3 records") {
		t.Errorf("verify says\n%s", out)
	}
	serve.Process.Signal(syscall.SIGTERM)
	if err := serve.Wait(); err != nil {
		t.Errorf("serve ended with %v", err)
	}
	heads, err := os.ReadFile(filepath.Join(dir, "audit.heads"))
	if err != nil || !strings.Contains(string(heads), " 3 ") {
		t.Errorf("heads %q, %v", heads, err)
	}
	forged := strings.Replace(string(heads), " 3 ", " 2 ", 1)
	if err := os.WriteFile(filepath.Join(dir, "audit.heads"), []byte(forged), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := zhibiao(t, "audit", "verify", "--data", dir); code != pipeline.ExitOurFault || !strings.Contains(out, "was changed") {
		t.Errorf("a trail that does not lead through a head: exit code %d\n%s", code, out)
	}
}

func TestAccountsThatMakeNoSenseAreRefused(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"add", "a1"}, "--role"},
		{[]string{"add", "a1", "--role", "mayor"}, "choose from county"},
		{[]string{"add", "a1", "--role", "county", "--region", "149999"}, "no such region"},
		{[]string{"add", "a1", "--role", "county", "--region", "140100"}, "does not fit"},
		{[]string{"add", "a1", "--role", "unit", "--region", "140000", "--unit", "没有的处"}, "choose from"},
		{[]string{"add", "A 1", "--role", "admin"}, "account name"},
		{[]string{"add", "a1", "--role", "admin", "--days", "0"}, "1 to 90"},
		{[]string{"add", "--role", "admin"}, "arg"},
		{[]string{"code", "nobody"}, "no such account"},
		{[]string{"disable", "nobody"}, "no such account"},
	} {
		if code, _, stderr := zhibiao(t, append(append([]string{"account"}, c.args...), "--data", dir)...); code != pipeline.ExitYourInput || !strings.Contains(stderr, c.want) {
			t.Errorf("account %v: exit code %d, want %q in\n%s", c.args, code, c.want, stderr)
		}
	}
	if out := mustRun(t, "audit", "list", "--data", dir); out != "" {
		t.Errorf("what was refused is on the trail:\n%s", out)
	}
}

func TestPagesThatOthersReachTakeTLS(t *testing.T) {
	for text, want := range map[string]string{
		`pages: {listen: "0.0.0.0:8443"}`:                                                              "pages.certificate",
		`pages: {listen: "0.0.0.0:8443", certificate: x.pem}`:                                          "one is of no use",
		`pages: {listen: "0.0.0.0:8443", certificate: x.pem, key: x.key}`:                              "",
		`pages: {listen: "0.0.0.0:8080", trusted_proxy: [10.1.2.3]}`:                                   "",
		`pages: {listen: "0.0.0.0:8080", trusted_proxy: ["0.0.0.0/0"]}`:                                "trusted_proxy",
		`pages: {listen: "0.0.0.0:8080", trusted_proxy: [anybody]}`:                                    "trusted_proxy",
		`pages: {url: "http://zhibiao.example.cn"}`:                                                    "pages.url",
		`pages: {lifetime: 48h}`:                                                                       "pages.lifetime",
		`pages: {oidc: {issuer: "https://sso.example.cn", client_id: x}}`:                              "pages.oidc",
		`pages: {oidc: {issuer: "http://sso.example.cn", client_id: x}, url: "https://a.example.cn"}`:  "pages.oidc",
		`pages: {oidc: {issuer: "https://sso.example.cn", client_id: x}, url: "https://a.example.cn"}`: "",
		`pages: {open: true}`: "open",
	} {
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadSettings(t.TempDir(), file)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// browser keeps cookies.
type browser struct {
	t      *testing.T
	at     string
	client *http.Client
}

func newBrowser(t *testing.T, at string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t, at, &http.Client{Jar: jar}}
	t.Cleanup(b.client.CloseIdleConnections)
	return b
}

func (b *browser) get(path string) (int, string) {
	return b.ask(http.MethodGet, path, nil)
}

func (b *browser) post(path string, form url.Values) (int, string) {
	return b.ask(http.MethodPost, path, strings.NewReader(form.Encode()))
}

func (b *browser) ask(method, path string, body io.Reader) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, b.at+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.at)
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}
