// Command report renders docs/reliability.md from the ledger of a long run of the
// fault matrix.
package main

import (
	"fmt"
	"os"

	"zhibiao/internal/faults"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(ledgers []string) error {
	if len(ledgers) == 0 {
		ledgers = []string{"internal/faults/testdata/ledger.jsonl"}
	}
	var all []faults.Result
	for _, path := range ledgers {
		results, err := faults.ReadLedger[faults.Result](path)
		if err != nil {
			return err
		}
		all = append(all, results...)
	}
	if len(all) == 0 {
		return fmt.Errorf("%v: no run is in it; make faults makes some", ledgers)
	}
	text, err := faults.Page(all)
	if err != nil {
		return err
	}
	fmt.Print(text)
	return nil
}
