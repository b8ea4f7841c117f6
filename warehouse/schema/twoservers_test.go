package schema_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// twoServers are two servers of ClickHouse with one zookeeper. Both are in two
// clusters: in "pair" as replicas of one shard, in "halves" as shards of one replica.
type twoServers struct {
	installation
	t      *testing.T
	dir    string
	keeper int
	nodes  [2]node
}

type node struct {
	Name                  string
	TCP, HTTP, Interserve int
	running               *process
}

func startTwoServers(t *testing.T) *twoServers {
	t.Helper()
	s := &twoServers{installation: findInstallation(t), t: t, dir: t.TempDir()}
	ports := freePorts(t, 7)
	s.keeper = ports[6]
	s.startKeeper()
	for i, name := range []string{"a", "b"} {
		s.nodes[i] = node{Name: name, TCP: ports[3*i], HTTP: ports[3*i+1], Interserve: ports[3*i+2]}
	}
	t.Cleanup(s.showErrors)
	for i := range s.nodes {
		s.startNode(i)
	}
	s.untilDDLWorks()
	return s
}

func (s *twoServers) startKeeper() {
	dir := s.folder("keeper")
	settings := fmt.Sprintf("tickTime=500\ndataDir=%s\nclientPort=%d\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n4lw.commands.whitelist=srvr\n", dir, s.keeper)
	s.write(filepath.Join(dir, "zoo.cfg"), settings)
	start(s.t, "zookeeper", dir, nil, func() error {
		connection, err := net.Dial("tcp", address(s.keeper))
		if err != nil {
			return err
		}
		defer connection.Close()
		if err := connection.SetDeadline(time.Now().Add(time.Second)); err != nil {
			return err
		}
		fmt.Fprint(connection, "srvr")
		answer, err := io.ReadAll(connection)
		if err != nil || !strings.Contains(string(answer), "Mode: standalone") { // before that a server of 18.16 dies of its refusal
			return errors.Join(fmt.Errorf("answered %q", answer), err)
		}
		return nil
	}, s.java, "-Xmx128m", "-XX:+UseSerialGC", "-cp", s.classPath(), "org.apache.zookeeper.server.quorum.QuorumPeerMain", filepath.Join(dir, "zoo.cfg"))
}

// startNode starts a server, or starts it again on what it had stored.
func (s *twoServers) startNode(i int) {
	n := &s.nodes[i]
	dir := s.folder(n.Name)
	var config strings.Builder
	if err := serverConfig.Execute(&config, map[string]any{"Dir": dir, "Node": n, "All": s.nodes, "Number": i + 1, "Keeper": s.keeper}); err != nil {
		s.t.Fatal(err)
	}
	s.write(filepath.Join(dir, "config.xml"), config.String())
	s.write(filepath.Join(dir, "users.xml"), usersConfig)
	var libraries []string
	if s.root != "/" {
		for _, folder := range []string{"usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "lib/aarch64-linux-gnu", "usr/lib", "lib"} {
			libraries = append(libraries, filepath.Join(s.root, folder))
		}
	}
	n.running = start(s.t, "server "+n.Name, dir, []string{"LD_LIBRARY_PATH=" + strings.Join(libraries, ":"), "TZ=UTC"}, func() error {
		connection, err := clickhouse.Open(&clickhouse.Options{Addr: []string{address(n.TCP)}})
		if err != nil {
			return err
		}
		defer connection.Close()
		return connection.Exec(s.t.Context(), "SELECT 1")
	}, s.server(), "--config-file="+filepath.Join(dir, "config.xml"))
}

// untilDDLWorks starts a server again that died while it first met zookeeper, as 18.16
// does now and then: its thread for ON CLUSTER uses a connection that it did not get.
func (s *twoServers) untilDDLWorks() {
	eventually(s.t, "ON CLUSTER works", func() error {
		for i := range s.nodes {
			select {
			case <-s.nodes[i].running.done:
				s.startNode(i)
			default:
			}
		}
		ctx, cancel := context.WithTimeout(s.t.Context(), 15*time.Second)
		defer cancel()
		return s.client("default", 0, 1).conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS first ON CLUSTER 'pair'")
	})
}

// showErrors prints what the servers have to say of a test that failed.
func (s *twoServers) showErrors() {
	if !s.t.Failed() {
		return
	}
	for _, n := range s.nodes {
		for _, file := range []string{"error.log", "output"} {
			text, _ := os.ReadFile(filepath.Join(s.dir, n.Name, file))
			s.t.Logf("%s of server %s: %s", file, n.Name, text[max(0, len(text)-4000):])
		}
	}
}

