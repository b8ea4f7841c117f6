package observe

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/smtp"
	"os"
	"strings"
	"time"
)

// How a mail server is spoken to.
const (
	TLSStart    = "starttls" // the default
	TLSImplicit = "implicit"
	TLSNone     = "none" // on the own machine or a trusted network
)

// Mail sends alerts by SMTP.
type Mail struct {
	Server       string // host:port
	TLS          string // one of the above, "" is TLSStart
	CAFile       string // trusts these certificates instead of the system's
	From         string
	To           []string
	User         string // "" does not sign in
	PasswordFile string
}

// Name implements Channel.
func (Mail) Name() string { return "mail" }

// Send implements Channel. A server that offers no TLS where it is asked for gets
// neither the password nor the mail.
func (m Mail) Send(ctx context.Context, alert Alert) error {
	if err := m.send(ctx, alert); err != nil {
		return fmt.Errorf("mailing an alert through %s: %w", m.Server, err)
	}
	return nil
}

func (m Mail) send(ctx context.Context, alert Alert) error {
	client, err := m.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	if m.User != "" {
		if err := m.signIn(client); err != nil {
			return err
		}
	}
	if err := client.Mail(m.From); err != nil {
		return err
	}
	for _, to := range m.To {
		if err := client.Rcpt(to); err != nil {
			return err
		}
	}
	body, err := client.Data()
	if err != nil {
		return err
	}
	text, err := m.message(alert)
	if err != nil {
		return err
	}
	_, err = body.Write(text)
	if err := errors.Join(err, body.Close()); err != nil {
		return err
	}
	return client.Quit()
}

// connect says hello, under TLS where that is asked for. The deadline of ctx bounds
// the whole conversation.
func (m Mail) connect(ctx context.Context) (*smtp.Client, error) {
	host, _, err := net.SplitHostPort(m.Server)
	if err != nil {
		return nil, err
	}
	security := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if m.CAFile != "" {
		if security.RootCAs, err = readCertificates(m.CAFile); err != nil {
			return nil, err
		}
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", m.Server)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		err = conn.SetDeadline(deadline)
	}
	if err == nil && m.TLS == TLSImplicit {
		secure := tls.Client(conn, security)
		err, conn = secure.HandshakeContext(ctx), secure
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if m.TLS == "" || m.TLS == TLSStart {
		if err := client.StartTLS(security); err != nil {
			return nil, errors.Join(fmt.Errorf("starting TLS: %w", err), client.Close())
		}
	}
	return client, nil
}

func (m Mail) signIn(client *smtp.Client) error {
	password, err := readSecret(m.PasswordFile)
	if err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(m.Server)
	if err := client.Auth(smtp.PlainAuth("", m.User, password, host)); err != nil {
		return fmt.Errorf("signing in as %s: %w", m.User, err)
	}
	return nil
}

// message writes the mail: UTF-8, quoted-printable, headers that nothing in the alert
// can add to.
func (m Mail) message(alert Alert) ([]byte, error) {
	id := make([]byte, 12)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	subject := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, alert.Subject())
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%s@zhibiao>\r\n",
		m.From, strings.Join(m.To, ", "), mime.QEncoding.Encode("utf-8", subject),
		alert.At.Format(time.RFC1123Z), base64.RawURLEncoding.EncodeToString(id))
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n" +
		"Auto-Submitted: auto-generated\r\n\r\n")
	body := quotedprintable.NewWriter(&b)
	_, err := body.Write([]byte(alert.Text()))
	return b.Bytes(), errors.Join(err, body.Close())
}

// readSecret reads a secret that only its user may read. It is read at each use, so
// that a changed one needs no restart.
func readSecret(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("reading a secret: others can read %s: chmod 600 it", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

func readCertificates(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("reading certificates: %s holds none in PEM", file)
	}
	return pool, nil
}
