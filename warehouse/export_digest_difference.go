package warehouse

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Difference is a row by which two exports differ. Of a row that only one of them
// has the other text is empty.
type Difference struct {
	Slice
	Key         string   // the columns of the key with their values
	Live, Again string   // the row in the warehouse and the one made again, as JSON
	Columns     []string // in which they differ, where both have the row
	Differences int      // slices that differ in all
}

// String says it for a person: where, which row, and both of them.
func (d Difference) String() string {
	var what string
	switch {
	case d.Live == "":
		what = "the warehouse lacks a row"
	case d.Again == "":
		what = "the warehouse has a row too many"
	default:
		what = "a row differs in " + strings.Join(d.Columns, ", ")
	}
	return fmt.Sprintf("%s: %s\n  key        %s\n  warehouse  %s\n  rebuilt    %s",
		d.Slice, what, d.Key, cmp.Or(d.Live, "(none)"), cmp.Or(d.Again, "(none)"))
}

// Compare compares exports table by table, by the digests of their slices, and
// returns the first difference: nil if there is none. slices counts what was
// compared, rows the rows of live.
func Compare(ctx context.Context, live, again []Export) (first *Difference, compared Compared, err error) {
	var differing []Slice
	for i := range live {
		ours, err := live[i].Digests(ctx)
		if err != nil {
			return nil, compared, err
		}
		theirs, err := again[i].Digests(ctx)
		if err != nil {
			return nil, compared, err
		}
		different := compared.add(ours, theirs)
		if len(differing) == 0 && len(different) > 0 {
			if first, err = firstDifference(ctx, live[i], again[i], different[0]); err != nil {
				return nil, compared, err
			}
		}
		differing = append(differing, different...)
	}
	if first != nil {
		first.Differences = len(differing)
	}
	return first, compared, nil
}

// Compared is how much was compared.
type Compared struct {
	Slices []SliceDigest // by table, source and decade
}

// SliceDigest is a slice with what it comes to in the warehouse and made again.
type SliceDigest struct {
	Slice
	Live, Again Digest
}

// Equal reports whether both say the same.
func (s SliceDigest) Equal() bool { return s.Live == s.Again }

// Rows counts the warehouse's rows.
func (c Compared) Rows() (rows uint64) {
	for _, s := range c.Slices {
		rows += s.Live.Rows
	}
	return rows
}

func (c *Compared) add(ours, theirs map[Slice]Digest) (different []Slice) {
	var all []Slice
	for s := range ours {
		all = append(all, s)
	}
	for s := range theirs {
		if _, both := ours[s]; !both {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Slice) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Decade, b.Decade))
	})
	for _, s := range all {
		both := SliceDigest{Slice: s, Live: ours[s], Again: theirs[s]}
		c.Slices = append(c.Slices, both)
		if !both.Equal() {
			different = append(different, s)
		}
	}
	return different
}

// firstDifference reads one slice of both exports side by side, in the order of
// their keys as text, up to the first row that only one of them has or that
// differs.
func firstDifference(ctx context.Context, live, again Export, slice Slice) (*Difference, error) {
	ours, err := live.open(ctx, slice)
	if err != nil {
		return nil, err
	}
	defer ours.rows.Close()
	theirs, err := again.open(ctx, slice)
	if err != nil {
		return nil, err
	}
	defer theirs.rows.Close()
	for {
		if err := cmp.Or(ours.next(), theirs.next()); err != nil {
			return nil, fmt.Errorf("comparing %s: %w", slice, err)
		}
		switch {
		case ours.over && theirs.over:
			return &Difference{Slice: slice, Key: "(the rows are equal now: something was loaded while they were compared)"}, nil
		case ours.over || !theirs.over && ours.key > theirs.key:
			return &Difference{Slice: slice, Key: theirs.words(), Again: theirs.row}, nil
		case theirs.over || ours.key < theirs.key:
			return &Difference{Slice: slice, Key: ours.words(), Live: ours.row}, nil
		case ours.row != theirs.row:
			return &Difference{Slice: slice, Key: ours.words(), Live: ours.row, Again: theirs.row, Columns: differingColumns(ours.row, theirs.row)}, nil
		}
	}
}

// cursor is an export under way. Rows that hold the same key keep their order by
// the row itself.
type cursor struct {
	rows     driver.Rows
	names    []string
	key, row string
	over     bool
}

const keySeparator = "\x1f"

func (e Export) open(ctx context.Context, slice Slice) (*cursor, error) {
	form := exportForms[e.Table]
	columns, err := e.columns(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := e.warehouse.conn.Query(ctx, fmt.Sprintf(
		`SELECT concatWithSeparator('%s', %s) AS sorted, formatRowNoNewline('JSONEachRow', %s) AS line FROM %s FINAL
		WHERE source = {source:String} AND toUInt16(intDiv(%s, 10) * 10) = {decade:UInt16} ORDER BY sorted, line%s, output_format_json_escape_forward_slashes = 0`,
		keySeparator, "toString("+strings.Join(form.key, "), toString(")+")", strings.Join(columns, ", "), e.warehouse.qualified(e.stored), form.decade, exportSettings),
		Parameters{"source": slice.Source, "decade": slice.Decade}.named()...)
	if err != nil {
		return nil, fmt.Errorf("exporting %s: %w", slice, err)
	}
	return &cursor{rows: rows, names: form.key}, nil
}

func (c *cursor) next() error {
	if c.over || !c.rows.Next() {
		c.over = true
		return c.rows.Err()
	}
	return c.rows.Scan(&c.key, &c.row)
}

func (c *cursor) words() string {
	values := strings.Split(c.key, keySeparator)
	words := make([]string, 0, len(values))
	for i, value := range values {
		if value != "" && i < len(c.names) {
			words = append(words, c.names[i]+"="+value)
		}
	}
	return strings.Join(words, " ")
}

func differingColumns(a, b string) []string {
	var ours, theirs map[string]json.RawMessage
	if json.Unmarshal([]byte(a), &ours) != nil || json.Unmarshal([]byte(b), &theirs) != nil {
		return []string{"some column"}
	}
	var names []string
	for name, value := range ours {
		if !bytes.Equal(value, theirs[name]) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
