package nativefront

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	chproto "github.com/ClickHouse/ch-go/proto"
	"go.uber.org/zap"

	"zhibiao/warehouse/engine/internal/native"
	"zhibiao/warehouse/engine/internal/session"
)

// conn is one client. It is served by one goroutine; while a statement runs, a
// second one watches for the client's leaving.
type conn struct {
	front  *Front
	socket net.Conn
	in     *bufio.Reader
	packed *bufio.Reader // of what is inside the compressed blocks of in
	out    *reply

	patience time.Duration // for the next bytes of the client, 0 for no limit
	set      time.Time     // when the deadline was set for it

	account, database string
	revision          int
}

func newConn(front *Front, socket net.Conn) *conn {
	c := &conn{front: front, socket: socket}
	c.in = bufio.NewReaderSize(patientReader{c}, native.SourceSize)
	c.packed = bufio.NewReaderSize(compress.NewReader(c.in), native.SourceSize)
	c.out = &reply{socket: socket, stall: front.config.Stall}
	return c
}

// patientReader gives the client a fresh time limit for each piece it sends.
type patientReader struct{ c *conn }

func (p patientReader) Read(b []byte) (int, error) {
	if now := time.Now(); p.c.patience > 0 && now.Sub(p.c.set) > p.c.patience/8 {
		p.c.set = now
		_ = p.c.socket.SetReadDeadline(now.Add(p.c.patience))
	}
	return p.c.socket.Read(b)
}

// wait sets how long the client may take for its next bytes.
func (c *conn) wait(patience time.Duration) {
	c.patience, c.set = patience, time.Time{}
	if patience == 0 {
		_ = c.socket.SetReadDeadline(time.Time{})
	}
}

// serve answers until the client leaves, breaks the protocol, or the front ends.
func (c *conn) serve(ctx context.Context) {
	defer func() {
		if cause := recover(); cause != nil {
			c.front.config.Logger.Error("a native connection failed", zap.Any("cause", cause), zap.ByteString("stack", debug.Stack()))
		}
	}()
	c.wait(helloTimeout)
	if err := c.greet(ctx); err != nil {
		c.out.fail(err)
		return
	}
	for {
		c.wait(idleTimeout)
		if _, err := c.in.Peek(1); err != nil || !c.front.busy(c, true) {
			return
		}
		c.wait(c.front.config.Stall)
		if err := c.packet(ctx); err != nil {
			if !gone(err) {
				c.out.fail(err)
			}
			return
		}
		if !c.front.busy(c, false) {
			return
		}
	}
}

// gone reports whether there is nobody left to tell.
func gone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded)
}

// packet answers one packet between statements. Its errors end the connection;
// those of a statement do not get here.
func (c *conn) packet(ctx context.Context) error {
	code, err := native.ReadNumber(c.in)
	if err != nil {
		return err
	}
	switch chproto.ClientCode(code) {
	case chproto.ClientCodePing:
		return c.out.pong()
	case chproto.ClientCodeCancel: // it came after the end of its statement
		return nil
	case chproto.ClientCodeQuery:
		return c.query(ctx)
	}
	return unexpected(code)
}

func unexpected(code uint64) error {
	return session.Exception(101, "UNEXPECTED_PACKET_FROM_CLIENT", fmt.Sprintf("the packet %d is not expected here", code))
}
