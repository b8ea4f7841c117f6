package schema

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The defaults of a Cluster. One number with all its vintages has one indicator and
// one region, so that the default key keeps rows of one sorting key on one shard,
// where the engine can merge them; and the rows of one county are spread.
const (
	DefaultShardingKey = "cityHash64(indicator, region)"
	DefaultPath        = "/clickhouse/tables"
	DefaultShard       = "{shard}"
	DefaultReplica     = "{replica}"
	DefaultQuorum      = "auto"
)

// Cluster says how the schema lies on a cluster of servers. The zero value means one
// server.
type Cluster struct {
	// Name is the cluster's name in the servers' remote_servers.
	Name string `yaml:"name"`
	// ShardingKey is the expression that spreads the rows: a function of columns that
	// every sharded table has in its sorting key.
	ShardingKey string `yaml:"sharding_key"`
	// Path is where the replicas keep their logs in Keeper.
	Path string `yaml:"path"`
	// Shard and Replica are what tells shards and replicas apart: macros that every
	// server sets for itself. The two together are unique in the cluster.
	Shard   string `yaml:"shard"`
	Replica string `yaml:"replica"`
	// Quorum is how many replicas of a shard have an INSERT before it is confirmed: a
	// number, or auto for the majority.
	Quorum string `yaml:"insert_quorum"`
}

// Local is what a sharded table's part on each server is called after its name.
const Local = "_local"

// Enabled reports whether there is a cluster.
func (c Cluster) Enabled() bool { return c.Name != "" }

// WithDefaults fills in what is left out.
func (c Cluster) WithDefaults() Cluster {
	for _, f := range []struct {
		field    *string
		fallback string
	}{
		{&c.ShardingKey, DefaultShardingKey}, {&c.Path, DefaultPath}, {&c.Shard, DefaultShard}, {&c.Replica, DefaultReplica}, {&c.Quorum, DefaultQuorum},
	} {
		if *f.field == "" {
			*f.field = f.fallback
		}
	}
	return c
}

// Check reports all settings that cannot be meant, by their names.
func (c Cluster) Check() error {
	if !c.Enabled() {
		if c != (Cluster{}) {
			return errors.New("name: the cluster has settings but no name; give it the name that it has in the servers' remote_servers")
		}
		return nil
	}
	c = c.WithDefaults()
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if strings.ContainsAny(c.Name, "'`\"\\ ;") {
		problem("name: %q is not the name of a cluster", c.Name)
	}
	if len(c.shardingColumns()) == 0 {
		problem("sharding_key: %q is made of no column; want a function of columns, such as %s", c.ShardingKey, DefaultShardingKey)
	}
	if !strings.HasPrefix(c.Path, "/") || strings.HasSuffix(c.Path, "/") || strings.ContainsAny(c.Path, "'\\") {
		problem("path: %q is not a path in Keeper such as %s", c.Path, DefaultPath)
	}
	for setting, value := range map[string]string{"shard": c.Shard, "replica": c.Replica} {
		if strings.ContainsAny(value, "'\\/") {
			problem("%s: %q is not a macro or name such as {%s}", setting, value, setting)
		}
	}
	if c.Quorum != DefaultQuorum && strings.Trim(c.Quorum, "0123456789") != "" {
		problem("insert_quorum: %q is not a number of replicas or %s", c.Quorum, DefaultQuorum)
	}
	return errors.Join(problems...)
}

// shardingColumns are the columns that the sharding key is made of.
func (c Cluster) shardingColumns() []string {
	columns := map[string]bool{}
	tokens := scan(c.ShardingKey)
	for i, t := range tokens {
		isFunction := i+1 < len(tokens) && tokens[i+1].symbol("(")
		isNumber := t.text[0] >= '0' && t.text[0] <= '9'
		if t.name() != "" && !isFunction && !isNumber {
			columns[t.name()] = true
		}
	}
	return slices.Sorted(maps.Keys(columns))
}

// CreateDatabase returns the statement that makes the database where it is missing.
func (c Cluster) CreateDatabase(database string) string {
	return "CREATE DATABASE IF NOT EXISTS `" + database + "`" + c.on()
}

// on is the clause that sends a statement to every server of the cluster.
func (c Cluster) on() string {
	if !c.Enabled() {
		return ""
	}
	return " ON CLUSTER " + literalOf(c.Name)
}
