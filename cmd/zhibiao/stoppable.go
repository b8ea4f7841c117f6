package main

import (
	"bytes"
	"context"
	"io"
)

// stoppable writes to somebody who may stand still, such as a pager, until ctx ends:
// then every write fails, the one under way too (promise 7). A write that was given
// up ends when the other side reads on or goes away, at the latest with the process.
type stoppable struct {
	ctx context.Context // of one command, which alone writes here
	to  io.Writer
}

type written struct {
	n   int
	err error
}

func (s *stoppable) Write(piece []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	own := bytes.Clone(piece) // the caller may use its own again once this has returned
	done := make(chan written, 1)
	go func() {
		n, err := s.to.Write(own)
		done <- written{n, err}
	}()
	select {
	case w := <-done:
		return w.n, w.err
	case <-s.ctx.Done():
		return 0, context.Cause(s.ctx)
	}
}
