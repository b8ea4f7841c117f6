package observe

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var sample = Alert{
	Host: "h", At: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), Check: "warehouse", State: StateProblem,
	Problem: "仓库不可用\r\nBcc: spy@example.org", Since: time.Date(2025, 1, 2, 3, 0, 0, 0, time.UTC), Duration: "4m5s",
}

func secret(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAWebhookGetsTheAlertAndItsTokenFromAFile(t *testing.T) {
	status := http.StatusNoContent
	var got map[string]any
	var token string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token = r.Header.Get("Authorization")
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		w.WriteHeader(status)
	}))
	defer s.Close()
	defer webhookClient.CloseIdleConnections()
	hook := Webhook{URL: s.URL, TokenFile: secret(t, "s3cret")}
	if err := hook.Send(t.Context(), sample); err != nil {
		t.Fatal(err)
	}
	if token != "Bearer s3cret" || got["check"] != "warehouse" || got["state"] != "problem" || !strings.Contains(got["text"].(string), "仓库不可用") {
		t.Errorf("the hook got %q and %v", token, got)
	}
	for _, status = range []int{http.StatusFound, http.StatusBadRequest, http.StatusServiceUnavailable} {
		if err := hook.Send(t.Context(), sample); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("answer %d: %v", status, err)
		}
	}
	if err := os.Chmod(hook.TokenFile, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := hook.Send(t.Context(), sample); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a secret that all can read: %v", err)
	}
}

// post is a mail server of a few words that takes one mail.
type post struct {
	address string
	said    chan string // the whole conversation of the client
}

func startPost(t *testing.T, offers string) post {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	p := post{address: listener.Addr().String(), said: make(chan string, 1)}
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		p.said <- p.converse(conn, offers)
	}()
	return p
}

func (p post) converse(conn net.Conn, offers string) string {
	var said strings.Builder
	lines, inData := bufio.NewReader(conn), false
	fmt.Fprint(conn, "220 test\r\n")
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return said.String()
		}
		said.WriteString(line)
		verb := strings.ToUpper(strings.Fields(line + " x")[0])
		switch {
		case inData && line == ".\r\n":
			inData = false
			fmt.Fprint(conn, "250 taken\r\n")
		case inData:
		case verb == "EHLO":
			fmt.Fprint(conn, "250-test\r\n"+offers+"250 8BITMIME\r\n")
		case verb == "DATA":
			inData = true
			fmt.Fprint(conn, "354 go on\r\n")
		case verb == "AUTH":
			fmt.Fprint(conn, "235 yes\r\n")
		case verb == "STARTTLS":
			fmt.Fprint(conn, "220 go on\r\n")
			return said.String()
		case verb == "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return said.String()
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}

func TestAMailArrivesAsItWasMeant(t *testing.T) {
	p := startPost(t, "250-AUTH PLAIN\r\n")
	m := Mail{Server: p.address, TLS: TLSNone, From: "zhibiao@example.org", To: []string{"a@example.org", "b@example.org"}, User: "u", PasswordFile: secret(t, "pw")}
	if err := m.Send(t.Context(), sample); err != nil {
		t.Fatal(err)
	}
	said := <-p.said
	for _, want := range []string{"AUTH PLAIN AHUAcHc=", "MAIL FROM:<zhibiao@example.org>", "RCPT TO:<a@example.org>", "RCPT TO:<b@example.org>"} {
		if !strings.Contains(said, want) {
			t.Errorf("the client did not say %q in\n%s", want, said)
		}
	}
	_, data, _ := strings.Cut(said, "DATA\r\n")
	message, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if bcc := message.Header.Get("Bcc"); bcc != "" {
		t.Errorf("the problem's text became a header: Bcc %s", bcc)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	body, _ := io.ReadAll(quotedprintable.NewReader(message.Body))
	if err != nil || subject != sample.Subject() || !strings.Contains(string(body), "仓库不可用") || !strings.Contains(string(body), "4m5s") {
		t.Errorf("subject %q, %v, body\n%s", subject, err, body)
	}
}

func TestWithoutTLSNeitherPasswordNorMailLeave(t *testing.T) {
	for name, offers := range map[string]string{"none is offered": "", "the server breaks off": "250-STARTTLS\r\n"} {
		p := startPost(t, offers)
		m := Mail{Server: p.address, From: "zhibiao@example.org", To: []string{"a@example.org"}, User: "u", PasswordFile: secret(t, "pw")}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if err := m.Send(ctx, sample); err == nil || !strings.Contains(err.Error(), "TLS") {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		if said := <-p.said; strings.Contains(said, "AUTH") || strings.Contains(said, "DATA") {
			t.Errorf("%s, and the client said\n%s", name, said)
		}
	}
}

func TestAMailServerThatHangsIsGivenUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	m := Mail{Server: listener.Addr().String(), TLS: TLSNone, From: "a@example.org", To: []string{"b@example.org"}}
	if err := m.Send(ctx, sample); err == nil {
		t.Error("a server that says nothing is taken for one that took the mail")
	}
}
