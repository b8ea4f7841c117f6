package public

import (
	"errors"

	"go.uber.org/zap"

	"zhibiao/pipeline"
)

// State is how a source stands after a run.
type State string

// The states, the gravest last.
const (
	StateHealthy     State = "healthy"
	StatePartly      State = "partly"      // some pages failed
	StateUnreachable State = "unreachable" // the host does not answer
	StateChanged     State = "changed"     // the source's file no longer describes it
	StateBlocked     State = "blocked"     // the publisher keeps us out; never worked around
)

// StateOf tells from the error of Collect how the source stands.
func StateOf(err error) State {
	switch {
	case err == nil:
		return StateHealthy
	case errors.Is(err, ErrBlocked), errors.Is(err, ErrLogin):
		return StateBlocked
	case errors.Is(err, pipeline.ErrSourceChanged), errors.Is(err, ErrShell):
		return StateChanged
	case errors.Is(err, ErrUnreachable), errors.Is(err, ErrStopped), errors.Is(err, ErrSlow):
		return StateUnreachable
	}
	return StatePartly
}

// remember marks the source where its publisher keeps us out, and lifts the mark
// once a run brought documents and met no challenge.
func (r *run) remember(err error) {
	if r.options.Memory == nil {
		return
	}
	var failed error
	switch {
	case StateOf(err) == StateBlocked:
		failed = r.options.Memory.mark(r.blockedMark(err))
	case r.documents > 0:
		failed = r.options.Memory.unmark(r.source.Name)
	}
	if failed != nil {
		r.options.Logger.Error("cannot keep the mark of a source", zap.String("source", r.source.Name), zap.Error(failed))
	}
}

// blockedMark describes the first page that kept us out.
func (r *run) blockedMark(err error) Mark {
	now := r.options.Clock().UTC()
	mark := Mark{Source: r.source.Name, State: StateBlocked, Since: now, SeenAt: now, GapGoes: pipeline.Province}
	for _, failure := range append(r.failures, PageFailure{Err: err}) {
		var page *PageError
		if errors.As(failure.Err, &page) && (errors.Is(page.Kind, ErrBlocked) || errors.Is(page.Kind, ErrLogin)) {
			mark.URL, mark.Sign, mark.Evidence = page.URL, page.Detail, page.Evidence
			break
		}
	}
	return mark
}
