package clickhouse_test

import (
	"testing"

	"zhibiao/warehouse/warehousetest"
)

func TestMain(m *testing.M) { warehousetest.Main(m) }
