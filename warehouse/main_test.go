package warehouse_test

import (
	"testing"

	"zhibiao/loaders/clickhouse"
	"zhibiao/pipeline"
	"zhibiao/warehouse"
	"zhibiao/warehouse/warehousetest"
)

func TestMain(m *testing.M) { warehousetest.Main(m) }

func load(t *testing.T, w *warehouse.Warehouse, rows ...pipeline.Observation) {
	t.Helper()
	if err := clickhouse.New(w.Conn()).Load(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
}

// texts returns a query's only column as text.
func texts(t *testing.T, w *warehouse.Warehouse, sql string) []string {
	t.Helper()
	rows, err := w.Ask(t.Context(), sql, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var cells []string
	for rows.Next() {
		var cell string
		if err := rows.Scan(&cell); err != nil {
			t.Fatal(err)
		}
		cells = append(cells, cell)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return cells
}

func lineage(name string) string {
	return pipeline.LineageID("county-bulletins", "GET", "http://tjj.example.cn/"+name, nil)
}
