package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/pipeline/observe"
	"zhibiao/pipeline/rebuild"
	"zhibiao/pipeline/schedule"
	"zhibiao/warehouse"
)

// reconciliation is what came of comparing archive, broker and warehouse.
type reconciliation struct {
	At       time.Time `json:"at"`
	Versions int       `json:"versions"` // placed in the archive
	Read     int       `json:"read"`     // of which the body was read and compared with its hash
	Differed int       `json:"differed"` // the warehouse did not have what the archive says
	Mended   int       `json:"mended"`   // of those, loaded again from the archive
	// Problems are what a person has to look at; none says that all three agree.
	Problems []string `json:"problems,omitempty"`
}

func reconcileCommand(c *cli) *cobra.Command {
	var all bool
	command := &cobra.Command{
		Use:   "reconcile",
		Short: "Compare archive, broker and warehouse, and load again what is missing",
		Long: `Compare what the archive says was published with the broker's heads of lineages and
with the rows of the warehouse, by number and digest for every document version.
What the warehouse lacks is loaded again from the archive. What cannot be mended is
named, with exit code 1.

A serve does this every night after five o'clock (Asia/Shanghai), and then reads a
thirtieth of the archive's bodies, so that a damaged one is found within a month;
--all reads every one.`,
		Example: `  zhibiao reconcile
  zhibiao reconcile --all`,
		Args: asYourInput(cobra.NoArgs),
	}
	command.Flags().BoolVar(&all, "all", false, "read every body of the archive")
	command.RunE = c.inFolder(func(ctx context.Context, _ *cobra.Command, _ []string, a *app) error {
		l, done, err := a.useLine(ctx)
		if err != nil {
			return err
		}
		defer done()
		found, err := c.reconcile(ctx, l, func(version string) bool { return all || ofTheDay(version, now()) })
		if err != nil {
			return err
		}
		c.tellReconciliation(found)
		if len(found.Problems) > 0 {
			return pipeline.WithExit(pipeline.ExitOurFault, errors.New(many(len(found.Problems), "problem")+", named above"))
		}
		return nil
	})
	return command
}

func (c *cli) tellReconciliation(found reconciliation) {
	c.printf("%s compared, %s read\n", many(found.Versions, "version"), many(found.Read, "body"))
	if found.Differed > 0 {
		c.printf("%s not in the warehouse as the archive says; mended: %d\n", manyWere(found.Differed, "version"), found.Mended)
	}
	for i, p := range found.Problems {
		if i == maxProblemsTold {
			c.printf("… and %s more\n", many(len(found.Problems)-i, "problem"))
			break
		}
		c.printf("problem: %s\n", p)
	}
	if len(found.Problems) == 0 {
		c.printf("archive, broker and warehouse agree\n")
	}
}

// ofTheDay says which versions are read on a day: each on one in thirty.
func ofTheDay(version string, day time.Time) bool {
	const days = 30
	sum := 0
	for _, letter := range version {
		sum = (sum*31 + int(letter)) % 9973
	}
	return sum%days == int(day.Unix()/86400)%days
}

// reconcile compares, mends, and keeps the outcome beside the data. The intake
// pauses while the three are compared.
func (c *cli) reconcile(ctx context.Context, l *line, reads func(version string) bool) (reconciliation, error) {
	free, err := l.occupy()
	if err != nil {
		return reconciliation{}, err
	}
	defer free()
	found, err := c.compareAndMend(ctx, l, reads)
	if err != nil {
		return found, err
	}
	text, err := json.MarshalIndent(found, "", "  ")
	if err == nil {
		err = replaceFile(reconciliationFile(l.app.dir), text)
	}
	if err != nil {
		return found, environment("keeping the outcome of the reconciliation", err)
	}
	return found, nil
}

func (c *cli) compareAndMend(ctx context.Context, l *line, reads func(version string) bool) (found reconciliation, err error) {
	w, err := l.app.warehouse(ctx)
	if err != nil {
		return found, err
	}
	r := &rebuilding{cli: c, line: l, live: w, second: w, o: rebuildOptions{workers: runtime.GOMAXPROCS(0), maxRows: 100_000}}
	if r.register, err = l.app.register(ctx); err != nil {
		return found, err
	}
	resume, held, err := l.quiet(ctx)
	if err != nil {
		return found, err
	}
	defer resume()
	found.At = now().UTC()
	if held != "" {
		found.problem("%s", held)
	}
	if r.plan, err = r.look(ctx); err != nil {
		return found, err
	}
	found.Versions = r.plan.Versions + len(r.plan.Broken)
	heads, err := r.register.compare(ctx, r.plan)
	if err != nil {
		return found, err
	}
	for _, p := range append(r.plan.Broken, heads...) {
		found.problem("%v", p)
	}
	if err := found.readBodies(ctx, l.app, r.plan, reads); err != nil {
		return found, err
	}
	return found, found.mend(ctx, r)
}

func (f *reconciliation) problem(format string, args ...any) {
	f.Problems = append(f.Problems, fmt.Sprintf(format, args...))
}

