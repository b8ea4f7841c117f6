package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zhibiao/pipeline"
	"zhibiao/pipeline/rebuild"
	"zhibiao/warehouse"
)

// maxProblemsTold bounds how many problems of single versions are printed.
const maxProblemsTold = 20

func (c *cli) tellReport(report rebuild.Report) {
	c.printf("rebuilt %s of %s in %s: %d read afresh, %d replayed from older rules' readings; %s, %s\n",
		many(report.Afresh+report.Replayed, "version"), many(report.Lineages, "lineage"), report.Elapsed.Round(10*time.Millisecond), report.Afresh, report.Replayed, many(report.Rows, "row"), many(report.Refusals, "refusal"))
	if report.Refused > 0 {
		c.printf("%s cannot be stored, as at the first load: look among the dead letters\n", many(report.Refused, "row"))
	}
	for i, p := range report.Problems {
		if i == maxProblemsTold {
			c.printf("… and %s more\n", many(len(report.Problems)-i, "problem"))
			break
		}
		word := "problem"
		if p.Lost {
			word = "lost"
		}
		c.printf("%s: %v\n", word, p)
	}
}

// compare tells whether the warehouse equals what was made again. Any difference
// and any file that could not be used costs the exit code 1.
func (r *rebuilding) compare(ctx context.Context, report rebuild.Report) error {
	c := r.cli
	c.tellReport(report)
	live := r.second.SnapshotExports()
	if r.live.OnCluster() {
		live = r.live.Exports()
	}
	difference, compared, err := warehouse.Compare(ctx, live, r.second.Exports())
	if err == nil && r.live.OnCluster() {
		err = r.unchanged(ctx)
	}
	if err != nil {
		return environment("comparing the two databases", err)
	}
	for _, s := range compared.Slices {
		verdict := "equal"
		if !s.Equal() {
			verdict = fmt.Sprintf("DIFFERENT: rebuilt %d rows  %s", s.Again.Rows, short(s.Again.SHA256))
		}
		c.printf("%-12s %-32s %ds %9d rows  %s  %s\n", s.Table, s.Source, s.Decade, s.Live.Rows, short(s.Live.SHA256), verdict)
	}
	if r.o.keep {
		c.printf("the rebuilt tables are in database %s; the warehouse's at the moment of the comparison are beside them as live_*; zhibiao rebuild --drop-old drops it\n", r.second.Database())
	}
	switch {
	case difference != nil:
		c.printf("the first difference is in %v\n", difference)
		return pipeline.WithExit(pipeline.ExitOurFault, fmt.Errorf(
			"the warehouse is not what the archive says: %d of %d slices differ; zhibiao rebuild puts what the archive says in place", difference.Differences, len(compared.Slices)))
	case len(report.Problems) > 0:
		return pipeline.WithExit(pipeline.ExitOurFault, fmt.Errorf(
			"the rows are equal, but the archive has %s, named above: restore what is damaged or lost from a backup", many(len(report.Problems), "problem")))
	}
	c.printf("equal: %s in %s (observation, refusal, document); confirmation and run are not in the archive and were not compared\n", many(compared.Rows(), "row"), many(len(compared.Slices), "slice"))
	return nil
}

// short is enough of a digest to tell two apart by eye.
func short(digest string) string { return digest[:min(len(digest), 16)] }

// replace puts the rebuilt tables in the place of the warehouse's. kept reports
// whether the second database holds what the warehouse held before.
func (r *rebuilding) replace(ctx context.Context, report rebuild.Report) (kept bool, err error) {
	c := r.cli
	c.tellReport(report)
	if lost := report.Lost(); lost > 0 && !r.o.incomplete {
		return false, pipeline.WithExit(pipeline.ExitOurFault, fmt.Errorf(
			"%s cannot be made again, so the warehouse stays as it is: restore the files named above from a backup, or add --incomplete", many(lost, "version")))
	}
	if _, err := r.register.restoreDerivations(ctx, report.Derivations); err != nil {
		return false, err
	}
	resume, err := c.quiet(ctx, r.line)
	if err != nil {
		return false, err
	}
	defer resume()
	plan, err := r.look(ctx)
	if err != nil {
		return false, err
	}
	if later := plan.Since(r.plan); len(later.Chains) > 0 { // what arrived meanwhile
		caught, err := r.run(ctx, later)
		if err != nil {
			return false, err
		}
		if caught.Lost() > 0 && !r.o.incomplete {
			c.tellReport(caught)
			return false, pipeline.WithExit(pipeline.ExitOurFault, errors.New("versions that arrived meanwhile cannot be made again, so the warehouse stays as it is"))
		}
	}
	if err := r.live.Exchange(ctx, r.second); err != nil {
		return true, environment("putting the rebuilt tables in place", err)
	}
	if err := r.register.restoreHeld(ctx, r.line.app, report.Held); err != nil {
		return true, err
	}
	c.printf("the rebuilt tables are in place; what the warehouse held before is in database %s until zhibiao rebuild --drop-old\n", r.second.Database())
	c.printf("confirmation and run are as they were: the archive does not hold them\n")
	return true, nil
}

// dropRemains drops what rebuilds left that did not come to their end. What holds
// an earlier state of the warehouse stays.
func (r *rebuilding) dropRemains(ctx context.Context) error {
	seconds, err := r.live.Seconds(ctx)
	if err != nil {
		return environment("looking for earlier rebuilds", err)
	}
	for _, s := range seconds {
		if s.Replaced {
			r.cli.printf("database %s holds what the warehouse held before a rebuild; zhibiao rebuild --drop-old drops it\n", s.Name)
			continue
		}
		if err := r.live.DropSecond(ctx, s.Name); err != nil {
			return environment("dropping what an earlier rebuild left", err)
		}
		r.cli.printf("dropped %s, which an earlier rebuild left\n", s.Name)
	}
	return nil
}

// dropOld drops every database that rebuilds left.
func (c *cli) dropOld(ctx context.Context, a *app) error {
	live, err := a.warehouse(ctx)
	if err != nil {
		return err
	}
	seconds, err := live.Seconds(ctx)
	if err != nil {
		return environment("looking for earlier rebuilds", err)
	}
	for _, s := range seconds {
		if err := live.DropSecond(ctx, s.Name); err != nil {
			return environment("dropping "+s.Name, err)
		}
		c.printf("dropped %s\n", s.Name)
	}
	if len(seconds) == 0 {
		c.printf("nothing to drop\n")
	}
	return nil
}
