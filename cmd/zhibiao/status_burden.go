package main

import (
	"context"
)

// burden prints what supplementing has cost all counties together: in total only
// (promise 9).
func (c *cli) burden(ctx context.Context, a *app) error {
	desk, err := a.desk(ctx)
	if err != nil {
		return err
	}
	b, err := desk.Burden(ctx)
	if err != nil {
		return environment("adding up the burden", err)
	}
	c.printf("burden of all counties together\n")
	for _, line := range []struct {
		count int
		what  string
	}{
		{b.Asked, "cells were asked for, each counted once"},
		{b.Held, "of them were public, provincial or on the national platform, or due from there (must be 0)"},
		{b.Answered, "of them were answered"},
		{b.Agreed, "of the answers were agreed to without typing"},
		{b.Known, "values were shown as known, and count as agreed without typing unless disputed"},
		{b.Disputed, "of them were disputed"},
	} {
		c.printf("  %6d %s\n", line.count, line.what)
	}
	return nil
}
