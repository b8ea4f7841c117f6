package archive

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// age sets when a body was last put.
func age(t *testing.T, a *Archive, hash string, at time.Time) {
	t.Helper()
	path, err := a.contentPath(bodiesFolder, hash)
	if err == nil {
		err = os.Chtimes(path, at, at)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestOnlyOldBodiesOfNoDocumentAreRemoved(t *testing.T) {
	a := open(t, t.TempDir())
	long := time.Now().Add(-400 * 24 * time.Hour)
	put := func(text string) string {
		hash, err := a.PutBody(t.Context(), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return hash
	}
	doc := testDocument("of a document", "", time.Now())
	if _, err := a.PutBody(t.Context(), []byte("of a document")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.PutDocument(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	challenge, young, again := put("a challenge"), put("a young challenge"), put("seen again")
	for _, hash := range []string{doc.Hash, challenge, again} {
		age(t, a, hash, long)
	}
	put("seen again")
	expired, err := a.Expire(t.Context(), time.Now().Add(-24*time.Hour))
	if err != nil || expired.Bodies != 1 || expired.Bytes == 0 {
		t.Errorf("removed %+v, %v; want one body", expired, err)
	}
	for hash, want := range map[string]error{doc.Hash: nil, young: nil, again: nil, challenge: ErrNotFound} {
		if _, err := a.Body(t.Context(), hash); !errors.Is(err, want) {
			t.Errorf("body %s: %v, want %v", hash, err, want)
		}
	}
}

// Whoever puts a body while it is being removed has it afterwards.
func TestABodyThatIsPutWhileItExpiresIsThere(t *testing.T) {
	a := open(t, t.TempDir())
	for n := range 200 {
		body := fmt.Append(nil, "body ", n)
		hash, err := a.PutBody(t.Context(), body)
		if err != nil {
			t.Fatal(err)
		}
		age(t, a, hash, time.Now().Add(-time.Hour))
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := a.Expire(t.Context(), time.Now().Add(-time.Minute)); err != nil {
				t.Error(err)
			}
		})
		group.Go(func() {
			if _, err := a.PutBody(t.Context(), body); err != nil {
				t.Error(err)
			}
		})
		group.Wait()
		if _, err := a.Body(t.Context(), hash); err != nil {
			t.Fatalf("body %d: %v", n, err)
		}
	}
}
