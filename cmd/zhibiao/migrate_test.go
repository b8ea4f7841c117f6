package main

import (
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhibiao/pipeline"
	"zhibiao/warehouse/schema"
)

func TestMigratePrintsTheSchemaWithoutAWarehouse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	cases := []struct {
		name string
		args []string
		want []string
		not  string
	}{
		{"one server", []string{"--render"}, []string{"-- 0001_observation.sql\nCREATE TABLE IF NOT EXISTS observation\n", "USE `zhibiao`;"}, "ON CLUSTER"},
		{"a cluster", []string{"--render", "--cluster", "big"}, []string{"CREATE DATABASE IF NOT EXISTS `zhibiao` ON CLUSTER 'big';", "Distributed('big', 'zhibiao', 'observation_local'"}, "non_replicated_deduplication_window"},
		{"the accounts of a cluster", []string{"--accounts", "--cluster", "big"}, []string{"GRANT ON CLUSTER 'big'", "zhibiao.observation_local USING access = 'public' AND "}, "CREATE TABLE"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := mustRun(t, append([]string{"migrate", "--data", dir}, c.args...)...)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("the output lacks %q", want)
				}
			}
			if strings.Contains(got, c.not+"\n") || strings.Contains(got, c.not+" ") {
				t.Errorf("the output has %q", c.not)
			}
		})
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("printing made the data folder: %v", err)
	}
}

func TestMigrateNamesWhatIsWrongInItsFlags(t *testing.T) {
	cases := []struct {
		args []string
		want string
	}{
		{[]string{"--cluster", "big"}, "--cluster goes with --render or --accounts"},
		{[]string{"--render", "--cluster", "a'b"}, "is not the name of a cluster"},
		{[]string{"--render", "--status"}, "give one of them"},
	}
	for _, c := range cases {
		code, _, stderr := zhibiao(t, append([]string{"migrate", "--data", t.TempDir()}, c.args...)...)
		if code != pipeline.ExitYourInput || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit %d and %q, want %q", c.args, code, stderr, c.want)
		}
	}
}

func TestMigrateSaysHowEachFileStands(t *testing.T) {
	dir := t.TempDir()
	if got := mustRun(t, "migrate", "--status", "--data", dir); !strings.Contains(got, "0001  0001_observation.sql") || strings.Contains(got, "  applied\n") {
		t.Errorf("before: %s", got)
	}
	mustRun(t, "migrate", "--data", dir)
	if got := mustRun(t, "migrate", "--status", "--data", dir); strings.Contains(got, "  pending\n") || !strings.Contains(got, "  applied\n") {
		t.Errorf("after: %s", got)
	}
	if got := mustRun(t, "migrate", "--data", dir); got != "nothing to do\n" {
		t.Errorf("again: %s", got)
	}
}

func TestTheExampleFilesOfTheClusterCanBeRead(t *testing.T) {
	deploy := filepath.Join("..", "..", "deploy", "clickhouse")
	s, err := readSettings(t.TempDir(), filepath.Join(deploy, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (schema.Cluster{Name: "zhibiao"}).WithDefaults(); s.Warehouse.Cluster != want {
		t.Errorf("the example's cluster is %+v, want the defaults %+v", s.Warehouse.Cluster, want)
	}
	files, err := filepath.Glob(filepath.Join(deploy, "*.d", "*.xml"))
	if err != nil || len(files) != 4 {
		t.Fatalf("found %v: %v", files, err)
	}
	for _, name := range files {
		text, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer text.Close()
		decoder := xml.NewDecoder(text)
		for err == nil {
			_, err = decoder.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
