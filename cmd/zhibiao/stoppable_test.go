package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestAWriteToSomebodyWhoStandsStillEndsWithTheCommand(t *testing.T) {
	reader, writer := io.Pipe() // nobody reads
	ctx, stop := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	s := &stoppable{ctx: ctx, to: writer}
	go func() {
		_, err := s.Write([]byte("a row\n"))
		failed <- err
	}()
	stop()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the write ended with %v", err)
	}
	if _, err := s.Write([]byte("another row\n")); !errors.Is(err, context.Canceled) {
		t.Errorf("a later write ended with %v", err)
	}
	reader.Close() // ends the write that was given up
}

func TestAStoppableWriterWritesEverything(t *testing.T) {
	var out bytes.Buffer
	s := &stoppable{ctx: t.Context(), to: &out}
	for range 3 {
		if n, err := s.Write([]byte("row\n")); n != 4 || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
	}
	if out.String() != strings.Repeat("row\n", 3) {
		t.Errorf("wrote %q", out.String())
	}
}

func TestAStoppedCommandSaysThatItWasStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if got := told(ctx, errors.New("running the query: context canceled")); got != "running the query: stopped" {
		t.Errorf("got %q", got)
	}
	if got := told(t.Context(), errors.New("asking: context canceled")); got != "asking: context canceled" {
		t.Errorf("of a command that nobody stopped, got %q", got)
	}
}
