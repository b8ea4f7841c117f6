package wide_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"zhibiao/configs"
	"zhibiao/warehouse/wide"
)

func TestTheGeneratedFilesAreThoseOfTheCatalogue(t *testing.T) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{wide.Migration: wide.View(set.Indicators()), wide.DictionaryFile: wide.Dictionary(set.Indicators())} {
		got, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the catalogue gives: run go generate ./warehouse/wide", name)
		}
	}
}

func TestEveryIndicatorHasAColumnOfItsOwn(t *testing.T) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		t.Fatal(err)
	}
	columns := wide.Columns(set.Indicators())
	if len(columns) != 3+len(set.Indicators()) {
		t.Errorf("%d columns for %d indicators", len(columns), len(set.Indicators()))
	}
	sorted := slices.Clone(columns)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(columns) {
		t.Error("two columns have one name")
	}
	if sql := wide.View(set.Indicators()); !strings.Contains(sql, "anyIf(said.value, said.indicator = 'gdp.growth') AS gdp_growth") || !strings.Contains(sql, "ORDER BY region, year\n") {
		t.Errorf("got %s", sql)
	}
}
