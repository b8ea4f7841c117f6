package stream

import (
	"context"
	"errors"
	"fmt"
)

// WhileStopped stops the server, lets f have its folder, and starts it again: for a
// copy, which a running server's files are not fit for. Clients reconnect and
// publishers try again. f must not change the folder.
func (e *Embedded) WhileStopped(ctx context.Context, f func(dir string) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errors.New("stopping the broker for a moment: it is closed")
	}
	stopServer(e.server)
	e.server = nil
	err := f(e.config.Dir)
	s, starting := e.startServer()
	if starting != nil {
		return errors.Join(err, fmt.Errorf("starting the broker in %s again: %w", e.config.Dir, starting))
	}
	e.server = s
	return errors.Join(err, ctx.Err())
}
