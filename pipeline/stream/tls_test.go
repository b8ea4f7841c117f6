package stream

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// selfSigned makes a certificate for 127.0.0.1 and the file that trusts it.
func selfSigned(t *testing.T) (certificate tls.Certificate, caFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, caFile
}

func TestABrokerBehindTLSIsTrustedByItsFileOnly(t *testing.T) {
	certificate, caFile := selfSigned(t)
	url := startServer(t, &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: testStore,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, TLSTimeout: 10,
	})
	url = "tls://" + strings.TrimPrefix(strings.TrimPrefix(url, "nats://"), "tls://")
	connect := func(caFile string, patience time.Duration) error {
		access := Access{URL: url, CAFile: caFile}
		options, err := access.Options()
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		b, err := Connect(ctx, url, Profile{MaxStore: testStore}, nil, options...)
		if err != nil {
			return err
		}
		return b.Close()
	}
	if err := connect(caFile, 20*time.Second); err != nil {
		t.Errorf("with the broker's certificate: %v", err)
	}
	if err := connect("", 2*time.Second); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without it: %v, want a word on the certificate", err)
	}
}
