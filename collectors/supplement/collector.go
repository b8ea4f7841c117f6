package supplement

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"zhibiao/pipeline"
)

// Collector hands acceptances over to the line. One that was handed over and not yet
// struck off, because the process was killed in between, is handed over again: the same
// bytes at the same address, which the line takes for a confirmation. So each becomes
// exactly one document (promise 3).
func (d *Desk) Collector() pipeline.Collector { return acceptances{d} }

type acceptances struct{ desk *Desk }

// Collect emits what was accepted and is no document yet, county by county, in the
// order of acceptance. The window's regions bound it; its dates do not.
func (c acceptances) Collect(ctx context.Context, window pipeline.Window, emit func(context.Context, pipeline.RawDocument) error) error {
	regions, err := c.desk.Regions(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, region := range regions {
		if len(window.Regions) > 0 && !slices.Contains(window.Regions, region) {
			continue
		}
		if err := c.county(ctx, region, emit); err != nil {
			failed = append(failed, fmt.Errorf("handing over what was accepted of %s: %w", region, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

func (c acceptances) county(ctx context.Context, region string, emit func(context.Context, pipeline.RawDocument) error) error {
	f, _, err := c.desk.load(ctx, region)
	if err != nil {
		return err
	}
	for i := range f.Acceptances {
		raw, err := f.Acceptances[i].Document()
		if err != nil {
			return err
		}
		if err := emit(ctx, raw); err != nil {
			return err
		}
		if err := c.strike(ctx, f.Region, f.Acceptances[i].ID); err != nil { // only now: promise 1
			return err
		}
	}
	return nil
}

// strike takes an acceptance off the list of what is no document yet.
func (c acceptances) strike(ctx context.Context, region, id string) error {
	return c.desk.change(ctx, region, func(f *file) error {
		f.Acceptances = slices.DeleteFunc(f.Acceptances, func(a Acceptance) bool { return a.ID == id })
		return nil
	})
}

// Undelivered returns how many acceptances are no documents yet.
func (d *Desk) Undelivered(ctx context.Context) (int, error) {
	regions, err := d.Regions(ctx)
	if err != nil {
		return 0, err
	}
	count := 0
	for _, region := range regions {
		f, _, err := d.load(ctx, region)
		if err != nil {
			return 0, err
		}
		count += len(f.Acceptances)
	}
	return count, nil
}
