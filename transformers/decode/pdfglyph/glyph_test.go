package pdfglyph

import (
	"errors"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestADamagedDocumentLeavesTheEngineUsable(t *testing.T) {
	defer Close()
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for _, body := range []string{"", "%PDF-1.7\n", "%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 1 0 R >>\nendobj\ntrailer << /Root 1 0 R >>\n"} {
				pages, err := Read([]byte(body))
				if err != nil && !errors.Is(err, ErrDamaged) {
					t.Errorf("%q: error %v, want %v", body, err, ErrDamaged)
				}
				for _, page := range pages {
					if len(page.Glyphs) > 0 {
						t.Errorf("%q prints %v", body, page.Glyphs)
					}
				}
			}
		})
	}
	group.Wait()
	if err := Close(); err != nil {
		t.Errorf("closing the engine: %v", err)
	}
	if err := Close(); err != nil {
		t.Errorf("closing the engine twice: %v", err)
	}
}
