package public

import (
	"errors"
	"strings"
	"testing"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
)

// hostileColumn is a source of the list that misbehaves.
func hostileColumn(b statsite.Behaviour) *pipeline.Source {
	source := pageSource(&pipeline.PageCollection{Lists: []pipeline.ListPage{{URL: b.URL()}},
		LinkPattern: statsite.HostileLink + `|year=|column/column`, RowSelector: "li", Pagination: pipeline.PaginationTRS})
	return source
}

func (r *hostileRig) collectList(t *testing.T, name string, change func(*pipeline.Source)) ([]pipeline.RawDocument, error) {
	t.Helper()
	source := hostileColumn(behaviourNamed(t, name))
	if change != nil {
		change(source)
	}
	return collect(t, source, r.options, pipeline.Window{})
}

func TestEndlessPagesEndAtTheLimitAndSaySo(t *testing.T) {
	r := newHostileRig(t)
	got, err := r.collectList(t, "endless-pages", nil)
	if len(got) != defaultMaxPages || !errors.Is(err, ErrUnexpected) || r.asked("/column/index_50.html") != 0 {
		t.Errorf("got %d documents and %v, want those of %d pages", len(got), err, defaultMaxPages)
	}
	r = newHostileRig(t)
	got, err = r.collectList(t, "endless-pages", func(s *pipeline.Source) { s.Pages.MaxPages = 7 })
	if len(got) != 7 || err != nil {
		t.Errorf("got %d documents and %v, want 7 as the source's file says", len(got), err)
	}
}

func TestAListThatBringsNothingNewEnds(t *testing.T) {
	r := newHostileRig(t)
	got, err := r.collectList(t, "repeated-pages", nil)
	if len(got) != 1 || err != nil || r.asked("/column/index_2.html") != 0 {
		t.Errorf("got %d documents and %v, want one and the end at the second page", len(got), err)
	}
}

func TestACalendarIsCutOffAtNextYear(t *testing.T) {
	r := newHostileRig(t)
	got, err := r.collectList(t, "calendar", nil)
	if len(got) != 4 || !errors.Is(err, ErrTrap) || len(failures(t, err)) != 1 { // 2024 to 2027, in 2026
		t.Errorf("got %d documents and %v, want four years and one failure", len(got), err)
	}
}

func TestAPathThatRepeatsItselfIsNotFollowed(t *testing.T) {
	r := newHostileRig(t)
	got, err := r.collectList(t, "path-loop", nil)
	if len(got) != 1 || !errors.Is(err, ErrTrap) {
		t.Errorf("got %d documents and %v, want the good link only", len(got), err)
	}
}

func TestOnePageUnderManyAddressesEndsTheList(t *testing.T) {
	r := newHostileRig(t)
	got, err := r.collectList(t, "same-page", nil)
	if len(got) != maxSameBody+1 || !errors.Is(err, ErrTrap) || !strings.Contains(err.Error(), "44 further ones") {
		t.Errorf("got %d documents and %v, want the list given up", len(got), err)
	}
}

func TestTenThousandLinksEndAtTheRequestsOfARunWithOneFailure(t *testing.T) {
	r := newHostileRig(t)
	got, err := r.collectList(t, "many-links", func(s *pipeline.Source) { s.Limits.MaxRequests = 50 })
	if failed := failures(t, err); len(got) != 48 || len(failed) != 2 || !strings.Contains(err.Error(), "9951 further pages") {
		t.Errorf("got %d documents and %v, want 48 and to be told how many were left", len(got), err)
	}
}

func TestAListWithAChangedLayoutIsAChangedSource(t *testing.T) {
	r := newHostileRig(t)
	if got, err := r.collectList(t, "changed-layout", nil); len(got) != 1 || err != nil {
		t.Fatalf("first night: %d documents and %v", len(got), err)
	}
	got, err := r.collectList(t, "changed-layout", nil)
	if len(got) != 0 || !errors.Is(err, pipeline.ErrSourceChanged) || StateOf(err) != StateChanged {
		t.Errorf("second night: %d documents and %v, want the source told as changed", len(got), err)
	}
}
