package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/warehouse"
)

func sourceListCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Show every source with its schedule, last success, yield and when a person last saw it work",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			i, err := c.installedSources()
			if err != nil {
				return err
			}
			// Without a folder nothing has ever run, and nothing need be started to say so.
			if i.settings.Warehouse.URL == "" && !exists(filepath.Join(c.dataDir, "warehouse")) {
				c.listSources(i.set.Sources(), nil, nil)
				return nil
			}
			return c.inFolder(func(ctx context.Context, cmd *cobra.Command, _ []string, a *app) error {
				runs, holdings, err := a.workOfSources(ctx)
				if err != nil {
					return err
				}
				told := *c
				told.stdout = cmd.OutOrStdout()
				told.listSources(a.set.Sources(), runs, holdings)
				return nil
			})(cmd, args)
		},
	}
}

// workOfSources asks the warehouse what each source has brought.
func (a *app) workOfSources(ctx context.Context) (map[string]warehouse.LastRun, map[string]warehouse.Holding, error) {
	reader, err := a.reader(ctx)
	if err != nil {
		return nil, nil, err
	}
	runs, err := reader.LastRuns(ctx)
	if err != nil {
		return nil, nil, environment("asking the warehouse", err)
	}
	list, err := reader.Holdings(ctx)
	if err != nil {
		return nil, nil, environment("asking the warehouse", err)
	}
	holdings := map[string]warehouse.Holding{}
	for _, h := range list {
		holdings[h.Source] = h
	}
	return runs, holdings, nil
}

func (c *cli) listSources(sources []*pipeline.Source, runs map[string]warehouse.LastRun, holdings map[string]warehouse.Holding) {
	c.printf("%-28s %-16s %-20s %18s %-11s %s\n", "source", "schedule", "last success", "documents / rows", "verified", "title")
	for _, s := range sources {
		schedule, success, yield := s.Schedule, "never", "-"
		switch {
		case !canFetch(s):
			schedule, success = "archive only", "-"
		case schedule == "":
			schedule = "on request"
		}
		if at := runs[s.Name].SucceededAt; !at.IsZero() {
			success = at.UTC().Format("2006-01-02T15:04Z")
		}
		if h, ok := holdings[s.Name]; ok {
			yield = fmt.Sprintf("%d / %d", h.Documents, h.Observations)
		}
		c.printf("%-28s %-16s %-20s %18s %-11s %s\n", s.Name, schedule, success, yield, s.Verified, s.Title)
		if failure := runs[s.Name].Failure; failure != "" {
			c.printf("%-28s the newest run failed: %s%s\n", "", firstLine(failure), silence(runs[s.Name].SucceededAt))
		}
	}
}

// silence says for how long a source has brought nothing.
func silence(succeeded time.Time) string {
	if succeeded.IsZero() {
		return "; it has never succeeded"
	}
	return fmt.Sprintf("; silent for %d days", int(now().Sub(succeeded).Hours()/24))
}
