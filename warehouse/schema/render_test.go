package schema_test

import (
	"strings"
	"testing"

	"zhibiao/warehouse/schema"
)

var cluster = schema.Cluster{Name: "c"}

const (
	number   = "CREATE TABLE IF NOT EXISTS number (indicator String, region String, at Date)\nENGINE = ReplacingMergeTree(at)\nORDER BY (region, indicator, toYear(at))\nCOMMENT 'it''s'"
	place    = "CREATE TABLE IF NOT EXISTS place (code String)\nENGINE = MergeTree ORDER BY code"
	notes    = "CREATE TABLE IF NOT EXISTS notes (indicator String, region String, text String)\nENGINE = ReplacingMergeTree() ORDER BY (indicator, lower(region), text)"
	byRegion = "CREATE TABLE IF NOT EXISTS by_region (region String, indicator String)\nENGINE = AggregatingMergeTree ORDER BY (region, indicator)"
)

func TestRenderForACluster(t *testing.T) {
	cases := []struct {
		name   string
		before []string
		text   string
		want   []string
	}{
		{"a table whose key has the sharding key is split", nil, number, []string{
			"CREATE TABLE IF NOT EXISTS number_local ON CLUSTER 'c' (indicator String, region String, at Date)\nENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/d/number_local', '{replica}', at)\nORDER BY (region, indicator, toYear(at))\nCOMMENT 'it''s'",
			"CREATE TABLE IF NOT EXISTS number ON CLUSTER 'c' AS d.number_local\nENGINE = Distributed('c', 'd', 'number_local', cityHash64(indicator, region))\nCOMMENT 'it''s'",
		}},
		{"a table that is replaced as a whole is on every server", nil, place, []string{
			"CREATE TABLE IF NOT EXISTS place ON CLUSTER 'c' (code String)\nENGINE = ReplicatedMergeTree('/clickhouse/tables/all/d/place', '{shard}-{replica}') ORDER BY code",
		}},
		{"a table whose key has only a function of a sharding column is on every server", nil, notes, []string{
			"CREATE TABLE IF NOT EXISTS notes ON CLUSTER 'c' (indicator String, region String, text String)\nENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/d/notes', '{shard}-{replica}') ORDER BY (indicator, lower(region), text)",
		}},
		{"a view reads the distributed table", []string{number}, "CREATE OR REPLACE VIEW v AS SELECT number.at FROM number FINAL JOIN other ON 1", []string{
			"CREATE OR REPLACE VIEW v ON CLUSTER 'c' AS SELECT number.at FROM d.number FINAL JOIN other ON 1",
		}},
		{"a view calls a view with parameters by its full name, wherever it is asked", []string{"CREATE OR REPLACE VIEW w AS SELECT {at:Date} AS at"}, "CREATE OR REPLACE VIEW v AS SELECT * FROM w(at = today())", []string{
			"CREATE OR REPLACE VIEW v ON CLUSTER 'c' AS SELECT * FROM d.w(at = today())",
		}},
		{"a materialised view leads from local to local", []string{number, byRegion, place},
			"CREATE MATERIALIZED VIEW IF NOT EXISTS m TO by_region AS SELECT number.region, indicator FROM number JOIN place AS p ON p.code = region", []string{
				"CREATE MATERIALIZED VIEW IF NOT EXISTS m ON CLUSTER 'c' TO d.by_region_local AS SELECT number.region, indicator FROM d.number_local AS number JOIN d.place AS p ON p.code = region",
			}},
		{"a materialised view keeps the alias of its source", []string{number, byRegion},
			"CREATE MATERIALIZED VIEW IF NOT EXISTS m TO by_region AS SELECT n.region, n.indicator FROM number n", []string{
				"CREATE MATERIALIZED VIEW IF NOT EXISTS m ON CLUSTER 'c' TO d.by_region_local AS SELECT n.region, n.indicator FROM d.number_local n",
			}},
		{"columns are altered in both tables, parts and settings in the local one", []string{number},
			"ALTER TABLE number ADD COLUMN IF NOT EXISTS x Array(Tuple(a UInt8, b UInt8)), MODIFY SETTING index_granularity = 1, COMMENT COLUMN x 'y'", []string{
				"ALTER TABLE number_local ON CLUSTER 'c'\n    ADD COLUMN IF NOT EXISTS x Array(Tuple(a UInt8, b UInt8)),\n    MODIFY SETTING index_granularity = 1,\n    COMMENT COLUMN x 'y'",
				"ALTER TABLE number ON CLUSTER 'c'\n    ADD COLUMN IF NOT EXISTS x Array(Tuple(a UInt8, b UInt8)),\n    COMMENT COLUMN x 'y'",
			}},
		{"a whole table is altered once", []string{place}, "ALTER TABLE place MODIFY COLUMN code LowCardinality(String)", []string{
			"ALTER TABLE place ON CLUSTER 'c'\n    MODIFY COLUMN code LowCardinality(String)",
		}},
		{"a materialised view gets another query", []string{number, byRegion}, "ALTER TABLE m MODIFY QUERY SELECT region, indicator FROM number WHERE 1", []string{
			"ALTER TABLE m ON CLUSTER 'c'\n    MODIFY QUERY SELECT region, indicator FROM d.number_local AS number WHERE 1",
		}},
		{"both tables are dropped, the distributed one first", []string{number}, "DROP TABLE IF EXISTS number", []string{
			"DROP TABLE IF EXISTS number ON CLUSTER 'c' SYNC", "DROP TABLE IF EXISTS number_local ON CLUSTER 'c' SYNC",
		}},
		{"a view is dropped everywhere", nil, "DROP VIEW IF EXISTS v", []string{"DROP VIEW IF EXISTS v ON CLUSTER 'c'"}},
		{"rows are filled in once, through the distributed tables", []string{number, byRegion}, "INSERT INTO by_region SELECT region, indicator FROM number", []string{
			"INSERT INTO by_region SELECT region, indicator FROM number",
		}},
		{"a dictionary is everywhere", nil, "CREATE OR REPLACE DICTIONARY n (code String) PRIMARY KEY code SOURCE(CLICKHOUSE(TABLE 'place')) LAYOUT(FLAT()) LIFETIME(0)", []string{
			"CREATE OR REPLACE DICTIONARY n ON CLUSTER 'c' (code String) PRIMARY KEY code SOURCE(CLICKHOUSE(TABLE 'place')) LAYOUT(FLAT()) LIFETIME(0)",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := schema.NewRenderer(cluster, "d")
			for _, text := range c.before {
				if _, err := r.Render(parse(t, text)); err != nil {
					t.Fatal(err)
				}
			}
			got, err := r.Render(parse(t, c.text))
			if err != nil {
				t.Fatal(err)
			}
			if strings.Join(got, ";\n") != strings.Join(c.want, ";\n") {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, ";\n"), strings.Join(c.want, ";\n"))
			}
			alone, err := schema.NewRenderer(schema.Cluster{}, "d").Render(parse(t, c.text))
			if err != nil || len(alone) != 1 || alone[0] != c.text {
				t.Errorf("for one server: %v, %q", err, alone)
			}
		})
	}
}