func (s *twoServers) folder(name string) string {
	dir := filepath.Join(s.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	return dir
}

func (s *twoServers) write(name, text string) {
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// client connects to the first of the nodes that answers.
func (s *twoServers) client(database string, nodes ...int) client {
	options := &clickhouse.Options{
		Auth:        clickhouse.Auth{Database: database},
		DialTimeout: 2 * time.Second,
		// What warehouse.Open sends to a cluster, as far as 18.16 has it, by its old name.
		Settings: clickhouse.Settings{"insert_distributed_sync": 1},
	}
	for _, i := range nodes {
		options.Addr = append(options.Addr, address(s.nodes[i].TCP))
	}
	connection, err := clickhouse.Open(options)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { connection.Close() })
	return client{s.t, connection}
}

// client fails the test where the server does.
type client struct {
	t    *testing.T
	conn driver.Conn
}

func (c client) run(statements ...string) {
	c.t.Helper()
	for _, s := range statements {
		ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
		err := c.conn.Exec(ctx, s)
		cancel()
		if err != nil {
			c.t.Fatalf("%v\n%s", err, s)
		}
	}
}

// insert sends n rows as one block into a table with its columns.
func (c client) insert(into string, n int, row func(i int) []any) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	batch, err := c.conn.PrepareBatch(ctx, "INSERT INTO "+into)
	if err != nil {
		c.t.Fatalf("inserting into %s: %v", into, err)
	}
	defer batch.Close()
	for i := range n {
		if err := batch.Append(row(i)...); err != nil {
			c.t.Fatalf("inserting into %s: %v", into, err)
		}
	}
	if err := batch.Send(); err != nil {
		c.t.Fatalf("inserting into %s: %v", into, err)
	}
}

// number returns the one number that a query answers.
func (c client) number(query string) uint64 {
	c.t.Helper()
	var n uint64
	if err := c.conn.QueryRow(c.t.Context(), query).Scan(&n); err != nil {
		c.t.Fatalf("%v\n%s", err, query)
	}
	return n
}

// becomes waits until a query answers a number, as replicas catch up.
func (c client) becomes(want uint64, query string) {
	c.t.Helper()
	eventually(c.t, fmt.Sprintf("%s is %d", query, want), func() error {
		var n uint64
		if err := c.conn.QueryRow(c.t.Context(), query).Scan(&n); err != nil || n != want {
			return errors.Join(fmt.Errorf("got %d", n), err)
		}
		return nil
	})
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

const usersConfig = `<yandex>
    <profiles><default><max_memory_usage>1000000000</max_memory_usage></default></profiles>
    <users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
    <quotas><default></default></quotas>
</yandex>
`

var serverConfig = template.Must(template.New("config.xml").Parse(`<yandex>
    <logger><level>warning</level><log>{{.Dir}}/server.log</log><errorlog>{{.Dir}}/error.log</errorlog></logger>
    <listen_host>127.0.0.1</listen_host>
    <tcp_port>{{.Node.TCP}}</tcp_port>
    <http_port>{{.Node.HTTP}}</http_port>
    <interserver_http_host>127.0.0.1</interserver_http_host>
    <interserver_http_port>{{.Node.Interserve}}</interserver_http_port>
    <path>{{.Dir}}/data/</path>
    <tmp_path>{{.Dir}}/tmp/</tmp_path>
    <users_config>users.xml</users_config>
    <default_profile>default</default_profile>
    <default_database>default</default_database>
    <timezone>UTC</timezone>
    <mark_cache_size>16777216</mark_cache_size>
    <max_concurrent_queries>50</max_concurrent_queries>
    <remote_servers>
        <pair>
            <shard>
                <internal_replication>true</internal_replication>
{{- range .All}}
                <replica><host>127.0.0.1</host><port>{{.TCP}}</port></replica>
{{- end}}
            </shard>
        </pair>
        <halves>
{{- range .All}}
            <shard>
                <internal_replication>true</internal_replication>
                <replica><host>127.0.0.1</host><port>{{.TCP}}</port></replica>
            </shard>
{{- end}}
        </halves>
    </remote_servers>
    <zookeeper><node><host>127.0.0.1</host><port>{{.Keeper}}</port></node><session_timeout_ms>5000</session_timeout_ms></zookeeper>
    <macros>
        <replica>{{.Node.Name}}</replica>
        <pair_shard>1</pair_shard>
        <halves_shard>{{.Number}}</halves_shard>
    </macros>
    <distributed_ddl><path>/clickhouse/task_queue/ddl</path></distributed_ddl>
</yandex>
`))
