package statsite_test

import (
	"context"
	"fmt"

	"zhibiao/internal/statsite"
)

func ExampleServe() {
	world := statsite.NewWorld(statsite.Config{Seed: 1})
	site, err := statsite.Serve(context.Background(), world)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer site.Close()
	client := site.Client()
	defer client.CloseIdleConnections()
	answer, err := client.Get(world.StartURLs(statsite.SourceTRS)[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status, site.Requests()[0].Host, world.Truth(1)[0].Indicator)
	// Output: 200 OK taiyuan.tjj.example gdp
}
