package nativefront

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
)

// watch ends a running statement when its client cancels it or leaves. stop ends
// the watching and gives an error when the client is gone; it must be called
// before anything else is read.
func (c *conn) watch(cancel context.CancelFunc) (stop func() error) {
	c.wait(0)
	watched := make(chan error, 1)
	go func() {
		next, err := c.in.Peek(1)
		if err == nil && next[0] == byte(chproto.ClientCodeCancel) {
			_, err = c.in.Discard(1)
			cancel()
		} else if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			err = io.ErrUnexpectedEOF
			cancel()
		}
		watched <- err
	}()
	return func() error {
		_ = c.socket.SetReadDeadline(time.Unix(1, 0)) // wakes it up
		err := <-watched
		_ = c.socket.SetReadDeadline(time.Time{})
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		return err
	}
}
