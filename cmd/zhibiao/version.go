package main

import (
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"zhibiao/transformers"
	"zhibiao/warehouse/libchdb"
)

func versionCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the parts",
		RunE: func(*cobra.Command, []string) error {
			c.printf("zhibiao %s\nparser  %s\nengine  libchdb %s\ngo      %s %s/%s\n",
				version, transformers.Parser, libchdb.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			for _, module := range requiredModules() {
				c.printf("%s\n", module)
			}
			return nil
		},
	}
}

// requiredModules lists the libraries that the record's way stands on.
func requiredModules() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var lines []string
	for _, m := range info.Deps {
		for _, name := range []string{"nats-io/nats.go", "nats-io/nats-server/v2", "ClickHouse/clickhouse-go/v2", "gocolly/colly/v2", "robfig/cron/v3"} {
			if strings.HasSuffix(m.Path, name) {
				lines = append(lines, "with    "+m.Path+" "+m.Version)
			}
		}
	}
	return lines
}
