package bench_test

import (
	"testing"

	"zhibiao/warehouse/bench"
	"zhibiao/warehouse/warehousetest"
)

func TestMain(m *testing.M) { warehousetest.Main(m) }

func TestABenchmarkOfAFewRegionsAnswersEveryQuestion(t *testing.T) {
	w := warehousetest.Open(t)
	report, err := bench.Run(t.Context(), w, bench.Config{Rows: 60_000, Seed: 1, Questions: 2, Progress: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	again, err := bench.Run(t.Context(), w, bench.Config{Rows: 60_000, Seed: 1, Questions: 1, Again: true, Progress: t.Logf})
	if err != nil || again.Rows != report.Rows || again.PlainRows != report.PlainRows {
		t.Errorf("asked again: %d and %d rows, %v; want those that are there", again.Rows, again.PlainRows, err)
	}
	if _, err := bench.Run(t.Context(), w, bench.Config{Rows: 600_000, Seed: 1, Questions: 1, Again: true, Progress: t.Logf}); err == nil {
		t.Error("a part of the rows is taken for the whole")
	}
	if report.Rows < 50_000 || report.Rows > 90_000 || report.PlainRows == 0 || report.PlainRows >= report.Rows {
		t.Errorf("made %d observations and %d plain rows, want about 60,000 and fewer", report.Rows, report.PlainRows)
	}
	for _, r := range report.Results {
		if r.Ours.P95 == 0 || r.Plain.P95 == 0 {
			t.Errorf("%s took no time: %+v", r.Name, r)
		}
		if r.AnswerRows == 0 && r.Target > 0 {
			t.Errorf("%s has no answer", r.Name)
		}
	}
}
