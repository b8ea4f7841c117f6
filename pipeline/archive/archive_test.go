package archive

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"zhibiao/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, dir string) *Archive {
	t.Helper()
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func testDocument(body, predecessor string, fetchedAt time.Time) pipeline.Document {
	return pipeline.NewDocument(pipeline.RawDocument{
		Source: "s", Supplier: pipeline.Public, Access: pipeline.AccessPublic, Method: "GET", URL: "https://example.cn/a",
		FetchedAt: fetchedAt, Body: []byte(body),
	}, predecessor, pipeline.Derivation{ID: "d", No: 1, EffectiveAt: time.UnixMilli(1).UTC()})
}

func TestBodiesComeBackAsTheyWere(t *testing.T) {
	a := open(t, t.TempDir())
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		hash, err := a.PutBody(context.Background(), body)
		if err != nil || hash != pipeline.HashBody(body) {
			t.Fatalf("put %s, %v", hash, err)
		}
		got, err := a.Body(context.Background(), hash)
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("got %q, %v, want %q", got, err, body)
		}
	})
}

func TestABodyThatIsThereIsNotWrittenAgain(t *testing.T) {
	a := open(t, t.TempDir())
	hash, err := a.PutBody(t.Context(), []byte("body"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(a.dir, "bodies", hash[:2], hash+".zst")
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.PutBody(t.Context(), []byte("body")); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was written again: %v", err)
	}
}

func TestADamagedFileIsNamedAndReplacedByTheNextPut(t *testing.T) {
	for name, damage := range map[string]func(path string, other []byte) error{
		"cut off":       func(path string, _ []byte) error { return os.Truncate(path, 7) },
		"empty":         func(path string, _ []byte) error { return os.Truncate(path, 0) },
		"of other size": func(path string, other []byte) error { return os.WriteFile(path, other, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			a := open(t, t.TempDir())
			body := bytes.Repeat([]byte("指标"), 500)
			hash, err := a.PutBody(t.Context(), body)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(a.dir, "bodies", hash[:2], hash+".zst")
			if err := damage(path, a.encoder.EncodeAll([]byte("something else"), nil)); err != nil {
				t.Fatal(err)
			}
			_, err = a.Body(t.Context(), hash)
			var damaged *DamagedError
			if !errors.As(err, &damaged) || damaged.Path != path || pipeline.IsPermanent(err) || !strings.Contains(err.Error(), path) {
				t.Fatalf("got %v, want an outage that names %s", err, path)
			}
			if _, err := a.PutBody(t.Context(), body); err != nil {
				t.Fatal(err)
			}
			if got, err := a.Body(t.Context(), hash); err != nil || !bytes.Equal(got, body) {
				t.Errorf("after the next put: %v", err)
			}
		})
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	a := open(t, t.TempDir())
	if _, err := a.Body(t.Context(), pipeline.HashBody(nil)); !errors.Is(err, ErrNotFound) {
		t.Errorf("body: got %v", err)
	}
	if _, err := a.Document(t.Context(), pipeline.ContentID("x")); !errors.Is(err, ErrNotFound) {
		t.Errorf("document: got %v", err)
	}
	if _, ok, err := a.Reading(t.Context(), pipeline.ContentID("x")); ok || err != nil {
		t.Errorf("reading: got %v, %v", ok, err)
	}
}

func TestNamesNeverLeaveTheFolder(t *testing.T) {
	a := open(t, t.TempDir())
	for _, name := range []string{"", "..", "../../etc/passwd", "a/b", strings.Repeat("z", 64)} {
		if _, err := a.Body(t.Context(), name); !pipeline.IsPermanent(err) {
			t.Errorf("body %q: got %v", name, err)
		}
		if _, err := a.Document(t.Context(), name); !pipeline.IsPermanent(err) {
			t.Errorf("document %q: got %v", name, err)
		}
		if _, err := a.PutReading(t.Context(), name, nil); !pipeline.IsPermanent(err) {
			t.Errorf("reading %q: got %v", name, err)
		}
		if _, err := a.DocumentsByPrefix(t.Context(), name); !pipeline.IsPermanent(err) {
			t.Errorf("prefix %q: got %v", name, err)
		}
	}
}

func TestADocumentKeepsTheTimeItWasFirstFetched(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	first, again := time.UnixMilli(1000).UTC(), time.UnixMilli(2000).UTC()
	doc := testDocument("body", "", first)
	if _, err := a.PutBody(t.Context(), doc.Body); err != nil {
		t.Fatal(err)
	}
	stored, created, err := a.PutDocument(t.Context(), doc)
	if err != nil || !created || !reflect.DeepEqual(stored, doc) {
		t.Fatalf("got %+v, %v, %v", stored, created, err)
	}
	stored, created, err = open(t, dir).PutDocument(t.Context(), testDocument("body", "", again))
	if err != nil || created || !stored.FetchedAt.Equal(first) {
		t.Errorf("got fetched_at %v, created %v, %v, want the first one", stored.FetchedAt, created, err)
	}
	whole, err := a.Document(t.Context(), doc.Version)
	if err != nil || !reflect.DeepEqual(whole, doc) {
		t.Errorf("got %+v, %v", whole, err)
	}
}

func TestOneOfManyWritersCreatesADocument(t *testing.T) {
	a := open(t, t.TempDir())
	var writing sync.WaitGroup
	var mu sync.Mutex
	created := 0
	times := map[time.Time]bool{}
	for i := range 8 {
		writing.Go(func() {
			stored, isNew, err := a.PutDocument(context.Background(), testDocument("body", "", time.UnixMilli(int64(i)).UTC()))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			times[stored.FetchedAt] = true
			if isNew {
				created++
			}
		})
	}
	writing.Wait()
	if created != 1 || len(times) != 1 {
		t.Errorf("%d writers created it and %d times were returned, want 1 and 1", created, len(times))
	}
}

func TestABodyLeadsToItsVersions(t *testing.T) {
	a := open(t, t.TempDir())
	one := testDocument("a", "", time.UnixMilli(1).UTC())
	two := testDocument("b", one.Version, time.UnixMilli(2).UTC())
	three := testDocument("a", two.Version, time.UnixMilli(3).UTC())
	for _, doc := range []pipeline.Document{three, two, one} {
		if _, _, err := a.PutDocument(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
	found, err := a.DocumentsByPrefix(t.Context(), one.Hash[:10])
	if err != nil || len(found) != 2 || found[0].Version != one.Version || found[1].Version != three.Version {
		t.Errorf("got %+v, %v", found, err)
	}
	if found, err := a.DocumentsByPrefix(t.Context(), "0000000000"); err != nil || len(found) != 0 {
		t.Errorf("got %+v, %v for no document", found, err)
	}
}

func TestAVersionHasOneReading(t *testing.T) {
	a := open(t, t.TempDir())
	version := pipeline.ContentID("v")
	for range 2 {
		hash, err := a.PutReading(t.Context(), version, []byte("reading"))
		if err != nil || hash != pipeline.HashBody([]byte("reading")) {
			t.Fatalf("got %s, %v", hash, err)
		}
	}
	got, ok, err := a.Reading(t.Context(), version)
	if err != nil || !ok || string(got) != "reading" {
		t.Errorf("got %q, %v, %v", got, ok, err)
	}
	_, err = a.PutReading(t.Context(), version, []byte("another"))
	if !errors.Is(err, ErrOtherReading) {
		t.Errorf("got %v, want ErrOtherReading", err)
	}
	if got, _, _ := a.Reading(t.Context(), version); string(got) != "reading" {
		t.Errorf("afterwards the reading is %q, want the first one", got)
	}
}

func TestOpeningSweepsWhatAKilledProcessLeft(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	stale, young := filepath.Join(dir, "documents", "1.tmp"), filepath.Join(dir, "documents", "2.tmp")
	for _, path := range []string{stale, young} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * staleAfter)
	if err := os.Chtimes(stale, old, old); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if _, err := os.Stat(stale); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the stale file is still there: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("a file that another process may write is gone: %v", err)
	}
	if removed, err := a.Sweep(time.Now().Add(time.Minute)); err != nil || removed != 1 {
		t.Errorf("swept %d, %v, want 1", removed, err)
	}
}

func TestAFailedPutLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	hash := pipeline.HashBody([]byte("body"))
	// A file where the folder should be stands for a disk that refuses.
	if err := os.WriteFile(filepath.Join(dir, "bodies", hash[:2]), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.PutBody(t.Context(), []byte("body")); err == nil || pipeline.IsPermanent(err) {
		t.Errorf("got %v, want an outage", err)
	}
	if removed, err := a.Sweep(time.Now().Add(time.Minute)); err != nil || removed != 0 {
		t.Errorf("%d temporary files were left, %v", removed, err)
	}
}

func BenchmarkPutBody(b *testing.B) {
	a := open(b, b.TempDir())
	body := bytes.Repeat([]byte("<td>1,234.56</td>"), 6000)
	b.SetBytes(int64(len(body)))
	for i := 0; b.Loop(); i++ {
		copy(body, []byte{byte(i), byte(i >> 8), byte(i >> 16)})
		if _, err := a.PutBody(b.Context(), body); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPlacedVersionsAreListedEachOnce(t *testing.T) {
	a := open(t, t.TempDir())
	want := map[string]bool{}
	for i := range 1200 { // more than a page of the folder
		version := pipeline.ContentID("version", string(rune('a'+i%26)), time.UnixMilli(int64(i)).String())
		want[version] = true
		for range 1 + i%2 {
			if err := a.Place(t.Context(), version); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(a.dir, placedFolder, "123.tmp"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	err := a.Placed(t.Context(), func(version string) error {
		if got[version] {
			t.Errorf("%s is listed twice", version)
		}
		got[version] = true
		return nil
	})
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%d placed versions, %v, want %d", len(got), err, len(want))
	}
	if err := a.Place(t.Context(), "../x"); !pipeline.IsPermanent(err) {
		t.Errorf("placing ../x: %v, want a permanent error", err)
	}
	stop := errors.New("enough")
	if err := a.Placed(t.Context(), func(string) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("err = %v, want the visitor's", err)
	}
}
