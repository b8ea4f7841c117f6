package statsite

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// bombSize is what a gzip bomb holds when it is inflated.
const bombSize = 64 << 20

// transferBehaviours spoil the transfer of a page that is good in itself.
func transferBehaviours() []Behaviour {
	return []Behaviour{
		{Name: "slow-drip", Says: "sends a page byte by byte, without an end in sight", play: func(s *Site, out http.ResponseWriter, r *http.Request, _ int) {
			out.Header().Set("Content-Type", "text/html")
			s.drip(r.Context(), out, []byte(hostileArticle("慢", 1)))
		}},
		{Name: "stall", Says: "sends half a page and then nothing, with the connection open", play: stall},
		{Name: "reset", Says: "resets the connection before an answer", play: func(_ *Site, out http.ResponseWriter, _ *http.Request, _ int) { reset(out) }},
		{Name: "gzip-bomb", Says: "sends a small gzip body that inflates to 64 MiB", play: bomb},
		{Name: "oversize", Says: "sends 64 MiB without announcing a length", play: func(s *Site, out http.ResponseWriter, r *http.Request, _ int) {
			s.flood(r.Context(), out, nil)
		}},
		{Name: "announced-oversize", Says: "announces 64 MiB", play: func(_ *Site, out http.ResponseWriter, _ *http.Request, _ int) {
			out.Header().Set("Content-Length", fmt.Sprint(bombSize))
			_, _ = out.Write([]byte("<html>"))
		}},
		{Name: "length-too-long", Says: "announces more bytes than it sends", play: raw(func(page string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s", len(page)+500, page)
		})},
		{Name: "length-too-short", Says: "announces fewer bytes than it sends, so that a page arrives cut", play: raw(func(page string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(page)/2, page)
		})},
		{Name: "cut-without-length", Says: "ends a page of unknown length in the middle by closing the connection", play: raw(func(page string) string {
			return "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + page[:len(page)/2]
		})},
		{Name: "cut-chunks", Says: "closes the connection between two chunks", play: raw(func(page string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(page)/2, page[:len(page)/2])
		})},
		{Name: "wrong-encoding", Says: "says gzip and sends plain text", play: func(_ *Site, out http.ResponseWriter, _ *http.Request, _ int) {
			out.Header().Set("Content-Encoding", "gzip")
			sendHTML(out, hostileArticle("明文", 1))
		}},
		{Name: "wrong-charset", Says: "sends GBK and says UTF-8 in its header", play: func(_ *Site, out http.ResponseWriter, _ *http.Request, _ int) {
			encoded, _ := simplifiedchinese.GBK.NewEncoder().String(hostileArticle("太谷区2024年国民经济和社会发展统计公报", 1))
			sendHTML(out, encoded)
		}},
	}
}

// raw sends an answer byte for byte, past the checks of net/http, and closes.
func raw(answer func(page string) string) func(*Site, http.ResponseWriter, *http.Request, int) {
	return func(_ *Site, out http.ResponseWriter, _ *http.Request, _ int) {
		connection, buffer, err := http.NewResponseController(out).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		_, _ = buffer.WriteString(answer(hostileArticle("传输", 1)))
		_ = buffer.Flush()
		_ = connection.Close()
	}
}

// stall sends half of a page and waits until the client or the site has gone.
func stall(_ *Site, out http.ResponseWriter, r *http.Request, _ int) {
	page := hostileArticle("停", 1)
	out.Header().Set("Content-Type", "text/html")
	out.Header().Set("Content-Length", fmt.Sprint(len(page)))
	_, _ = out.Write([]byte(page[:len(page)/2]))
	_ = http.NewResponseController(out).Flush()
	<-r.Context().Done()
}

func bomb(_ *Site, out http.ResponseWriter, _ *http.Request, _ int) {
	var packed bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	blank := bytes.Repeat([]byte(" "), 1<<20)
	for range bombSize / len(blank) {
		_, _ = zip.Write(blank)
	}
	_ = zip.Close()
	out.Header().Set("Content-Type", "text/html")
	out.Header().Set("Content-Encoding", "gzip")
	_, _ = out.Write(packed.Bytes())
}

// busyUntil is how long the host that names a date asks to be left alone.
const busyUntil = 10 * time.Minute
