package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
)

// ole is a compound file: the container in which XLS and DOC keep their streams.
// The layout is that of [MS-CFB].
type ole struct {
	body       []byte
	sectorSize int
	cutoff     int      // streams below it live in the mini stream
	fat        []uint32 // next sector of each sector
	miniFAT    []uint32
	mini       []byte // the mini stream
	streams    map[string]oleEntry
}

// oleEntry is a stream at the root of the container.
type oleEntry struct {
	start uint32
	size  int
}

// Special sector numbers and sizes.
const (
	oleEnd         = 0xFFFFFFFE
	oleNoEntry     = 0xFFFFFFFF
	oleHeader      = 512
	oleEntrySize   = 128
	oleMiniSector  = 64
	oleHeaderFATs  = 109
	maxOLEEntries  = 10_000
	oleKindStream  = 2
	oleKindRoot    = 5
	oleNameMaximum = 64
)

var errOLECut = errors.New("the container ends before its sectors do")

// openOLE reads the directory of a compound file.
func openOLE(body []byte) (*ole, error) {
	if len(body) < oleHeader {
		return nil, errOLECut
	}
	shift := binary.LittleEndian.Uint16(body[0x1E:])
	if shift != 9 && shift != 12 || binary.LittleEndian.Uint16(body[0x20:]) != 6 {
		return nil, fmt.Errorf("sectors of 2^%d bytes, which no program writes", shift)
	}
	o := &ole{body: body, sectorSize: 1 << shift, cutoff: int(min(binary.LittleEndian.Uint32(body[0x38:]), 1<<16)), streams: map[string]oleEntry{}}
	if err := o.readFAT(); err != nil {
		return nil, err
	}
	directory, err := o.chain(binary.LittleEndian.Uint32(body[0x30:]), -1)
	if err != nil {
		return nil, fmt.Errorf("reading the directory: %w", err)
	}
	miniFAT, err := o.chain(binary.LittleEndian.Uint32(body[0x3C:]), -1)
	if err != nil {
		return nil, fmt.Errorf("reading the table of small sectors: %w", err)
	}
	o.miniFAT = sectorNumbers(miniFAT)
	return o, o.readDirectory(directory)
}

// sector returns the bytes of a sector; the last one of a file may be short.
func (o *ole) sector(n uint32) ([]byte, error) {
	start := (int64(n) + 1) * int64(o.sectorSize)
	if start >= int64(len(o.body)) {
		return nil, errOLECut
	}
	return o.body[start:min(int(start)+o.sectorSize, len(o.body))], nil
}

// readFAT gathers the sectors that say which sector follows which.
func (o *ole) readFAT() error {
	most := len(o.body)/o.sectorSize + 1
	numbers := sectorNumbers(o.body[0x4C : 0x4C+4*oleHeaderFATs])
	next := binary.LittleEndian.Uint32(o.body[0x44:])
	for range most {
		if next >= oleEnd {
			break
		}
		more, err := o.sector(next)
		if err != nil {
			return err
		}
		list := sectorNumbers(more)
		if len(list) < o.sectorSize/4 {
			return errOLECut
		}
		numbers = append(numbers, list[:len(list)-1]...)
		next = list[len(list)-1]
	}
	for _, n := range numbers {
		if n >= oleEnd {
			continue
		}
		sector, err := o.sector(n)
		if err != nil {
			return err
		}
		if o.fat = append(o.fat, sectorNumbers(sector)...); len(o.fat) > most+o.sectorSize {
			break
		}
	}
	return nil
}

func sectorNumbers(raw []byte) []uint32 {
	numbers := make([]uint32, len(raw)/4)
	for i := range numbers {
		numbers[i] = binary.LittleEndian.Uint32(raw[4*i:])
	}
	return numbers
}

// chain joins the sectors of a stream from its first; size -1 takes all.
func (o *ole) chain(start uint32, size int) ([]byte, error) {
	var data []byte
	for n, steps := start, 0; n < oleEnd && (size < 0 || len(data) < size); steps++ {
		if int64(n) >= int64(len(o.fat)) {
			return nil, errOLECut
		}
		if steps > len(o.fat) {
			return nil, errors.New("the sectors go round in a circle")
		}
		sector, err := o.sector(n)
		if err != nil {
			return nil, err
		}
		data = append(data, sector...)
		n = o.fat[n]
	}
	return sized(data, size)
}

func sized(data []byte, size int) ([]byte, error) {
	if size < 0 {
		return data, nil
	}
	if len(data) < size {
		return nil, errOLECut
	}
	return data[:size], nil
}

// readDirectory finds the streams right under the root: what lies in storages
// below it belongs to embedded objects.
func (o *ole) readDirectory(directory []byte) error {
	count := len(directory) / oleEntrySize
	if count == 0 || directory[0x42] != oleKindRoot {
		return errors.New("the directory has no root")
	}
	if count > maxOLEEntries {
		return fmt.Errorf("the directory has %d entries, more than %d", count, maxOLEEntries)
	}
	root := directory[:oleEntrySize]
	mini, err := o.chain(binary.LittleEndian.Uint32(root[0x74:]), int(min(binary.LittleEndian.Uint32(root[0x78:]), uint32(len(o.body)))))
	if err != nil {
		return fmt.Errorf("reading the stream of small sectors: %w", err)
	}
	o.mini = mini
	seen := make([]bool, count)
	pending := []uint32{binary.LittleEndian.Uint32(root[0x4C:])}
	for len(pending) > 0 {
		i := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if i == oleNoEntry || int64(i) >= int64(count) || seen[i] {
			continue
		}
		seen[i] = true
		entry := directory[int(i)*oleEntrySize:][:oleEntrySize]
		pending = append(pending, binary.LittleEndian.Uint32(entry[0x44:]), binary.LittleEndian.Uint32(entry[0x48:]))
		name, size := oleName(entry), binary.LittleEndian.Uint32(entry[0x78:])
		if _, twice := o.streams[name]; entry[0x42] == oleKindStream && !twice {
			o.streams[name] = oleEntry{binary.LittleEndian.Uint32(entry[0x74:]), int(size)}
		}
	}
	return nil
}

func oleName(entry []byte) string {
	length := min(int(binary.LittleEndian.Uint16(entry[0x40:])), oleNameMaximum)
	units := make([]uint16, 0, length/2)
	for i := 0; i+1 < length; i += 2 {
		if unit := binary.LittleEndian.Uint16(entry[i:]); unit != 0 {
			units = append(units, unit)
		}
	}
	return string(utf16.Decode(units))
}

// stream returns the bytes of a stream at the root.
func (o *ole) stream(name string) ([]byte, error) {
	entry, ok := o.streams[name]
	if !ok {
		return nil, fmt.Errorf("the container has no stream %q", name)
	}
	if entry.size > len(o.body) {
		return nil, errOLECut
	}
	if entry.size >= o.cutoff {
		return o.chain(entry.start, entry.size)
	}
	var data []byte
	for n, steps := entry.start, 0; n < oleEnd && len(data) < entry.size; steps++ {
		at := int64(n) * oleMiniSector
		if int64(n) >= int64(len(o.miniFAT)) || at >= int64(len(o.mini)) {
			return nil, errOLECut
		}
		if steps > len(o.miniFAT) {
			return nil, errors.New("the small sectors go round in a circle")
		}
		data = append(data, o.mini[at:min(int(at)+oleMiniSector, len(o.mini))]...)
		n = o.miniFAT[n]
	}
	return sized(data, entry.size)
}
