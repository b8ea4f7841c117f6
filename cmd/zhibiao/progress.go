package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// plainInterval is how often progress is told where there is no terminal.
const plainInterval = 10 * time.Second

// progressLine shows how far long work has come: one line that changes on a
// terminal, a plain line now and then elsewhere. It is used from one goroutine.
type progressLine struct {
	to       io.Writer
	terminal bool
	shown    bool
	last     time.Time
}

func newProgressLine(to io.Writer) *progressLine {
	if answer, ok := to.(*output); ok {
		to = answer.to
	}
	file, ok := to.(*os.File)
	return &progressLine{to: to, terminal: ok && term.IsTerminal(int(file.Fd())), last: now()}
}

func (p *progressLine) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if p.terminal {
		p.shown = true
		fmt.Fprintf(p.to, "\r\x1b[K%s", text)
		return
	}
	if now().Sub(p.last) >= plainInterval {
		p.last = now()
		fmt.Fprintln(p.to, text)
	}
}

// end clears the changing line.
func (p *progressLine) end() {
	if p.shown {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.shown = false
	}
}