// readBodies reads the bodies of some versions, which compares them with their
// hashes.
func (f *reconciliation) readBodies(ctx context.Context, a *app, plan *rebuild.Plan, reads func(version string) bool) error {
	store, err := a.archive()
	if err != nil {
		return err
	}
	for version := range plan.All() {
		if !reads(version) {
			continue
		}
		doc, err := store.Document(ctx, version)
		f.Read++
		var damaged *archive.DamagedError
		switch {
		case errors.As(err, &damaged), errors.Is(err, archive.ErrNotFound):
			f.problem("the body of version %s of %s (%s) is damaged or lost: %v", version, doc.Source, doc.URL, err)
		case err != nil:
			return environment("reading the archive", err)
		}
	}
	return nil
}

// mend loads again the lineages of which the warehouse has other rows than were
// published.
func (f *reconciliation) mend(ctx context.Context, r *rebuilding) error {
	before, err := r.differences(ctx)
	if err != nil || len(before) == 0 {
		return err
	}
	f.Differed = len(before)
	lineages := map[string]bool{}
	for _, gap := range before {
		lineages[gap.Lineage] = true
	}
	report, err := r.run(ctx, r.plan.Of(lineages))
	if err != nil {
		return environment("loading again what is missing", err)
	}
	for _, p := range report.Problems {
		f.problem("%v", p)
	}
	after, err := r.differences(ctx)
	if err != nil {
		return err
	}
	f.Mended = f.Differed - len(after)
	for _, g := range after {
		f.problem("version %s of %s has %d rows in the warehouse and %d by its record: zhibiao rebuild --verify names the first difference", g.Version, g.Source, g.Present, g.Recorded)
	}
	return nil
}

// differences are the versions of which the warehouse has no record or other rows
// than its record says, without those whose rows were set aside.
func (r *rebuilding) differences(ctx context.Context) ([]warehouse.Gap, error) {
	gaps, err := r.line.unexplained(ctx)
	if err != nil {
		return nil, err
	}
	recorded, err := r.live.Versions(ctx)
	if err != nil {
		return nil, environment("asking the warehouse for its documents", err)
	}
	named := map[string]bool{}
	for _, g := range gaps {
		named[g.Version] = true
	}
	for _, chain := range r.plan.Chains {
		for _, version := range chain.Versions() {
			if !recorded[version] && !named[version] {
				gaps = append(gaps, warehouse.Gap{Lineage: chain.Lineage(), Version: version})
			}
		}
	}
	return gaps, nil
}

func reconciliationFile(dir string) string { return filepath.Join(dir, "reconciliation.json") }

// lastReconciliation is the outcome of the last one, the zero value for none.
func (a *app) lastReconciliation() (reconciliation, error) {
	var last reconciliation
	text, err := os.ReadFile(reconciliationFile(a.dir))
	if errors.Is(err, fs.ErrNotExist) {
		return last, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &last)
	}
	if err != nil {
		return last, environment("reading the outcome of the last reconciliation", err)
	}
	return last, nil
}

// reconciliationCheck tells what the last reconciliation could not mend.
func (a *app) reconciliationCheck() observe.Check {
	return observe.Check{Name: "reconciliation", Look: func(context.Context) error {
		last, err := a.lastReconciliation()
		if err != nil || len(last.Problems) == 0 {
			return err
		}
		return fmt.Errorf("on %s archive, broker and warehouse did not agree, %s; the first: %s. After it is mended, run zhibiao reconcile",
			last.At.In(schedule.Shanghai).Format(time.DateOnly), many(len(last.Problems), "problem"), strings.TrimSuffix(last.Problems[0], "."))
	}}
}

// reconcileHour is the hour of the day, in Shanghai, after which a serve reconciles:
// the nights' runs are done, and nobody is at work yet.
const reconcileHour = 5

// reconciliationDue says whether today's is still to do.
func (a *app) reconciliationDue(at time.Time) bool {
	at = at.In(schedule.Shanghai)
	last, err := a.lastReconciliation()
	return at.Hour() >= reconcileHour && (err != nil || last.At.In(schedule.Shanghai).Format(time.DateOnly) != at.Format(time.DateOnly))
}

// reconcileNightly reconciles if today's is still to do and nothing else has the
// folder to itself.
func (c *cli) reconcileNightly(ctx context.Context, l *line) error {
	if at := now(); l.occupied.Load() || !l.app.reconciliationDue(at) {
		return nil
	}
	found, err := c.reconcile(ctx, l, func(version string) bool { return ofTheDay(version, now()) })
	if err == nil {
		err = l.app.expireRefused(ctx)
	}
	if err != nil {
		return err
	}
	tell := l.app.log.Info
	if len(found.Problems) > 0 {
		tell = l.app.log.Error
	}
	tell("reconciled", zap.Int("versions", found.Versions), zap.Int("bodies_read", found.Read), zap.Int("differed", found.Differed),
		zap.Int("mended", found.Mended), zap.Strings("problems", found.Problems[:min(len(found.Problems), maxProblemsTold)]))
	return nil
}

// expireRefused removes what is no document and older than the settings keep it.
func (a *app) expireRefused(ctx context.Context) error {
	keep := a.settings.Archive.KeepRefused
	if keep == 0 {
		return nil
	}
	store, err := a.archive()
	if err != nil {
		return err
	}
	expired, err := store.Expire(ctx, now().Add(-keep))
	if err != nil {
		return environment("removing old evidence of refused answers", err)
	}
	a.log.Info("removed old bodies that are no document", zap.Int("bodies", expired.Bodies), zap.Int64("bytes", expired.Bytes))
	return nil
}
