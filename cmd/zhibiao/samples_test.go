package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The recorded answers of the statistics bureau are not part of the repository;
// where they are, extract takes each of them, and says something of each that
// prints a number (package transformers counts them one by one).
func TestExtractTakesEveryRecordedAnswer(t *testing.T) {
	samples := filepath.Join("..", "..", "..", "shared", "samples")
	if _, err := os.Stat(samples); err != nil {
		t.Skipf("no recorded answers at %s", samples)
	}
	dir, said := t.TempDir(), 0
	for folder, address := range map[string]string{
		"nbs_easyquery": "https://data.stats.gov.cn/easyquery.htm",
		"nbs_2026":      "https://data.stats.gov.cn/dg/website/publicrelease/web/external/stream/esData",
	} {
		files, err := filepath.Glob(filepath.Join(samples, folder, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no answers in %s: %v", folder, err)
		}
		for _, file := range files {
			out := mustRun(t, "extract", file, "--url", address, "--data", dir)
			for line := range strings.Lines(out) {
				var one struct{ Kind, Indicator, Value, Reason, Detail string }
				if err := json.Unmarshal([]byte(line), &one); err != nil {
					t.Fatalf("%s: %v in %s", file, err, line)
				}
				if one.Kind == "observation" && one.Value == "" || one.Kind == "refusal" && (one.Reason == "" || one.Detail == "") {
					t.Errorf("%s: an observation without a value or a refusal without a reason: %s", file, line)
				}
				said++
			}
		}
	}
	if said < 50 {
		t.Errorf("%d lines in all, want some for most files", said)
	}
}
