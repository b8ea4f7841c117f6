package native

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	chproto "github.com/ClickHouse/ch-go/proto"
)

// Source gives bytes: a *bufio.Reader of at least [SourceSize] bytes, or a *Memory.
// Peek, Buffered and Discard are those of bufio.
type Source interface {
	Peek(n int) ([]byte, error)
	Buffered() int
	Discard(n int) (int, error)
}

// SourceSize is the least buffer with which no decoder reads ahead of a block.
const SourceSize = 256 << 10

// ReadByte reads one byte. Here as below the end of the source is an error.
func ReadByte(in Source) (byte, error) {
	window, err := in.Peek(1)
	if err != nil {
		return 0, broken(err)
	}
	value := window[0]
	_, err = in.Discard(1)
	return value, err
}

// ReadNumber reads a number of variable length.
func ReadNumber(in Source) (uint64, error) {
	var value uint64
	for shift := 0; shift < 64; shift += 7 {
		next, err := ReadByte(in)
		if err != nil {
			return 0, err
		}
		value |= uint64(next&0x7f) << shift
		if next < 0x80 {
			return value, nil
		}
	}
	return 0, errors.New("a number of more than 64 bits")
}

// ReadText reads a string of at most longest bytes.
func ReadText(in Source, longest int) (string, error) {
	length, err := ReadNumber(in)
	if err != nil {
		return "", err
	}
	if length > uint64(longest) {
		return "", fmt.Errorf("a text of %d bytes, more than %d", length, longest)
	}
	c := &copier{in: in, left: longest}
	if err := c.bytes(length); err != nil {
		return "", err
	}
	return string(c.out), nil
}

// Memory is a Source of bytes at hand.
type Memory struct{ rest []byte }

// NewMemory makes a source that does not change data.
func NewMemory(data []byte) *Memory { return &Memory{data} }

// Peek gives the next n bytes.
func (m *Memory) Peek(n int) ([]byte, error) {
	if n > len(m.rest) {
		return m.rest, io.EOF
	}
	return m.rest[:n], nil
}

// Buffered is the number of bytes left.
func (m *Memory) Buffered() int { return len(m.rest) }

// Discard passes n bytes.
func (m *Memory) Discard(n int) (int, error) {
	n = min(n, len(m.rest))
	m.rest = m.rest[n:]
	return n, nil
}

// decoder gives a full decoder of the source. settle passes what it has read.
func (c *copier) decoder() (reader *chproto.Reader, settle func()) {
	if buffered, ok := c.in.(*bufio.Reader); ok {
		return chproto.NewReader(buffered), func() {} // it takes the buffer over as it is
	}
	rest, _ := c.in.Peek(c.in.Buffered())
	behind := bytes.NewReader(rest)
	buffered := bufio.NewReaderSize(behind, SourceSize)
	return chproto.NewReader(buffered), func() { _, _ = c.in.Discard(len(rest) - behind.Len() - buffered.Buffered()) }
}
