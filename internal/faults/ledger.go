package faults

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Ledger is a file of JSON lines to which entries are only added. It is the memory of
// a judge that must not forget when what it watches is killed.
type Ledger[T any] struct{ file *os.File }

// OpenLedger opens the ledger at a path, and makes it where it is missing.
func OpenLedger[T any](path string) (*Ledger[T], error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	return &Ledger[T]{file}, nil
}

// Append writes an entry and returns once it is on the disk.
func (l *Ledger[T]) Append(entry T) error {
	line, err := json.Marshal(entry)
	if err == nil {
		_, err = l.file.Write(append(line, '\n'))
	}
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("writing to the ledger %s: %w", l.file.Name(), err)
	}
	return nil
}

// Close closes the file.
func (l *Ledger[T]) Close() error { return l.file.Close() }

// ReadLedger returns the entries in the order in which they were written. A missing
// file has none; the end of a line that was cut off when the machine stopped is left
// out, and any other line that cannot be read is an error.
func ReadLedger[T any](path string) ([]T, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	defer file.Close()
	var entries []T
	var torn error
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for number := 1; lines.Scan(); number++ {
		if torn != nil {
			return nil, torn
		}
		if text := lines.Bytes(); len(text) > 0 && text[0] == '{' {
			var entry T
			if err := json.Unmarshal(text, &entry); err != nil {
				torn = fmt.Errorf("reading line %d of the ledger %s: %w", number, path, err)
				continue
			}
			entries = append(entries, entry)
		}
	}
	return entries, lines.Err()
}
