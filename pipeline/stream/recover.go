package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"zhibiao/pipeline"
)

// Restore sets the head of a lineage that has none, as the archive knows it, and
// reports whether it did. A head that is there stays, and is returned.
func (h *Heads) Restore(ctx context.Context, lineage string, head Head) (there Head, restored bool, err error) {
	there, revision, err := h.Get(ctx, lineage)
	if err != nil || revision > 0 {
		return there, false, err
	}
	if _, err := h.Advance(ctx, lineage, head, 0); err != nil {
		return Head{}, false, err
	}
	return head, true, nil
}

// unusedDerivation stands where a number was given to rules that no document was
// read under.
const unusedDerivation = "unused"

// Restore adds to a source's register what it has lost of the derivations that the
// archive knows, and returns how many. Two derivations of one number are an error:
// rows of different rules could not be told apart.
func (d *Derivations) Restore(ctx context.Context, source string, known []pipeline.Derivation) (int, error) {
	known = slices.Clone(known)
	slices.SortFunc(known, func(a, b pipeline.Derivation) int { return cmp.Compare(a.No, b.No) })
	for {
		list, revision, err := d.list(ctx, source)
		if err != nil {
			return 0, err
		}
		merged, added, err := mergeDerivations(list, known)
		if err != nil {
			return 0, fmt.Errorf("restoring the derivations of %s: %w", source, err)
		}
		if added == 0 {
			return 0, nil
		}
		_, err = writeEntry(ctx, d.bucket, source, merged, revision)
		if errors.Is(err, ErrMoved) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("restoring the derivations of %s: %w", source, err)
		}
		return added, nil
	}
}

// mergeDerivations appends those that list lacks; the place in the list is the
// number.
func mergeDerivations(list, known []pipeline.Derivation) (merged []pipeline.Derivation, added int, err error) {
	merged = slices.Clone(list)
	for _, k := range known {
		for len(merged) < int(k.No)-1 {
			merged = append(merged, pipeline.Derivation{ID: fmt.Sprint(unusedDerivation, "-", len(merged)+1), No: uint16(len(merged) + 1)})
		}
		switch {
		case k.No == 0:
			return nil, 0, fmt.Errorf("derivation %s has no number", k.ID)
		case int(k.No) == len(merged)+1:
			merged = append(merged, k)
			added++
		case merged[k.No-1].ID != k.ID:
			return nil, 0, fmt.Errorf("number %d is %s in the broker and %s in the archive", k.No, merged[k.No-1].ID, k.ID)
		}
	}
	return merged, added, nil
}
