package pdfglyph

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// engine is PDFium, compiled once for the process when the first document needs
// it. One document is read at a time, each in a fresh memory.
var engine struct {
	mu   sync.Mutex
	pool pdfium.Pool
}

const (
	maxMemoryPages = 4096            // of 64 KiB: 256 MiB
	patience       = 2 * time.Minute // for one document; a sound one of the greatest size takes a quarter of it
)

// Close gives back what the engine holds. A later Read starts it again.
func Close() error {
	engine.mu.Lock()
	defer engine.mu.Unlock()
	if engine.pool == nil {
		return nil
	}
	pool := engine.pool
	engine.pool = nil
	return pool.Close()
}

// start compiles PDFium. It mounts no file system; go-pdfium would mount all of
// the machine's.
func start() (pdfium.Pool, error) {
	features := api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling
	return webassembly.Init(webassembly.Config{
		MaxIdle: 1, MaxTotal: 1,
		FSConfig:      wazero.NewFSConfig(),
		RuntimeConfig: wazero.NewRuntimeConfig().WithCoreFeatures(features).WithMemoryLimitPages(maxMemoryPages).WithCloseOnContextDone(true),
		Stdout:        io.Discard, Stderr: io.Discard,
		RandomSource: zeros{},
	})
}

// zeros is the randomness of the sandbox (promise 4).
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// withInstance runs read on a fresh instance and ends it. A document that brings
// PDFium down is an error of the document. An engine that does not start, or that
// is ended because time ran out, is a panic, for it says nothing of the document:
// no reading may depend on a clock (promise 4).
func withInstance(read func(pdfium.Pdfium) error) (err error) {
	engine.mu.Lock()
	defer engine.mu.Unlock()
	if engine.pool == nil {
		pool, err := start()
		if err != nil {
			panic(fmt.Errorf("starting the reader of PDF: %w", err))
		}
		engine.pool = pool
	}
	instance, err := engine.pool.GetInstanceWithContext(context.Background())
	if err != nil {
		panic(fmt.Errorf("starting an instance of the reader of PDF: %w", err))
	}
	killed := make(chan struct{})
	timer := time.AfterFunc(patience, func() {
		defer close(killed)
		_ = instance.Kill()
	})
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: the reader of PDF fell over it (%v)", ErrDamaged, fault)
		}
		if timer.Stop() {
			_ = instance.Close() // an instance that the document brought down cannot say more
			return
		}
		<-killed
		panic(ErrStuck)
	}()
	return read(instance)
}
