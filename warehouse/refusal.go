package warehouse

import (
	"errors"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// IsRefusal reports whether the server understood a statement and refused it:
// the statement is at fault, not the way to the server.
func IsRefusal(err error) bool {
	var exception *clickhouse.Exception
	return errors.As(err, &exception)
}
