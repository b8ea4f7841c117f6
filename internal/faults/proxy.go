package faults

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Mode is what a proxy does with the bytes that it gets.
type Mode int

// The modes of a proxy.
const (
	Pass   Mode = iota // bytes go through
	Down               // connections are reset as they come in
	Stall              // nothing goes through and nothing is closed: a half-open connection
	Deaf               // bytes of the client go through, answers are lost
	Slowly             // a sip at a time, ten times a second
)

// sip is what passes at a time while the proxy is slow, in bytes.
const sip = 1 << 10

// Proxy stands between clients and a server on loopback. It is safe for concurrent use.
type Proxy struct {
	listener net.Listener
	running  sync.WaitGroup

	mu      sync.Mutex
	target  string
	mode    Mode
	changed chan struct{} // closed when the mode changes
	links   map[*link]bool
	cutting bool  // the link that carries a byte is reset
	cutIn   int64 // bytes until then
	cuts    int
	filter  func() Filter
}

// Filter looks at one connection's bytes. What it returns goes on instead of the
// piece; an error resets the connection. Up may answer the client itself, which ends
// what the client hears on this connection. Calls of Up and Down may overlap.
type Filter interface {
	Up(piece []byte, reply func([]byte) error) ([]byte, error)
	Down(piece []byte) ([]byte, error)
}

// link is a client's connection with the server's.
type link struct {
	client, server net.Conn
	once           sync.Once
	filter         Filter
	ended          chan struct{} // closed by reset
	frozen         bool          // guarded by the proxy's lock
}

// NewProxy listens on a free port of loopback until Close.
func NewProxy(ctx context.Context, target string) (*Proxy, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the proxy to %s: %w", target, err)
	}
	p := &Proxy{listener: listener, target: target, changed: make(chan struct{}), links: map[*link]bool{}}
	p.running.Go(func() { p.accept(ctx) })
	return p, nil
}

// Addr is where the proxy listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Aim names the server of connections from now on.
func (p *Proxy) Aim(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// Set changes the mode, also of the connections that are there. What was lost while
// deaf cannot be made up, so those connections are reset when that ends; going down
// resets them too.
func (p *Proxy) Set(mode Mode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if mode == Down || p.mode == Deaf && mode != Deaf {
		p.resetAll()
	}
	p.mode = mode
	close(p.changed)
	p.changed = make(chan struct{})
}

// Cut resets all connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.resetAll()
}

// Freeze makes the connections that are there half-open for ever: nothing goes through
// and nothing is closed. New ones work.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.frozen = true
	}
}

// CutAfter resets the connection over which the byte goes to the server that is n
// bytes from now, right after it: in the midst of a message, if n is well chosen.
func (p *Proxy) CutAfter(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutting, p.cutIn = true, max(n, 1)
}

// Cuts is how many connections CutAfter has reset.
func (p *Proxy) Cuts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts
}

// Watch makes a filter for each new connection; nil for none.
func (p *Proxy) Watch(filter func() Filter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.filter = filter
}

func (p *Proxy) resetAll() {
	for l := range p.links {
		l.reset()
	}
}

// Close ends everything and waits for it.
func (p *Proxy) Close() error {
	err := p.listener.Close()
	p.mu.Lock()
	p.mode = Down
	close(p.changed)
	p.changed = make(chan struct{})
	p.resetAll()
	p.mu.Unlock()
	p.running.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (p *Proxy) accept(ctx context.Context) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.running.Go(func() { p.join(ctx, client) })
	}
}

// join connects a client with the server and lets both talk until one ends.
func (p *Proxy) join(ctx context.Context, client net.Conn) {
	p.mu.Lock()
	mode, target, filter := p.mode, p.target, p.filter
	p.mu.Unlock()
	l := &link{client: client, ended: make(chan struct{})}
	defer l.reset()
	if mode == Down {
		return
	}
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", target)
	if err != nil {
		return
	}
	l.server = server
	if filter != nil {
		l.filter = filter()
	}
	p.mu.Lock()
	down := p.mode == Down
	p.links[l] = true
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.links, l)
		p.mu.Unlock()
	}()
	if down {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { p.pump(l, true) })
	both.Go(func() { p.pump(l, false) })
	both.Wait()
}

// reset closes both sides so that the peers see ECONNRESET.
func (l *link) reset() {
	l.once.Do(func() {
		close(l.ended)
		for _, side := range []net.Conn{l.client, l.server} {
			if tcp, ok := side.(*net.TCPConn); ok && tcp != nil {
				_ = tcp.SetLinger(0)
				_ = tcp.Close()
			}
		}
	})
}

// pump carries bytes one way.
func (p *Proxy) pump(l *link, up bool) {
	defer l.reset()
	from, to := l.server, l.client
	if up {
		from, to = l.client, l.server
	}
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		piece := buffer[:n]
		if n > 0 && l.filter != nil {
			var refused error
			if piece, refused = l.look(piece, up); refused != nil {
				return
			}
		}
		if n > 0 && p.carry(l, to, piece, up) != nil {
			return
		}
		if err != nil {
			return
		}
	}
}

func (l *link) look(piece []byte, up bool) ([]byte, error) {
	if !up {
		return l.filter.Down(piece)
	}
	return l.filter.Up(piece, func(answer []byte) error {
		_, err := l.client.Write(answer)
		if tcp, ok := l.client.(*net.TCPConn); ok && err == nil {
			err = tcp.CloseWrite() // or the client would use the connection again
		}
		return err
	})
}

var errCut = errors.New("the proxy cut the connection")

// carry writes a piece as the mode says.
func (p *Proxy) carry(l *link, to net.Conn, piece []byte, up bool) error {
	for len(piece) > 0 {
		mode, frozen, changed := p.now(l)
		switch {
		case frozen:
			<-l.ended
			return errCut
		case mode == Down:
			return errCut
		case mode == Stall:
			select {
			case <-changed:
			case <-l.ended:
			}
			continue
		case mode == Deaf && !up:
			return nil
		case mode == Slowly:
			n := min(len(piece), sip)
			if _, err := to.Write(piece[:n]); err != nil {
				return err
			}
			piece = piece[n:]
			waitOr(changed, 100*time.Millisecond)
			continue
		}
		if up {
			if n, cut := p.cutWithin(len(piece)); cut {
				_, _ = to.Write(piece[:n])
				return errCut
			}
		}
		_, err := to.Write(piece)
		return err
	}
	return nil
}

func (p *Proxy) now(l *link) (mode Mode, frozen bool, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mode, l.frozen, p.changed
}

// cutWithin reports after how many of n bytes the connection is cut, if it is.
func (p *Proxy) cutWithin(n int) (int, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.cutting {
		return 0, false
	}
	if p.cutIn > int64(n) {
		p.cutIn -= int64(n)
		return 0, false
	}
	p.cutting = false
	p.cuts++
	return int(p.cutIn), true
}

func waitOr(changed <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	}
}
