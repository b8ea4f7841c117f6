package stream

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"
)

// startCluster runs three servers and returns the URL of the first.
func startCluster(t *testing.T) string {
	t.Helper()
	var routes []*url.URL
	var ports []int
	for range 3 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: listener.Addr().String()})
		listener.Close()
	}
	var first *server.Server
	for i, port := range ports {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprint("s", i), Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: 1 << 30,
			Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: port}, Routes: routes,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() {
			s.Shutdown()
			s.WaitForShutdown()
		})
		if !s.ReadyForConnections(20 * time.Second) {
			t.Fatal("a server of the cluster does not start")
		}
		if i == 0 {
			first = s
		}
	}
	return first.ClientURL()
}

// More messages wait at a replicated consumer than are asked for at a time: all come,
// and none of them twice.
func TestAnIntakeOfAReplicatedConsumerKeepsUp(t *testing.T) {
	address := startCluster(t)
	var broker *Broker
	for broker == nil { // until the servers have chosen who leads
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		connected, err := Connect(ctx, address, Profile{Replicas: 3, MaxStore: 512 << 20}, zap.NewNop())
		cancel()
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
		if err == nil {
			broker = connected
		}
	}
	defer broker.Close()
	const n = 100
	for i := range n {
		if err := broker.Publish(t.Context(), Batch{Subject: "documents.x", ID: fmt.Sprint(i), Payload: []byte("x")}); err != nil {
			t.Fatal(err)
		}
	}
	intake, err := broker.Intake(t.Context(), Transform, IntakeConfig{Fetch: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer intake.Stop()
	seen := map[string]bool{}
	for len(seen) < n {
		message, err := intake.Next(t.Context(), 10*time.Second)
		if err != nil || message == nil {
			t.Fatalf("%d of %d messages came: %v", len(seen), n, err)
		}
		if seen[message.ID()] {
			t.Errorf("message %s came twice", message.ID())
		}
		seen[message.ID()] = true
		if err := message.Acknowledge(); err != nil {
			t.Fatal(err)
		}
	}
}
