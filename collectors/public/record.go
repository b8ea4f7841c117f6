package public

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// recordLine begins every recorded answer.
const recordLine = "# Recorded answer; make it again with: zhibiao source record URL"

// maxRecorded bounds what is recorded of one body.
const maxRecorded = 64 << 20

// Record returns a wrapper of the network, for Options.Network, that keeps every
// answer as a file in dir, as it came over the wire but without cookies. A
// request that is sent again replaces its file.
func Record(dir string) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(request *http.Request) (*http.Response, error) {
			path, err := recordPath(dir, request)
			if err != nil {
				return nil, err
			}
			// A recording must hold the whole answer, not that it did not change.
			whole := request.Clone(request.Context())
			whole.Header.Del("If-None-Match")
			whole.Header.Del("If-Modified-Since")
			answer, err := next.RoundTrip(whole)
			if err != nil {
				return nil, err
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(io.LimitReader(answer.Body, maxRecorded))
			if err != nil {
				return nil, fmt.Errorf("recording %s: %w", request.URL, err)
			}
			if err := writeRecord(path, request, answer, body); err != nil {
				return nil, fmt.Errorf("recording %s: %w", request.URL, err)
			}
			answer.Body = io.NopCloser(bytes.NewReader(body))
			return answer, nil
		})
	}
}

// Replay returns a replacement of the network, for Options.Network, that answers
// from the files of Record and asks no host.
func Replay(dir string) func(http.RoundTripper) http.RoundTripper {
	return func(http.RoundTripper) http.RoundTripper {
		return roundTrip(func(request *http.Request) (*http.Response, error) {
			path, err := recordPath(dir, request)
			if err != nil {
				return nil, err
			}
			recorded, err := os.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("replaying %s %s: there is no recorded answer, record it first: %w", request.Method, request.URL, err)
			}
			reader := bufio.NewReader(bytes.NewReader(recorded))
			for range 2 { // the comment and the request
				if _, err := reader.ReadString('\n'); err != nil {
					return nil, fmt.Errorf("replaying %s: %w", path, err)
				}
			}
			return http.ReadResponse(reader, request)
		})
	}
}

// recordPath names the file of a request by its method, URL and body.
func recordPath(dir string, request *http.Request) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s\n", request.Method, request.URL)
	if request.GetBody != nil {
		body, err := request.GetBody()
		if err != nil {
			return "", fmt.Errorf("reading the request to %s: %w", request.URL, err)
		}
		defer body.Close()
		if _, err := io.Copy(sum, body); err != nil {
			return "", fmt.Errorf("reading the request to %s: %w", request.URL, err)
		}
	}
	return filepath.Join(dir, fmt.Sprintf("%x.http", sum.Sum(nil)[:12])), nil
}

func writeRecord(path string, request *http.Request, answer *http.Response, body []byte) error {
	var file bytes.Buffer
	fmt.Fprintf(&file, "%s\n# %s %s\n", recordLine, request.Method, request.URL)
	fmt.Fprintf(&file, "HTTP/1.1 %03d %s\r\n", answer.StatusCode, http.StatusText(answer.StatusCode))
	header := answer.Header.Clone()
	for _, dropped := range []string{"Set-Cookie", "Transfer-Encoding", "Connection", "Keep-Alive"} {
		header.Del(dropped)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			fmt.Fprintf(&file, "%s: %s\r\n", name, value)
		}
	}
	file.WriteString("\r\n")
	file.Write(body)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, file.Bytes(), 0o644)
}
