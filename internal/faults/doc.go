// Package faults is what the fault matrix needs: a TCP proxy that cuts, stalls and
// resets connections and answers inserts in the place of ClickHouse, a broker in a
// process of its own, disks that are full or lose their power, and a judge that
// compares what was owed with what the warehouse holds. The matrix itself is the tests
// of this package; docs/reliability.md is rendered from the ledger of a long run.
package faults
