package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

func demoCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Run the whole pipeline on a bundled statistics site",
		Long: `Run the whole pipeline on a bundled statistics site with invented figures: no
network, no set-up. It collects two nights, prints what it did, and ends. Run
again on the same folder, it goes on where it was.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.serving != nil {
				return pipeline.WithExit(pipeline.ExitYourInput, errors.New("the demo needs its folder for itself; stop the serve first"))
			}
			return c.demo(cmd.Context())
		},
	}
}

const (
	demoNights = 2
	demoSeed   = 20250731 // the date of the plan
)

// demoWindow is what the demo asks the interface for: the world's years.
var demoWindow = pipeline.Window{From: pipeline.DateOf(2020, 1, 1), To: pipeline.DateOf(2024, 12, 31)}

func (c *cli) demo(ctx context.Context) error {
	if err := checkDemoFolder(c.dataDir); err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	lock, err := lockFolder(c.dataDir, "demo")
	if err != nil {
		return pipeline.WithExit(pipeline.ExitEnvironment, err)
	}
	defer lock.release()
	if err := markDemoFolder(c.dataDir); err != nil {
		return environment("preparing the demo's folder", err)
	}
	if err := writeDemoFolder(c.dataDir); err != nil {
		return environment("preparing the demo's folder", err)
	}
	world := statsite.NewWorld(statsite.Config{Seed: demoSeed})
	site, err := statsite.Serve(ctx, world)
	if err != nil {
		return environment("serving the statistics site", err)
	}
	defer site.Close()
	settings, err := loadSettings(c.dataDir, c.configFile)
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	settings.Resolve = map[string]string{}
	for _, host := range world.Hosts() {
		settings.Resolve[host] = site.Addr()
	}
	return c.withLine(ctx, settings, func(l *line) error {
		if err := c.demoNights(ctx, l, world); err != nil {
			return err
		}
		return c.demoReport(ctx, l.app)
	})
}

// demoNights collects the nights that this folder has not seen to their end, or
// the last one again.
func (c *cli) demoNights(ctx context.Context, l *line, world *statsite.World) error {
	sources, err := l.app.chooseSources(demoSources)
	if err != nil {
		return err
	}
	first, err := readDemoNight(c.dataDir)
	if err != nil {
		return environment("reading how far the demo came", err)
	}
	for night := first; night <= demoNights; night++ {
		if err := writeDemoNight(c.dataDir, night); err != nil {
			return environment("noting how far the demo comes", err)
		}
		world.SetNight(night)
		c.printf("第%d夜 · night %d\n", night, night)
		if err := c.collect(ctx, l, sources, demoWindow, "demo"); err != nil {
			return err
		}
		c.printf("\n")
	}
	return nil
}

// demoSources are those of the bundled site that are fetched.
var demoSources = []string{
	statsite.SourceNBS, statsite.SourceTRS, statsite.SourceGBK, statsite.SourceMislabeled, statsite.SourceYearbook,
}

// demoState is what the demo keeps in its folder beside the data.
type demoState struct {
	Night int `json:"night"` // the last night that was begun
}

func demoStateFile(dir string) string { return filepath.Join(dir, "demo.json") }

func readDemoNight(dir string) (int, error) {
	text, err := os.ReadFile(demoStateFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	var state demoState
	if err := json.Unmarshal(text, &state); err != nil || state.Night < 1 || state.Night > demoNights {
		return 0, fmt.Errorf("%s does not say which night it is: remove the folder and start again", demoStateFile(dir))
	}
	return state.Night, nil
}

// checkDemoFolder wants a new or empty folder, or one that a demo has made: into any
// other one the demo would mix its invented figures, and put its settings over those
// that are there.
func checkDemoFolder(dir string) error {
	if _, err := os.Stat(demoStateFile(dir)); err == nil {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("looking at the demo's folder: %w", err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "lock" && name != filepath.Base(demoStateFile(dir))+".new" { // of a demo that was killed at once
			return fmt.Errorf("%s is not a demo's folder (it holds %s): name a new or empty one with --data", dir, name)
		}
	}
	return nil
}

// markDemoFolder makes the folder the demo's, before anything else is in it.
func markDemoFolder(dir string) error {
	_, err := os.Stat(demoStateFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		err = writeDemoNight(dir, 1)
	}
	return err
}

func writeDemoNight(dir string, night int) error {
	text, err := json.Marshal(demoState{night})
	if err != nil {
		return err
	}
	return replaceFile(demoStateFile(dir), text)
}

// replaceFile puts a file in place at once, so that a killed process leaves the
// old or the new one.
func replaceFile(name string, content []byte) error {
	temporary := name + ".new"
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, name)
}

// writeDemoFolder puts the demo's sources and settings into its folder, so that
// every other command understands what is stored there.
func writeDemoFolder(dir string) error {
	files := statsite.SourceFiles()
	names, err := fs.Glob(files, "sources/*.yaml")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "configs", "sources"), 0o700); err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if err := replaceFile(filepath.Join(dir, "configs", name), text); err != nil {
			return err
		}
	}
	const text = "# The demo's own sources; they can only be fetched while the demo serves its site.\nsources: configs\n"
	return replaceFile(filepath.Join(dir, "config.yaml"), []byte(text))
}

func (c *cli) demoReport(ctx context.Context, a *app) error {
	reader, err := a.reader(ctx)
	if err != nil {
		return err
	}
	c.printf("入库 · what came in\n")
	if err := c.show(ctx, reader, demoHoldings); err != nil {
		return err
	}
	for i, q := range warehouse.Examples() {
		c.printf("\n示例%d · example %d: %s · %s\n\n%s\n\n", i+1, i+1, q.TitleZH, q.TitleEN, indent(q.SQL))
		if err := c.show(ctx, reader, q.SQL); err != nil {
			return err
		}
	}
	var traced string
	if err := reader.Conn().QueryRow(ctx, demoTraced).Scan(&traced); err != nil {
		return fmt.Errorf("finding a county's GDP to trace: %w", err)
	}
	c.printf("\n溯源 · one number traced\n\n")
	if err := c.trace(ctx, a, traced); err != nil {
		return err
	}
	c.printf(demoNext, c.dataDir, c.dataDir, c.dataDir, traced, c.dataDir)
	return nil
}

const demoHoldings = `SELECT source, count() AS rows, countIf(op = 'withdraw') AS withdrawn, uniqExact(document) AS documents,
       uniqExact(region) AS regions, min(period_start) AS from, max(period_end) AS to
FROM observation FINAL GROUP BY source ORDER BY source`

const demoTraced = `SELECT id FROM latest_by_source WHERE indicator = 'gdp' AND region = '140121' AND source LIKE 'demo-communique-%'
ORDER BY period_end DESC LIMIT 1`

const demoNext = `
接下来 · where to look next
  bin/zhibiao query --data %s "SELECT * FROM revisions LIMIT 5"
  bin/zhibiao status --data %s
  bin/zhibiao trace --data %s %s
  bin/zhibiao serve --data %s
  docs/warehouse.md  docs/adding-a-source.md
`

func (c *cli) show(ctx context.Context, w *warehouse.Warehouse, sql string) error {
	rows, err := w.Conn().Query(ctx, sql)
	if err != nil {
		return queryError(err)
	}
	return queryError(warehouse.Print(c.stdout, rows, "table"))
}

func indent(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, l := range lines {
		lines[i] = "    " + l
	}
	return strings.Join(lines, "\n")
}
