package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"zhibiao/pipeline"
)

// While a serve has the data folder open, other commands run inside it: they
// send their arguments over DIR/control.sock and get output and exit code back,
// as lines of JSON.

type controlRequest struct {
	Args         []string `json:"args"`
	ConfigDigest string   `json:"config_digest"` // of an explicit --config, "" without one
}

// controlFrame is one line of the answer: a piece of output, or the end.
type controlFrame struct {
	Stdout []byte `json:"stdout,omitempty"`
	Stderr []byte `json:"stderr,omitempty"`
	Exit   *int   `json:"exit,omitempty"`
}

func controlSocket(dir string) string { return filepath.Join(dir, "control.sock") }

// forward runs this command line in the serve that holds the folder.
func (c *cli) forward(ctx context.Context, s settings, busy *folderBusyError) error {
	request := controlRequest{Args: c.args}
	if c.configFile != "" {
		request.ConfigDigest = s.digest
	}
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", controlSocket(c.dataDir))
	}}}
	defer client.CloseIdleConnections()
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control/v1/run", bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := client.Do(post)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitEnvironment, busy)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
		return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("the serve on %s does not take this command: %s", c.dataDir, bytes.TrimSpace(text)))
	}
	err = c.copyFrames(answer.Body)
	if err != nil && ctx.Err() != nil && !isReported(err) {
		err = pipeline.WithExit(pipeline.ExitEnvironment, context.Cause(ctx)) // it was stopped here, not there
	}
	return err
}

func (c *cli) copyFrames(body io.Reader) error {
	decoder := json.NewDecoder(body)
	for {
		var frame controlFrame
		if err := decoder.Decode(&frame); err != nil {
			return pipeline.WithExit(pipeline.ExitEnvironment,
				fmt.Errorf("running in the serve that has %s open: it ended before the command did: %w", c.dataDir, err))
		}
		if _, err := c.stdout.Write(frame.Stdout); err != nil {
			return err
		}
		if _, err := c.stderr.Write(frame.Stderr); err != nil {
			return err
		}
		if frame.Exit != nil {
			if *frame.Exit == pipeline.ExitDone {
				return nil
			}
			return reported(*frame.Exit)
		}
	}
}

// listenControl opens the folder's control socket.
func listenControl(ctx context.Context, a *app) (net.Listener, error) {
	name := controlSocket(a.dir)
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("removing the control socket of an earlier serve: %w", err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "unix", name)
	if err != nil {
		return nil, fmt.Errorf("listening on the control socket: %w", err)
	}
	if err := os.Chmod(name, 0o600); err != nil {
		listener.Close()
		return nil, fmt.Errorf("closing the control socket to others: %w", err)
	}
	return listener, nil
}

// controlDrain is how long commands may finish after the serve was told to stop.
const controlDrain = 10 * time.Second

// serveControl answers commands on the control socket until ctx ends.
func serveControl(ctx context.Context, listener net.Listener, a *app) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/run", func(w http.ResponseWriter, r *http.Request) { runControl(w, r, a) })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), controlDrain)
	defer cancel()
	err := server.Shutdown(drain)
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

func runControl(w http.ResponseWriter, r *http.Request, a *app) {
	var request controlRequest
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out := &frameWriter{encoder: json.NewEncoder(w), flush: http.NewResponseController(w).Flush}
	code := pipeline.ExitYourInput
	if request.ConfigDigest != "" && request.ConfigDigest != a.settings.digest {
		out.last(controlFrame{Stderr: fmt.Appendf(nil, "zhibiao: the serve on %s runs with other settings than --config names; leave --config out, or restart the serve with it\n", a.dir)})
	} else {
		c := &cli{
			stdout:  frameStream(func(p []byte) error { return out.write(controlFrame{Stdout: p}) }),
			stderr:  frameStream(func(p []byte) error { return out.write(controlFrame{Stderr: p}) }),
			serving: a,
		}
		code = c.execute(r.Context(), request.Args)
	}
	out.last(controlFrame{Exit: &code})
}

// frameWriter sends frames, one at a time.
type frameWriter struct {
	mu      sync.Mutex
	encoder *json.Encoder
	flush   func() error
}

func (f *frameWriter) write(frame controlFrame) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.encoder.Encode(frame); err != nil {
		return err
	}
	return f.flush()
}

// last sends what nothing follows on: a client that is gone needs no answer, and
// its command has ended with the request's context.
func (f *frameWriter) last(frame controlFrame) { _ = f.write(frame) }

type frameStream func(p []byte) error

func (f frameStream) Write(p []byte) (int, error) { return len(p), f(p) }
