package supplement

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Burden is what supplementing costs all counties together. It is kept in total only:
// nothing sets one county beside another (promise 9).
type Burden struct {
	Counties int // that have looked at their sheet
	Asked    int // cells that were asked for, each once
	Held     int // of them: that a public or provincial source or the platform had or was due to supply; must be 0
	Answered int // of them: that have an answer on its way or accepted
	Agreed   int // of the answered: by taking the last answer over, without typing
	Known    int // values that were shown to their counties as known
	Disputed int // of them: that were disputed; the others count as agreed without typing
}

// shown is what a county was asked and shown so far.
type shown struct {
	Asked map[string]time.Time `json:"asked,omitempty"` // by the form of the cell: when first
	Known map[string]bool      `json:"known,omitempty"` // forms of cells
}

const shownFolder = "shown"

func shownKey(region string) string { return shownFolder + "." + region }

// countAsked counts what a county's sheet asks and shows, each cell once.
func (d *Desk) countAsked(ctx context.Context, sheet *Sheet) error {
	for {
		var s shown
		revision, err := loadValue(ctx, d.config.Entries, shownKey(sheet.Region), &s)
		if err != nil {
			return fmt.Errorf("counting what %s was asked: %w", sheet.Region, err)
		}
		if isNew := s.add(sheet, d.now()); !isNew && revision > 0 {
			return nil
		}
		content, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("counting what %s was asked: %w", sheet.Region, err)
		}
		_, ok, err := d.config.Entries.Put(ctx, shownKey(sheet.Region), content, revision)
		if err != nil {
			return fmt.Errorf("counting what %s was asked: %w", sheet.Region, err)
		}
		if ok {
			return nil
		}
	}
}

// add reports whether the sheet has something that was not counted yet.
func (s *shown) add(sheet *Sheet, at time.Time) bool {
	isNew := false
	if s.Asked == nil {
		s.Asked = map[string]time.Time{}
	}
	if s.Known == nil {
		s.Known = map[string]bool{}
	}
	for _, task := range sheet.Tasks {
		for _, ask := range task.Asks {
			if key := ask.Cell.String(); s.Asked[key].IsZero() {
				s.Asked[key], isNew = at, true
			}
		}
	}
	for _, known := range sheet.Known {
		if key := known.Cell.String(); known.Value != "" && !s.Known[key] {
			s.Known[key], isNew = true, true
		}
	}
	return isNew
}

// Burden adds up what supplementing has cost so far. Held is asked of the warehouse
// anew for the moment at which each cell was first asked for, not remembered.
func (d *Desk) Burden(ctx context.Context) (Burden, error) {
	keys, err := d.config.Entries.Keys(ctx, shownFolder)
	if err != nil {
		return Burden{}, fmt.Errorf("adding up the burden: %w", err)
	}
	var total Burden
	for _, key := range keys {
		region := strings.TrimPrefix(key, shownFolder+".")
		if err := d.addBurden(ctx, region, &total); err != nil {
			return Burden{}, fmt.Errorf("adding up the burden: %w", err)
		}
	}
	return total, nil
}

func (d *Desk) addBurden(ctx context.Context, region string, total *Burden) error {
	var s shown
	if _, err := loadValue(ctx, d.config.Entries, shownKey(region), &s); err != nil {
		return err
	}
	f, _, err := d.load(ctx, region)
	if err != nil {
		return err
	}
	total.Counties++
	total.Asked += len(s.Asked)
	total.Known += len(s.Known)
	moments := map[time.Time][]string{}
	for key, at := range s.Asked {
		moments[at] = append(moments[at], key)
		if r := f.Cells[key]; r != nil {
			total.Answered++
			if r.last().Same {
				total.Agreed++
			}
		}
	}
	for at, keys := range moments {
		held, err := d.held(ctx, region, at, keys)
		if err != nil {
			return err
		}
		total.Held += held
	}
	disputed := map[string]bool{}
	for _, dispute := range f.Disputes {
		if dispute.Outcome != Dropped {
			disputed[dispute.Cell.String()] = true
		}
	}
	total.Disputed += len(disputed)
	return nil
}

// held counts the cells that somebody else had or was due to supply at a moment.
func (d *Desk) held(ctx context.Context, region string, at time.Time, keys []string) (int, error) {
	cells, err := d.config.Numbers.Held(ctx, region, at)
	if err != nil {
		return 0, err
	}
	spans := map[span]bool{}
	for _, c := range cells {
		spans[c.span()] = true
	}
	count := 0
	for _, key := range keys {
		if cell, err := ParseCell(key); err == nil && spans[cell.span()] {
			count++
		}
	}
	return count, nil
}
