package supplement

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhibiao/pipeline"
)

// fileSchema is the current number of file's JSON form.
const fileSchema = 1

// file is all that is stored for one county, in one value.
type file struct {
	Schema      int                `json:"schema"`
	Region      string             `json:"region"`
	Serial      uint64             `json:"serial"` // of changes and what they number
	Cells       map[string]*record `json:"cells,omitempty"`
	Locals      []Local            `json:"locals,omitempty"`
	Disputes    []Dispute          `json:"disputes,omitempty"`
	Acceptances []Acceptance       `json:"acceptances,omitempty"` // that are not documents yet
	AcceptedAt  time.Time          `json:"accepted_at,omitzero"`  // of the last acceptance
	Untold      []Event            `json:"untold,omitempty"`
}

// record is what is known of a cell: what is on its way, and what was accepted last.
type record struct {
	Open     *Entry `json:"open,omitempty"`
	Standing *Entry `json:"standing,omitempty"`
}

const filesFolder = "file"

func fileKey(region string) string { return filesFolder + "." + region }

func (f *file) at(cell Cell) *record {
	r := f.Cells[cell.String()]
	if r == nil {
		return &record{}
	}
	return r
}

func (f *file) put(cell Cell, r *record) {
	if f.Cells == nil {
		f.Cells = map[string]*record{}
	}
	f.Cells[cell.String()] = r
}

// records returns all cells, by the order of the catalogue and of periods.
func (d *Desk) records(f *file) []*record {
	all := make([]*record, 0, len(f.Cells))
	for _, r := range f.Cells {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *record) int { return d.compareCells(a.cell(), b.cell()) })
	return all
}

func (r *record) cell() Cell { return r.last().Cell }

// last returns the newest entry of the record.
func (r *record) last() *Entry {
	if r.Open != nil {
		return r.Open
	}
	return r.Standing
}

// next numbers a change; no number comes twice in a file.
func (f *file) next() uint64 {
	f.Serial++
	return f.Serial
}

// tell keeps an event until the audit trail has it.
func (f *file) tell(by Actor, at time.Time, act Act, subject, detail string) {
	f.Untold = append(f.Untold, Event{
		ID: pipeline.ContentID("event", f.Region, strconv.FormatUint(f.next(), 10)),
		At: at, Account: by.Account, Role: by.Role, Address: by.Address, Act: act, Region: f.Region, Subject: subject, Detail: detail,
	})
}

// load returns a county's file, an empty one where there is none yet.
func (d *Desk) load(ctx context.Context, region string) (*file, uint64, error) {
	f := &file{Schema: fileSchema, Region: region}
	revision, err := loadValue(ctx, d.config.Entries, fileKey(region), f)
	if err != nil {
		return nil, 0, fmt.Errorf("reading the entries of %s: %w", region, err)
	}
	if f.Schema != fileSchema {
		return nil, 0, fmt.Errorf("reading the entries of %s: they are in schema %d, this program knows %d: is it older than the data?", region, f.Schema, fileSchema)
	}
	return f, revision, nil
}

// change changes a county's file by compare-and-set and tells the events of it. edit
// may be called several times, each time with a file as it is stored; its error leaves
// everything as it was. A change that changes nothing writes nothing.
func (d *Desk) change(ctx context.Context, region string, edit func(*file) error) error {
	for {
		f, revision, err := d.load(ctx, region)
		if err != nil {
			return err
		}
		before, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("changing the entries of %s: %w", region, err)
		}
		if err := edit(f); err != nil {
			return err
		}
		after, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("changing the entries of %s: %w", region, err)
		}
		if bytes.Equal(before, after) {
			return nil
		}
		if len(after) > d.config.Limits.FileBytes {
			return problem(TooLarge, "本县保存的内容已达上限，请联系省级管理员", "what is stored for this county has reached its limit: ask the administrator of the province")
		}
		revision, ok, err := d.config.Entries.Put(ctx, fileKey(region), after, revision)
		if err != nil {
			return fmt.Errorf("changing the entries of %s: %w", region, err)
		}
		if !ok {
			continue
		}
		if len(f.Acceptances) > 0 {
			d.signal()
		}
		d.tellNow(ctx, f, revision)
		return nil
	}
}

// tellNow tells the events of a file that was just written. What cannot be told now is
// told by Settle: the change is done in any case.
func (d *Desk) tellNow(ctx context.Context, f *file, revision uint64) {
	if len(f.Untold) == 0 {
		return
	}
	for _, e := range f.Untold {
		if d.config.Audit(ctx, e) != nil {
			return
		}
	}
	f.Untold = nil
	if after, err := json.Marshal(f); err == nil {
		_, _, _ = d.config.Entries.Put(ctx, fileKey(f.Region), after, revision)
	}
}

// Settle tells the events that are not in the audit trail yet, of all counties: after a
// kill, or once the trail can be written again.
func (d *Desk) Settle(ctx context.Context) error {
	regions, err := d.Regions(ctx)
	if err != nil {
		return err
	}
	for _, region := range regions {
		if err := d.settle(ctx, region); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) settle(ctx context.Context, region string) error {
	f, _, err := d.load(ctx, region)
	if err != nil || len(f.Untold) == 0 {
		return err
	}
	told := map[string]bool{}
	for _, e := range f.Untold {
		if err := d.config.Audit(ctx, e); err != nil {
			return fmt.Errorf("telling the audit trail what happened in %s: %w", region, err)
		}
		told[e.ID] = true
	}
	return d.change(ctx, region, func(f *file) error {
		f.Untold = slices.DeleteFunc(f.Untold, func(e Event) bool { return told[e.ID] })
		return nil
	})
}

// Regions returns the counties that have entered or disputed anything, by code.
func (d *Desk) Regions(ctx context.Context) ([]string, error) {
	keys, err := d.config.Entries.Keys(ctx, filesFolder)
	if err != nil {
		return nil, fmt.Errorf("listing the counties with entries: %w", err)
	}
	for i, key := range keys {
		keys[i] = strings.TrimPrefix(key, filesFolder+".")
	}
	return keys, nil
}

// loadValue reads a JSON value strictly; target stays as it is where there is none.
func loadValue(ctx context.Context, book Book, key string, target any) (uint64, error) {
	content, revision, err := book.Get(ctx, key)
	if err != nil || revision == 0 {
		return 0, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields() // promise 11
	if err := decoder.Decode(target); err != nil {
		return 0, pipeline.Permanent(err)
	}
	return revision, nil
}
