package audit

import (
	"context"
	"fmt"
	"time"
)

// Head is how far a trail has come: whoever has written it down can tell later that
// nothing before it was changed.
type Head struct {
	No   uint64 // of the last record, 0 for an empty trail
	Hash string
	At   time.Time // when it was written down
}

// maxFindings bounds what Verify tells; what follows the first few is noise.
const maxFindings = 20

// Report is what a look through the whole trail found.
type Report struct {
	Head     Head
	Findings []string // in the order of the trail; none for a trail that is whole
	more     int
}

// Sound reports whether nothing was found.
func (r Report) Sound() bool { return len(r.Findings) == 0 }

// More returns how many findings there were beside those told.
func (r Report) More() int { return r.more }

func (r *Report) find(format string, args ...any) {
	if len(r.Findings) == maxFindings {
		r.more++
		return
	}
	r.Findings = append(r.Findings, fmt.Sprintf(format, args...))
}

// spanned is a trail that knows how far it once went.
type spanned interface {
	Span(ctx context.Context) (first, last uint64, err error)
}

// Verify reads the whole trail and reports every record that was edited, removed, put
// in or moved, and every written-down head that it does not lead through. The error is
// the broker's: nothing is known then.
func (l *Log) Verify(ctx context.Context, writtenDown []Head) (Report, error) {
	var last uint64
	if s, ok := l.trail.(spanned); ok {
		var err error
		if _, last, err = s.Span(ctx); err != nil {
			return Report{}, fmt.Errorf("verifying the audit trail: %w", err)
		}
	}
	c := &checker{hashes: map[uint64]string{}, wanted: map[uint64]bool{}}
	for _, h := range writtenDown {
		c.wanted[h.No] = true
	}
	if err := l.trail.Each(ctx, 1, func(sequence uint64, content []byte) error {
		c.check(sequence, content)
		return ctx.Err()
	}); err != nil {
		return Report{}, fmt.Errorf("verifying the audit trail: %w", err)
	}
	if last > c.sequence {
		c.report.find("records %d to %d at the end were removed", c.sequence+1, last)
	}
	c.compare(writtenDown)
	c.report.Head = Head{No: c.no, Hash: c.hash, At: l.now().UTC()}
	return c.report, nil
}

// checker goes through a trail.
type checker struct {
	report   Report
	sequence uint64 // of the last record seen
	no       uint64 // its number
	hash     string // its hash as it stands there
	wanted   map[uint64]bool
	hashes   map[uint64]string // of the numbers wanted
}

func (c *checker) check(sequence uint64, content []byte) {
	if sequence > c.sequence+1 {
		c.report.find("records %d to %d were removed", c.sequence+1, sequence-1)
	}
	c.sequence = sequence
	r, err := decode(content)
	if err != nil {
		c.report.find("record %d was edited: %v", sequence, err)
		c.no, c.hash = sequence, ""
		return
	}
	if r.No != sequence {
		c.report.find("record %d is in the place of record %d", r.No, sequence)
	}
	if sum, err := r.sum(); err != nil || sum != r.Hash {
		c.report.find("record %d was edited: its hash is another", sequence)
	}
	if r.Previous != c.hash {
		c.report.find("record %d does not follow the one before it, which was edited, removed, put in or moved", sequence)
	}
	c.no, c.hash = r.No, r.Hash
	if c.wanted[r.No] {
		c.hashes[r.No] = r.Hash
	}
}

func (c *checker) compare(writtenDown []Head) {
	for _, h := range writtenDown {
		switch hash, there := c.hashes[h.No]; {
		case h.No == 0:
		case !there:
			c.report.find("record %d, which was the last on %s, is not there", h.No, h.At.Format(time.RFC3339))
		case hash != h.Hash:
			c.report.find("record %d is another than on %s, when it was the last: the trail was written anew", h.No, h.At.Format(time.RFC3339))
		}
	}
}

// Head returns the head of the trail as it stands.
func (l *Log) Head(ctx context.Context) (Head, error) {
	content, _, err := l.trail.Last(ctx)
	if err != nil {
		return Head{}, err
	}
	head := Head{At: l.now().UTC()}
	if content == nil {
		return head, nil
	}
	r, err := decode(content)
	if err != nil {
		return Head{}, fmt.Errorf("reading the head of the audit trail: %w", err)
	}
	head.No, head.Hash = r.No, r.Hash
	return head, nil
}
