package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/goccy/go-yaml"

	"zhibiao/warehouse/schema"
)

// settings is the settings file: what differs between one machine and a
// cluster. Every field has a default, so none is needed. Unknown keys are errors
// (promise 11).
type settings struct {
	// Sources is a folder with further sources/*.yaml, relative to the file.
	Sources string `yaml:"sources"`
	// Resolve maps virtual hosts to loopback addresses, for sources that a local
	// server plays.
	Resolve map[string]string `yaml:"resolve"`
	Broker  brokerSettings    `yaml:"broker"`
	Archive struct {
		// Dir is where bodies and readings are kept, on a disk that all workers share;
		// archive in the data folder by default.
		Dir string `yaml:"dir"`
		// KeepRefused is how long bodies are kept that are no document: challenges,
		// log-in pages, error pages. For ever by default; documents stay for ever.
		KeepRefused time.Duration `yaml:"keep_refused"`
	} `yaml:"archive"`
	Warehouse struct {
		URL          string `yaml:"url"` // of a ClickHouse server; "" for the embedded engine
		User         string `yaml:"user"`
		PasswordFile string `yaml:"password_file"`
		// Reader is the server's account that sees public rows only, which the pages
		// ask with; zhibiao migrate --accounts prints the SQL that makes it.
		Reader struct {
			User         string `yaml:"user"`
			PasswordFile string `yaml:"password_file"`
		} `yaml:"reader"`
		HTTP string `yaml:"http"` // loopback address of the embedded engine's HTTP interface
		TCP  string `yaml:"tcp"`  // and of its native one; both a free port by default
		// Cluster says how the tables lie on a cluster of servers; without a name
		// there is one server.
		Cluster schema.Cluster `yaml:"cluster"`
	} `yaml:"warehouse"`

	Pages pageSettings `yaml:"pages"`

	Collect collectSettings `yaml:"collect"`

	Supplement  supplementSettings `yaml:"supplement"`
	Schedule    scheduleSettings   `yaml:"schedule"`
	Filing      filingSettings     `yaml:"filing"`
	DeadLetters deadSettings       `yaml:"dead_letters"`
	Operation   operationSettings  `yaml:",inline"`

	digest string // of the file's bytes, "" without a file
	path   string
}

// collectSettings say how publishers are reached.
type collectSettings struct {
	// Patience is how long a command waits while nothing moves; 2 minutes.
	Patience time.Duration `yaml:"patience"`
	// Proxy is asked for all hosts; http, https or socks5.
	Proxy string `yaml:"proxy"`
	// CAFile is a PEM file of certificate authorities that are trusted beside the
	// system's.
	CAFile string `yaml:"ca_file"`
}

const defaultMaxStore = 4 << 30

// loadSettings reads the file named, or config.yaml in the data folder if there
// is one. What it names on this machine must be usable.
func loadSettings(dataDir, file string) (settings, error) {
	s, err := readSettings(dataDir, file)
	if err != nil {
		return s, err
	}
	return s, s.checkFiles()
}

// readSettings is loadSettings for settings of another machine.
func readSettings(dataDir, file string) (settings, error) {
	explicit := file != ""
	if !explicit {
		file = filepath.Join(dataDir, "config.yaml")
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !explicit {
		return settings{}.withDefaults(), nil
	}
	if err != nil {
		return settings{}, fmt.Errorf("reading the settings: %w", err)
	}
	var s settings
	decoder := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	if err := decoder.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return settings{}, fmt.Errorf("reading the settings in %s: %s", file, yaml.FormatError(err, false, true))
	}
	sum := sha256.Sum256(text)
	s.digest, s.path = hex.EncodeToString(sum[:]), file
	if s.Sources != "" && !filepath.IsAbs(s.Sources) {
		s.Sources = filepath.Join(filepath.Dir(file), s.Sources)
	}
	s = s.withDefaults()
	return s, s.check()
}

func (s settings) withDefaults() settings {
	if s.Broker.MaxStore == 0 {
		s.Broker.MaxStore = defaultMaxStore
	}
	if s.Warehouse.HTTP == "" {
		s.Warehouse.HTTP = "127.0.0.1:0"
	}
	if s.Warehouse.TCP == "" {
		s.Warehouse.TCP = "127.0.0.1:0"
	}
	if s.Pages.Listen == "" {
		s.Pages.Listen = "127.0.0.1:0"
	}
	return s
}

func (s settings) check() error {
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf(s.path+": "+format, args...))
	}
	for host, address := range s.Resolve {
		if a, err := netip.ParseAddrPort(address); err != nil || !a.Addr().IsLoopback() {
			problem("resolve: %s: %q is not a loopback address with a port, such as 127.0.0.1:8000", host, address)
		}
	}
	if a, err := netip.ParseAddrPort(s.Warehouse.HTTP); err != nil || !a.Addr().IsLoopback() {
		problem("warehouse.http: %q is not a loopback address with a port, such as 127.0.0.1:8123", s.Warehouse.HTTP)
	}
	if a, err := netip.ParseAddrPort(s.Warehouse.TCP); err != nil || !a.Addr().IsLoopback() {
		problem("warehouse.tcp: %q is not a loopback address with a port, such as 127.0.0.1:9000", s.Warehouse.TCP)
	}
	s.Pages.check(problem)
	s.Supplement.check(problem)
	if err := s.Warehouse.Cluster.Check(); err != nil {
		problem("warehouse.cluster: %w", err)
	}
	if s.Warehouse.Cluster.Enabled() && s.Warehouse.URL == "" {
		problem("warehouse.cluster: the embedded engine has no cluster; set warehouse.url to the cluster's servers")
	}
	if s.Collect.Patience < 0 {
		problem("collect.patience: %s is negative", s.Collect.Patience)
	}
	if _, _, err := s.Collect.network(); err != nil {
		problem("%w", err)
	}
	s.Operation.check(problem)
	if err := s.DeadLetters.check(); err != nil {
		problem("dead_letters: %w", err)
	}
	if err := s.Filing.check(); err != nil {
		problem("filing: %w", err)
	}
	if err := s.Schedule.check(); err != nil {
		problem("schedule: %w", err)
	}
	if keep := s.Archive.KeepRefused; keep < 0 || keep > 0 && keep < minKeepRefused {
		problem("archive.keep_refused: %s is shorter than the %s within which somebody may ask why a publisher refused us", keep, minKeepRefused)
	}
	if s.Broker.MaxStore < minMaxStore {
		problem("broker.max_store: %d bytes are fewer than the %d that the streams reserve", s.Broker.MaxStore, int64(minMaxStore))
	}
	return errors.Join(problems...)
}

const (
	minMaxStore    = 64 << 20
	minKeepRefused = 30 * 24 * time.Hour
)

const defaultPatience = 2 * time.Minute

func (s settings) patience() time.Duration {
	if s.Collect.Patience > 0 {
		return s.Collect.Patience
	}
	return defaultPatience
}
