// Command zhibiao collects public statistics, traces every printed number to
// its place in an archived document and keeps every vintage of it in ClickHouse.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"zhibiao/pipeline"
	"zhibiao/warehouse/engine"
)

// version is set by the linker.
var version = "unknown"

func main() {
	engine.RunIfChild()
	os.Exit(runProcess())
}

// runProcess carries out the process's own command line. SIGINT and SIGTERM end
// it in order (promise 7).
func runProcess() int {
	boundMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// run carries out one command line and answers with its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := &cli{stdout: stdout, stderr: stderr}
	return c.execute(ctx, args)
}

// execute runs the arguments and reports an error in one line. An answer that could
// not be written in full is a failure, whatever the command made of it.
func (c *cli) execute(ctx context.Context, args []string) int {
	c.args = args
	answer := &output{to: c.stdout}
	c.stdout = answer
	root := newRootCommand(c)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if failed := answer.failure(); failed != nil {
		err = environment("writing the answer", failed)
	}
	if err != nil && !isReported(err) {
		fmt.Fprintf(c.stderr, "zhibiao: %s\n", told(ctx, err))
	}
	return pipeline.ExitCode(err)
}

// told is an error as a person reads it: who stopped a command need not be told how
// Go says that.
func told(ctx context.Context, err error) string {
	text := err.Error()
	if errors.Is(ctx.Err(), context.Canceled) {
		text = strings.NewReplacer(context.Canceled.Error(), "stopped", context.Cause(ctx).Error(), "stopped").Replace(text)
	}
	return text
}

// output remembers that writing failed, because printing does not look.
type output struct {
	to     io.Writer
	mu     sync.Mutex // a write may have been given up (stoppable)
	failed error      // the first
}

func (o *output) Write(piece []byte) (int, error) {
	n, err := o.to.Write(piece)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil && o.failed == nil {
		o.failed = err
	}
	return n, err
}

func (o *output) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failed
}
