package portaltest_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"zhibiao/pipeline/stream"
	"zhibiao/portal/audit"
	"zhibiao/portal/portaltest"
	"zhibiao/portal/signin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func broker(t *testing.T) *stream.Embedded {
	t.Helper()
	e, err := stream.StartEmbedded(t.Context(), stream.Config{Dir: t.TempDir(), MaxStore: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// What the tests of the pages stand on does the same as the broker.
func TestBooksInMemoryAndInTheBrokerKeepOneContract(t *testing.T) {
	e := broker(t)
	for name, book := range map[string]signin.Book{
		"memory": portaltest.NewBook(), "accounts": must[*stream.Book](t)(e.Accounts(t.Context())), "sessions": must[*stream.Book](t)(e.Sessions(t.Context())),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			put := func(key, content string, revision uint64, want bool) uint64 {
				t.Helper()
				next, ok, err := book.Put(ctx, key, []byte(content), revision)
				if err != nil || ok != want {
					t.Errorf("writing %s over %d: %v, %v", key, revision, ok, err)
				}
				return next
			}
			get := func(key, want string) {
				t.Helper()
				content, revision, err := book.Get(ctx, key)
				if err != nil || string(content) != want || (revision > 0) != (want != "") {
					t.Errorf("%s is %q at %d, %v", key, content, revision, err)
				}
			}
			get("account.a", "")
			if err := book.Remove(ctx, "account.a"); err != nil {
				t.Error(err)
			}
			first := put("account.a", "1", 0, true)
			put("account.a", "2", 0, false)
			second := put("account.a", "2", first, true)
			put("account.a", "3", first, false)
			put("account.b", "1", 7, false)
			put("account.b", "1", 0, true)
			put("other.a", "1", 0, true)
			get("account.a", "2")
			if keys, err := book.Keys(ctx, "account"); err != nil || !slices.Equal(keys, []string{"account.a", "account.b"}) {
				t.Errorf("keys %q, %v", keys, err)
			}
			if keys, err := book.Keys(ctx, "nothing"); err != nil || len(keys) != 0 {
				t.Errorf("keys %q, %v", keys, err)
			}
			if err := book.Remove(ctx, "account.a"); err != nil {
				t.Error(err)
			}
			get("account.a", "")
			put("account.a", "4", second, false)
			put("account.a", "5", 0, true)
		})
	}
}

func TestTrailsInMemoryAndInTheBrokerKeepOneContract(t *testing.T) {
	for name, trail := range map[string]audit.Trail{"memory": &portaltest.Trail{}, "broker": must[*stream.Trail](t)(broker(t).Trail(t.Context()))} {
		t.Run(name, func(t *testing.T) {
			for i := range uint64(3) {
				if record, sequence, err := trail.Last(t.Context()); err != nil || sequence != i || (record == nil) != (i == 0) {
					t.Errorf("the last of %d is %q at %d, %v", i, record, sequence, err)
				}
				record := fmt.Appendf(nil, "r%d", i+1)
				if ok, err := trail.Append(t.Context(), record, i+1); ok || err != nil {
					t.Errorf("behind %d of %d: %v, %v", i+1, i, ok, err)
				}
				if ok, err := trail.Append(t.Context(), record, i); !ok || err != nil {
					t.Errorf("behind %d of %d: %v, %v", i, i, ok, err)
				}
			}
			seen := ""
			if err := trail.Each(t.Context(), 2, func(sequence uint64, record []byte) error {
				seen += fmt.Sprintf("%d%s ", sequence, record)
				return nil
			}); err != nil || seen != "2r2 3r3 " {
				t.Errorf("got %q, %v", seen, err)
			}
		})
	}
}

// The log over the broker itself: several at once, whole, and of a known size.
func TestALogOverTheBrokerIsWhole(t *testing.T) {
	log := audit.NewLog(must[*stream.Trail](t)(broker(t).Trail(t.Context())), nil)
	const people, each = 4, 25
	done := make(chan error)
	for range people {
		go func() {
			var err error
			for range each {
				if err == nil {
					err = log.Record(audit.With(context.Background(), audit.By{Who: "qingxu", Role: "county", From: "192.0.2.7"}), audit.Event{What: "session.begin", Object: "qingxu", Region: "140121"})
				}
			}
			done <- err
		}()
	}
	for range people {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	report, err := log.Verify(t.Context(), nil)
	if err != nil || !report.Sound() || report.Head.No != people*each {
		t.Errorf("got %+v, %v", report, err)
	}
}
