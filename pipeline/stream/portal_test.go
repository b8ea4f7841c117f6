package stream

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

func TestTheAuditTrailCannotBeDeletedPurgedOrOverwritten(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	trail, err := e.Trail(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(3) {
		if ok, err := trail.Append(t.Context(), fmt.Appendf(nil, "record %d", i+1), i); !ok || err != nil {
			t.Fatalf("record %d: %v, %v", i+1, ok, err)
		}
	}
	stream, err := e.js.Stream(t.Context(), Audit)
	if err != nil {
		t.Fatal(err)
	}
	for name, deed := range map[string]func() error{
		"deleting a record":          func() error { return stream.DeleteMsg(t.Context(), 2) },
		"deleting a record for good": func() error { return stream.SecureDeleteMsg(t.Context(), 2) },
		"purging":                    func() error { return stream.Purge(t.Context()) },
		"allowing to delete": func() error {
			config := stream.CachedInfo().Config
			config.DenyDelete = false
			_, err := e.js.UpdateStream(t.Context(), config)
			return err
		},
		"allowing to purge": func() error {
			config := stream.CachedInfo().Config
			config.DenyPurge = false
			_, err := e.js.UpdateStream(t.Context(), config)
			return err
		},
	} {
		if err := deed(); err == nil {
			t.Errorf("%s is possible", name)
		}
	}
	seen := ""
	if err := trail.Each(t.Context(), 2, func(sequence uint64, record []byte) error {
		seen += fmt.Sprintf("%d %s;", sequence, record)
		return nil
	}); err != nil || seen != "2 record 2;3 record 3;" {
		t.Errorf("got %q, %v", seen, err)
	}
	if first, last, err := trail.Span(t.Context()); first != 1 || last != 3 || err != nil {
		t.Errorf("spans %d to %d, %v", first, last, err)
	}
}

func TestOnlyOneRecordFollowsAnother(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	trail, err := e.Trail(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if record, sequence, err := trail.Last(t.Context()); record != nil || sequence != 0 || err != nil {
		t.Errorf("an empty trail ends with %q at %d, %v", record, sequence, err)
	}
	var mu sync.Mutex
	won := 0
	var writing sync.WaitGroup
	for i := range 8 {
		writing.Go(func() {
			ok, err := trail.Append(t.Context(), fmt.Appendf(nil, "by %d", i), 0)
			if err != nil {
				t.Error(err)
			}
			if ok {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	writing.Wait()
	if _, sequence, err := trail.Last(t.Context()); won != 1 || sequence != 1 || err != nil {
		t.Errorf("%d records are the first, the last is %d, %v", won, sequence, err)
	}
}

func TestOnlySessionsAreForgotten(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	for bucket, want := range map[string]time.Duration{accountsBucket: 0, sessionsBucket: SessionsAge, statesBucket: 0} {
		if got, err := e.bucketConfig(t.Context(), bucket); err != nil || got.MaxAge != want {
			t.Errorf("%s forgets after %s, %v; want %s", bucket, got.MaxAge, err, want)
		}
	}
	config, err := e.bucketConfig(t.Context(), accountsBucket)
	if err != nil {
		t.Fatal(err)
	}
	config.MaxAge = time.Hour
	if _, err := e.js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if err := e.establish(t.Context()); err == nil {
		t.Error("a broker that forgets accounts is taken")
	}
}

func TestAccountsAreWrittenByCompareAndSet(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	book, err := e.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := book.Remove(t.Context(), "account.nobody"); err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		t.Errorf("removing what is not there: %v", err)
	}
	first, ok, err := book.Put(t.Context(), "account.a1", []byte("one"), 0)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, ok, err := book.Put(t.Context(), "account.a1", []byte("two"), 0); ok || err != nil {
		t.Errorf("an account was added twice: %v", err)
	}
	if _, ok, err := book.Put(t.Context(), "account.a1", []byte("two"), first); !ok || err != nil {
		t.Error(ok, err)
	}
	if _, ok, err := book.Put(t.Context(), "account.a1", []byte("three"), first); ok || err != nil {
		t.Errorf("a change that nobody saw was overwritten: %v", err)
	}
	if err := book.Remove(t.Context(), "account.a1"); err != nil {
		t.Error(err)
	}
	if content, revision, err := book.Get(t.Context(), "account.a1"); content != nil || revision != 0 || err != nil {
		t.Errorf("got %q, %d, %v", content, revision, err)
	}
}
