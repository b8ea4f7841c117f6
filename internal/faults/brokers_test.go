package faults_test

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"zhibiao/internal/faults"
	"zhibiao/pipeline/stream"
)

// rowBrokerRestarts stops the broker, in order or not, and starts it again.
func rowBrokerRestarts(t *trial) {
	w := newTown(t, redelivery)
	w.startWorker("transform")
	w.startWorker("load")
	w.underLoad(3, func() {
		end := w.broker.Stop
		if t.random.IntN(2) == 0 {
			end = w.broker.Kill
			t.Kills++
		}
		w.check(end)
		pause(time.Duration(t.random.IntN(1000)) * time.Millisecond)
		w.check(w.broker.Start)
	})
	w.awaitIdle(2 * time.Minute)
	w.judge()
}

// longestGap is how long a cluster may take no messages after it lost a server.
const longestGap = 15 * time.Second

// rowClusterLosesServers kills the server that leads a stream, then one that follows,
// of three.
func rowClusterLosesServers(t *trial) {
	w := newTownOf(t, redelivery, 3)
	w.startWorker("transform")
	w.startWorker("load")
	longest := time.Duration(0)
	leader := true
	w.underLoad(2, func() {
		victim := w.server(leader)
		leader = !leader
		w.check(victim.Kill)
		t.Kills++
		began := time.Now()
		w.takesMessages()
		longest = max(longest, time.Since(began))
		pause(time.Duration(t.random.IntN(2000)) * time.Millisecond)
		w.check(victim.Start)
		w.inStep()
	})
	w.awaitIdle(2 * time.Minute)
	w.judge()
	t.Note = fmt.Sprintf("longest gap without a leader %.1f s", longest.Seconds())
	if longest > longestGap {
		t.Errorf("the cluster took no messages for %s", longest)
	}
}

// followed is the stream whose leader is killed.
func (w *town) followed(ctx context.Context) (*jetstream.StreamInfo, error) {
	connection, err := nats.Connect(w.brokerURL(), nats.Timeout(time.Second))
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	js, err := jetstream.New(connection, jetstream.WithDefaultTimeout(time.Second))
	if err != nil {
		return nil, err
	}
	s, err := js.Stream(ctx, stream.Observations)
	if err != nil {
		return nil, err
	}
	return s.CachedInfo(), nil
}

// server finds one of the cluster by what it is to the stream.
func (w *town) server(leads bool) *faults.Broker {
	w.Helper()
	var name string
	eventually(w, time.Minute, "the stream has a leader", func() bool {
		info, err := w.followed(w.Context())
		if err != nil || info.Cluster == nil || info.Cluster.Leader == "" {
			return false
		}
		name = info.Cluster.Leader
		return true
	})
	for _, b := range w.cluster {
		if (b.Name == name) == leads {
			return b
		}
	}
	w.Fatalf("no server of the cluster is %s", name)
	return nil
}

// takesMessages waits until the stream has a leader among those that are left.
func (w *town) takesMessages() {
	w.Helper()
	eventually(w, time.Minute, "the stream has a leader again", func() bool {
		info, err := w.followed(w.Context())
		return err == nil && info.Cluster != nil && info.Cluster.Leader != ""
	})
}

// inStep waits until every copy of the stream is current: before that a second loss
// would be of a majority.
func (w *town) inStep() {
	w.Helper()
	eventually(w, time.Minute, "all copies of the stream are current", func() bool {
		info, err := w.followed(w.Context())
		if err != nil || info.Cluster == nil || len(info.Cluster.Replicas) != len(w.cluster)-1 {
			return false
		}
		for _, r := range info.Cluster.Replicas {
			if !r.Current || r.Offline {
				return false
			}
		}
		return true
	})
}
