package clickhouse_test

import (
	"slices"
	"testing"

	"zhibiao/loaders/clickhouse"
	"zhibiao/warehouse/warehousetest"
)

func TestEveryStoredColumnIsSent(t *testing.T) {
	w := warehousetest.Open(t)
	for table, sent := range clickhouse.Columns() {
		rows, err := w.Conn().Query(t.Context(), "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '"+table+"' AND default_kind != 'ALIAS'")
		if err != nil {
			t.Fatal(err)
		}
		var stored []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			stored = append(stored, name)
		}
		rows.Close()
		slices.Sort(stored)
		slices.Sort(sent)
		if !slices.Equal(stored, sent) {
			t.Errorf("table %s\n has  %v\n sent %v", table, stored, sent)
		}
	}
}
