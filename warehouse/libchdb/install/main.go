// Command install fetches the pinned ClickHouse engine library into the user's
// cache: go run ./warehouse/libchdb/install
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"zhibiao/warehouse/libchdb"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	file, err := libchdb.Install(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "installing the ClickHouse engine library:", err)
		os.Exit(3)
	}
	fmt.Println(file)
}
