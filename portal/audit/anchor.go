package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Anchor is a file in which the heads of a trail are written down, one a line, apart
// from the broker: TIME NUMBER HASH. Copies of it elsewhere are what nobody at this
// machine can change.
type Anchor struct{ path string }

// NewAnchor returns the anchor in a file, which need not be there.
func NewAnchor(path string) Anchor { return Anchor{path} }

// Heads returns what was written down, oldest first.
func (a Anchor) Heads() ([]Head, error) {
	file, err := os.Open(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the heads of the audit trail: %w", err)
	}
	defer file.Close()
	var heads []Head
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		head, err := parseHead(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("reading the heads of the audit trail: %s:%d: %w", a.path, number, err)
		}
		heads = append(heads, head)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the heads of the audit trail: %w", err)
	}
	return heads, nil
}

func parseHead(line string) (Head, error) {
	var at string
	var h Head
	if n, err := fmt.Sscanf(line, "%s %d %s", &at, &h.No, &h.Hash); err != nil || n != 3 {
		return Head{}, errors.New("want TIME NUMBER HASH")
	}
	var err error
	if h.At, err = time.Parse(time.RFC3339, at); err != nil {
		return Head{}, fmt.Errorf("reading the time: %w", err)
	}
	return h, nil
}

// Write writes a head down, unless it is the last one there, and reports whether it
// did.
func (a Anchor) Write(head Head) (bool, error) {
	heads, err := a.Heads()
	if err != nil {
		return false, err
	}
	if head.No == 0 || len(heads) > 0 && heads[len(heads)-1].No == head.No && heads[len(heads)-1].Hash == head.Hash {
		return false, nil
	}
	file, err := os.OpenFile(a.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return false, fmt.Errorf("writing down the head of the audit trail: %w", err)
	}
	_, err = fmt.Fprintf(file, "%s %d %s\n", head.At.UTC().Format(time.RFC3339), head.No, head.Hash)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return false, fmt.Errorf("writing down the head of the audit trail: %w", err)
	}
	return true, nil
}
