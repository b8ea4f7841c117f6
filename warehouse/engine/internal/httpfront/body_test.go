package httpfront

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ClickHouse/ch-go/compress"
)

const fuzzLimit = 1 << 16

func body(content []byte, encoding string, blocks bool) (io.Reader, error) {
	front := New(Config{Body: fuzzLimit, Stall: 1})
	request := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(content))
	request.Header.Set("Content-Encoding", encoding)
	return front.open(httptest.NewRecorder(), request, blocks)
}

func frames(t testing.TB, pieces ...string) []byte {
	t.Helper()
	var all []byte
	writer := compress.NewWriter(compress.LevelZero, compress.ZSTD)
	for _, piece := range pieces {
		if err := writer.Compress([]byte(piece)); err != nil {
			t.Fatal(err)
		}
		all = append(all, writer.Data...)
	}
	return all
}

func TestABodyEndsOnceAndOnlyWhenItIsComplete(t *testing.T) {
	whole := frames(t, "one ", "two")
	reader, err := body(whole, "", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one two", "", ""} {
		if got, err := io.ReadAll(reader); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	for cut := 1; cut < len(whole); cut++ {
		if cut == len(frames(t, "one ")) {
			continue // between two blocks, which only Content-Length can tell
		}
		reader, err := body(whole[:cut], "", true)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(reader); err == nil {
			t.Errorf("%d of %d bytes are taken for all: %q", cut, len(whole), got)
		}
	}
}

func TestABombIsDefused(t *testing.T) {
	var bomb bytes.Buffer
	writer := gzip.NewWriter(&bomb)
	writer.Write(make([]byte, 10*fuzzLimit))
	writer.Close()
	reader, err := body(bomb.Bytes(), "gzip", false)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(reader)
	if !errors.Is(err, errBodyTooLarge) || len(got) > fuzzLimit {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
}

func TestHeaderLinesAreCut(t *testing.T) {
	cases := []struct{ format, chunk, want string }{
		{"csvwithnames", "\"a\nb\",c\n1,2\n", "1,2\n"},
		{"csvwithnames", "\"a\"\"\n\"\"b\"\n1\n", "1\n"},
		{"csvwithnamesandtypes", "\"a\"\n\"String\"\n\"x\"\n", "\"x\"\n"},
		{"tsvwithnames", "a\"b\tc\n1\t2\n", "1\t2\n"},
		{"tsv", "1\n", "1\n"},
		{"csvwithnames", "\"a\"\n", ""},
		{"csvwithnames", "", ""},
	}
	for _, test := range cases {
		if got := string(formats[test.format].withoutHeader([]byte(test.chunk))); got != test.want {
			t.Errorf("%s of %q: %q", test.format, test.chunk, got)
		}
	}
}

func FuzzBody(f *testing.F) {
	encodings := []string{"", "gzip", "deflate", "br", "zstd"}
	f.Add(byte(0), true, frames(f, "x"))
	f.Add(byte(1), false, []byte{0x1f, 0x8b, 8, 0})
	f.Add(byte(4), true, []byte{0x28, 0xb5, 0x2f, 0xfd})
	f.Fuzz(func(t *testing.T, encoding byte, blocks bool, content []byte) {
		reader, err := body(content, encodings[int(encoding)%len(encodings)], blocks)
		if err != nil {
			return
		}
		if got, _ := io.ReadAll(reader); len(got) > fuzzLimit {
			t.Errorf("%d bytes came out of a body limited to %d", len(got), fuzzLimit)
		}
	})
}
