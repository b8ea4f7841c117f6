// Package warehouse is the ClickHouse side of zhibiao: it connects to a server or to
// the embedded engine, keeps the schema up to date by numbered migrations, and reads
// what analysts, the demo and the reconciliation ask for. It writes nothing but the
// schema, its own record of it and the dimension tables; observations come in through
// package loaders/clickhouse.
package warehouse

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"zhibiao/pipeline"
	"zhibiao/warehouse/schema"
)

// DefaultDatabase is used where the URL names none.
const DefaultDatabase = "zhibiao"

// The oldest supported server.
const (
	oldestMajor = 24
	oldestMinor = 8
)

// unknownDatabase is ClickHouse's code for a database that does not exist.
const unknownDatabase = 81

// Config says which warehouse to open.
type Config struct {
	// URL is clickhouse://host:port/database (native TCP, of a server or the embedded
	// engine; several hosts are separated by commas) or http://host:port/database.
	// The database defaults to DefaultDatabase.
	URL      string
	User     string // "" is the server's default user
	Password string
	// TLS is used with https:// and, where set, with clickhouse://.
	TLS *tls.Config
	// DialTimeout bounds connecting; 10 s. ReadTimeout bounds the wait for an answer
	// of a call whose context has no deadline; 5 min.
	DialTimeout, ReadTimeout time.Duration
	MaxConnections           int // 8
	// Cluster says how the schema lies on a cluster; the zero value means one server.
	Cluster schema.Cluster
}

// Warehouse is an open connection pool. It is safe for concurrent use.
type Warehouse struct {
	conn     driver.Conn
	database string
	version  string
	cluster  schema.Cluster
	options  *clickhouse.Options // that it was opened with
}

// Open connects, creates the database where the account may, and refuses servers
// older than 24.8. Errors carry the exit code of the environment, those of the URL
// the one of the user's input.
func Open(ctx context.Context, config Config) (*Warehouse, error) {
	options, err := config.options()
	if err != nil {
		return nil, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	w, err := open(ctx, options)
	if code(err) == unknownDatabase {
		if err = createDatabase(ctx, *options, config.Cluster); err == nil {
			w, err = open(ctx, options)
		}
	}
	if err != nil {
		return nil, pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("opening warehouse %s: %w", withoutUser(config.URL), err))
	}
	w.cluster = config.Cluster.WithDefaults()
	return w, nil
}

// Conn returns the pool for loaders and for queries of the caller's own.
func (w *Warehouse) Conn() driver.Conn { return w.conn }

// Database returns the name of the database.
func (w *Warehouse) Database() string { return w.database }

// Version returns the server's version, such as 26.7.2.
func (w *Warehouse) Version() string { return w.version }

// Ping asks the server for a sign of life.
func (w *Warehouse) Ping(ctx context.Context) error {
	if err := w.conn.Ping(ctx); err != nil {
		return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf("pinging warehouse: %w", err))
	}
	return nil
}

// Close ends all connections.
func (w *Warehouse) Close() error { return w.conn.Close() }

func (c Config) options() (*clickhouse.Options, error) {
	if err := c.Cluster.Check(); err != nil {
		return nil, fmt.Errorf("reading the settings of the cluster: %w", err)
	}
	scheme, _, _ := strings.Cut(c.URL, "://")
	options := &clickhouse.Options{}
	switch scheme {
	case "http", "https":
		options.Protocol = clickhouse.HTTP
	case "clickhouse":
		options.Protocol = clickhouse.Native
	default:
		return nil, fmt.Errorf("reading warehouse URL %q: want clickhouse://host:port/database or http://host:port/database", withoutUser(c.URL))
	}
	rest := strings.TrimPrefix(c.URL, scheme+"://")
	if strings.ContainsAny(rest, "?#@") {
		return nil, fmt.Errorf("reading warehouse URL %q: it takes no user, parameters or fragment; user and password are settings of their own", withoutUser(c.URL))
	}
	hosts, database, _ := strings.Cut(rest, "/")
	options.Addr = strings.Split(hosts, ",")
	for _, host := range options.Addr {
		if u, err := url.Parse("//" + host); err != nil || u.Port() == "" || u.Hostname() == "" {
			return nil, fmt.Errorf("reading warehouse URL %q: %q is not host:port", c.URL, host)
		}
	}
	if database == "" {
		database = DefaultDatabase
	}
	if strings.ContainsAny(database, "/`\\'\"") {
		return nil, fmt.Errorf("reading warehouse URL %q: %q is not a database name", c.URL, database)
	}
	options.Auth = clickhouse.Auth{Database: database, Username: c.User, Password: c.Password}
	options.TLS = c.TLS
	if scheme == "https" && options.TLS == nil {
		options.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	options.Settings = clusterSettings(c.Cluster)
	c.bounds(options)
	return options, nil
}

func (c Config) bounds(options *clickhouse.Options) {
	orDefault := func(d, fallback time.Duration) time.Duration {
		if d == 0 {
			return fallback
		}
		return d
	}
	options.DialTimeout = orDefault(c.DialTimeout, 10*time.Second)
	options.ReadTimeout = orDefault(c.ReadTimeout, 5*time.Minute)
	options.MaxOpenConns = c.MaxConnections
	if options.MaxOpenConns == 0 {
		options.MaxOpenConns = 8
	}
	options.MaxIdleConns = options.MaxOpenConns
	options.ConnOpenStrategy = clickhouse.ConnOpenInOrder
	options.Compression = &clickhouse.Compression{Method: clickhouse.CompressionNone}
	if options.Protocol == clickhouse.Native && slices.ContainsFunc(options.Addr, isRemote) {
		options.Compression.Method = clickhouse.CompressionLZ4
	}
}

// isRemote reports whether bytes to the address leave the machine; on it they are
// cheaper than their compression.
func isRemote(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback())
}

func open(ctx context.Context, options *clickhouse.Options) (*Warehouse, error) {
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, err
	}
	w := &Warehouse{conn: conn, database: options.Auth.Database, options: options}
	if err := w.greet(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return w, nil
}

// greet asks for the version also where the ping fails, because an old server's
// refusal of it would explain nothing.
func (w *Warehouse) greet(ctx context.Context) error {
	pinged := w.conn.Ping(ctx)
	if ctx.Err() != nil {
		return pinged
	}
	server, err := w.conn.ServerVersion()
	if err != nil {
		return cmp.Or(pinged, err)
	}
	v := server.Version
	w.version = fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
	if v.Major < oldestMajor || v.Major == oldestMajor && v.Minor < oldestMinor {
		return fmt.Errorf("server %s is too old: zhibiao needs ClickHouse %d.%d or newer; upgrade the server or leave the URL out to use the embedded engine", w.version, oldestMajor, oldestMinor)
	}
	return pinged
}

// createDatabase makes the database through the server's default one.
func createDatabase(ctx context.Context, options clickhouse.Options, cluster schema.Cluster) error {
	name := options.Auth.Database
	options.Auth.Database = "default"
	conn, err := clickhouse.Open(&options)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Exec(ctx, cluster.CreateDatabase(name)); err != nil {
		return fmt.Errorf("creating database %s: %w; create it by hand or migrate with an account that may", name, err)
	}
	return nil
}

// code returns ClickHouse's error code, 0 for none.
func code(err error) int32 {
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		return exception.Code
	}
	return 0
}

// withoutUser hides what stands before an @, which may be a password.
func withoutUser(raw string) string {
	scheme, rest, found := strings.Cut(raw, "://")
	if !found {
		return raw
	}
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		rest = "…@" + rest[at+1:]
	}
	return scheme + "://" + rest
}
