package native

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrTooLarge tells that a block has more bytes than are allowed.
var ErrTooLarge = errors.New("the block is too large")

// mostRows is more than any client or engine puts into a block.
const mostRows = 1 << 31

// copier moves the bytes of one block.
type copier struct {
	in    Source
	out   []byte
	left  int // bytes that may still be copied
	flush func(piece []byte) error
}

// window gives the bytes at hand, at least one.
func (c *copier) window() ([]byte, error) {
	if _, err := c.in.Peek(1); err != nil {
		return nil, broken(err)
	}
	return c.in.Peek(c.in.Buffered())
}

// broken words the end of the source inside a block.
func broken(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (c *copier) take(window []byte) error {
	if c.left -= len(window); c.left < 0 {
		return ErrTooLarge
	}
	c.out = append(c.out, window...)
	_, err := c.in.Discard(len(window))
	return err
}

func (c *copier) bytes(count uint64) error {
	if count > uint64(c.left) {
		return ErrTooLarge
	}
	for count > 0 {
		window, err := c.window()
		if err != nil {
			return err
		}
		window = window[:min(uint64(len(window)), count)]
		count -= uint64(len(window))
		if err := c.take(window); err != nil {
			return err
		}
	}
	return nil
}

// number copies eight bytes and tells their value.
func (c *copier) number() (uint64, error) {
	if err := c.bytes(8); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(c.out[len(c.out)-8:]), nil
}

// texts copies strings, as many as the window holds at a time.
func (c *copier) texts(count uint64) error {
	for count > 0 {
		window, err := c.window()
		if err != nil {
			return err
		}
		end, whole := scanTexts(window, count)
		if whole == 0 {
			if err := c.longText(); err != nil {
				return err
			}
			count--
			continue
		}
		count -= whole
		if err := c.take(window[:end]); err != nil {
			return err
		}
	}
	return nil
}

// scanTexts counts the strings that lie whole in the window.
func scanTexts(window []byte, most uint64) (end int, whole uint64) {
	for whole < most && end < len(window) {
		length, width := uint64(window[end]), 1
		if length >= 0x80 {
			if length, width = binary.Uvarint(window[end:]); width <= 0 {
				break
			}
		}
		if length > uint64(len(window)-end-width) {
			break
		}
		end += width + int(length)
		whole++
	}
	return end, whole
}

// longText copies one string that does not lie whole in the window.
func (c *copier) longText() error {
	length, err := ReadNumber(c.in)
	if err != nil {
		return err
	}
	c.out = binary.AppendUvarint(c.out, length)
	return c.bytes(length)
}

// prefix copies what stands before all values of a column: the versions of its
// dictionaries.
func (c *copier) prefix(s *shape) error {
	if s.kind == coded {
		version, err := c.number()
		if err != nil {
			return err
		}
		if version != 1 {
			return fmt.Errorf("a dictionary of version %d", version)
		}
	}
	for _, inner := range s.inner {
		if err := c.prefix(inner); err != nil {
			return err
		}
	}
	return nil
}

// values copies rows values.
func (c *copier) values(s *shape, rows uint64) error {
	if rows > mostRows {
		return ErrTooLarge
	}
	switch s.kind {
	case fixed:
		return c.bytes(rows * uint64(s.size))
	case text:
		return c.texts(rows)
	case nullable:
		if err := c.bytes(rows); err != nil {
			return err
		}
		return c.values(s.inner[0], rows)
	case array:
		return c.array(s, rows)
	case tuple:
		if len(s.inner) == 0 {
			return c.bytes(rows)
		}
		for _, inner := range s.inner {
			if err := c.values(inner, rows); err != nil {
				return err
			}
		}
		return nil
	case coded:
		return c.coded(s, rows)
	}
	return errors.New("a type that cannot be copied")
}

func (c *copier) array(s *shape, rows uint64) error {
	if rows == 0 {
		return nil
	}
	if err := c.bytes(8 * rows); err != nil {
		return err
	}
	return c.values(s.inner[0], binary.LittleEndian.Uint64(c.out[len(c.out)-8:]))
}

// coded copies a dictionary with its indexes; nothing stands for no rows.
func (c *copier) coded(s *shape, rows uint64) error {
	const (
		width            = 0xff
		sharedDictionary = 1 << 8
		hasKeys          = 1 << 9
	)
	if rows == 0 {
		return nil
	}
	flags, err := c.number()
	if err != nil {
		return err
	}
	if flags&sharedDictionary != 0 || flags&width > 3 {
		return fmt.Errorf("a dictionary with the flags %#x", flags)
	}
	if flags&hasKeys != 0 {
		keys, err := c.number()
		if err != nil {
			return err
		}
		if err := c.values(s.inner[0], keys); err != nil {
			return err
		}
	}
	indexes, err := c.number()
	if err != nil {
		return err
	}
	if indexes != rows {
		return fmt.Errorf("a dictionary with %d indexes for %d rows", indexes, rows)
	}
	return c.bytes(rows << (flags & width))
}