func TestOnOneServerAViewNamesTheViewsThatItCalls(t *testing.T) {
	r := schema.NewRenderer(schema.Cluster{}, "d-1")
	for _, c := range []struct{ text, want string }{
		{number, number},
		{"CREATE OR REPLACE VIEW w AS SELECT {at:Date} AS at", "CREATE OR REPLACE VIEW w AS SELECT {at:Date} AS at"},
		{"CREATE OR REPLACE VIEW v AS SELECT * FROM w(at = today()) JOIN numbers(3) ON 1", "CREATE OR REPLACE VIEW v AS SELECT * FROM `d-1`.w(at = today()) JOIN numbers(3) ON 1"},
	} {
		got, err := r.Render(parse(t, c.text))
		if err != nil || len(got) != 1 || got[0] != c.want {
			t.Errorf("got %q (%v), want %q", got, err, c.want)
		}
	}
}

func TestRenderRefusesWhatAClusterCannotDo(t *testing.T) {
	cases := []struct {
		name   string
		before []string
		text   string
		want   string
	}{
		{"an engine that is not replicated", nil, "CREATE TABLE IF NOT EXISTS a (b UInt8) ENGINE = Memory", "engine Memory cannot be replicated"},
		{"a target that no migration makes", []string{number}, "CREATE MATERIALIZED VIEW IF NOT EXISTS m TO a AS SELECT 1 FROM number", "no migration before it makes its target a"},
		{"a way from shards to a whole table", []string{number, notes}, "CREATE MATERIALIZED VIEW IF NOT EXISTS m TO notes AS SELECT indicator, region, '' AS text FROM number", "its target notes needs the columns of the sharding key"},
		{"a way from a whole table to shards", []string{notes, number}, "CREATE MATERIALIZED VIEW IF NOT EXISTS m TO number AS SELECT indicator, region FROM notes", "or the other way"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := schema.NewRenderer(cluster, "d")
			for _, text := range c.before {
				if _, err := r.Render(parse(t, text)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := r.Render(parse(t, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestTheSettingsOfAClusterAreChecked(t *testing.T) {
	cases := []struct {
		name    string
		cluster schema.Cluster
		want    string
	}{
		{"none", schema.Cluster{}, ""},
		{"a name alone", schema.Cluster{Name: "c"}, ""},
		{"a macro as name", schema.Cluster{Name: "{cluster}"}, ""},
		{"settings without a name", schema.Cluster{Path: "/a"}, "name: the cluster has settings but no name"},
		{"a name with a quote", schema.Cluster{Name: "a'b"}, "name:"},
		{"a key of no column", schema.Cluster{Name: "c", ShardingKey: "rand()"}, "sharding_key: \"rand()\" is made of no column"},
		{"a path that is none", schema.Cluster{Name: "c", Path: "tables"}, "path:"},
		{"a replica with a slash", schema.Cluster{Name: "c", Replica: "a/b"}, "replica:"},
		{"a quorum of nobody", schema.Cluster{Name: "c", Quorum: "most"}, "insert_quorum:"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := c.cluster.Check()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	all := schema.Cluster{Name: "c", ShardingKey: "rand()", Path: "tables", Quorum: "most"}.Check()
	if all == nil || strings.Count(all.Error(), "\n") != 2 {
		t.Errorf("want all three problems at once, got %v", all)
	}
}

func TestAnotherShardingKeyShardsOtherTables(t *testing.T) {
	r := schema.NewRenderer(schema.Cluster{Name: "c", ShardingKey: "intHash64(code)"}, "d")
	for _, text := range []string{number, "CREATE TABLE IF NOT EXISTS log (code UInt64) ENGINE = ReplacingMergeTree ORDER BY code"} {
		if _, err := r.Render(parse(t, text)); err != nil {
			t.Fatal(err)
		}
	}
	if r.Sharded("number") || !r.Sharded("log") {
		t.Errorf("number is sharded: %v, log is sharded: %v", r.Sharded("number"), r.Sharded("log"))
	}
}
