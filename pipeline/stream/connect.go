package stream

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// Access is how a process reaches a broker elsewhere and what it is there.
type Access struct {
	// URL is nats://host:port or tls://host:port; several are separated by commas.
	URL string
	// SeedFile holds the nkey seed that the process signs in with, readable by its
	// user only. "" signs in with what the URL says, or not at all.
	SeedFile string
	// CAFile holds the certificates that sign the broker's; "" trusts the system's.
	CAFile string
	// Roles are what the process does. Without one it is the operator, who may make
	// and change the topology.
	Roles []Role
}

// signsIn reports whether the broker knows who the process is, and so may forbid
// things to it.
func (a Access) signsIn() bool {
	return a.SeedFile != "" || strings.Contains(a.URL, "@")
}

// OnlyChecks reports whether the process only reads the topology back: a worker
// with an account of its own may not make it.
func (a Access) OnlyChecks() bool { return len(a.Roles) > 0 && a.signsIn() }

// InboxPrefix begins the subjects on which a process gets its answers. Each role
// has its own, so that none can listen to what another is told.
func InboxPrefix(roles ...Role) string {
	if len(roles) == 0 {
		return "_INBOX.operator"
	}
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	slices.Sort(names)
	return "_INBOX." + strings.Join(slices.Compact(names), "-")
}

// Options returns what Connect needs beside the URL. Its errors say which file is
// wrong and how.
func (a Access) Options() ([]nats.Option, error) {
	options := []nats.Option{nats.CustomInboxPrefix(InboxPrefix(a.Roles...))}
	for _, one := range strings.Split(a.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
			return nil, fmt.Errorf("reading the broker's URL %q: want nats://host:port or tls://host:port", u.Redacted())
		}
	}
	if a.CAFile != "" {
		if _, err := os.Stat(a.CAFile); err != nil {
			return nil, fmt.Errorf("reading the broker's certificates: %w", err)
		}
		options = append(options, nats.RootCAs(a.CAFile))
	}
	if a.SeedFile != "" {
		signIn, err := seedOption(a.SeedFile)
		if err != nil {
			return nil, err
		}
		options = append(options, signIn)
	}
	return options, nil
}

// redacted is the URLs of a broker without their passwords.
func redacted(urls string) string {
	all := strings.Split(urls, ",")
	for i, one := range all {
		if u, err := url.Parse(strings.TrimSpace(one)); err == nil {
			all[i] = u.Redacted()
		}
	}
	return strings.Join(all, ", ")
}

// seedOption signs in with the seed of a file. A file that others can read is
// refused: the seed is the account.
func seedOption(file string) (nats.Option, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("reading the broker's seed: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("reading the broker's seed: others can read %s: chmod 600 it", file)
	}
	option, err := nats.NkeyOptionFromSeed(file)
	if err != nil {
		return nil, fmt.Errorf("reading the broker's seed in %s: %w; `zhibiao work --new-seed FILE` makes one", file, err)
	}
	return option, nil
}

// NewSeed writes a new nkey seed to a file that must not exist, mode 0600, and
// returns its public key, which the broker's configuration names.
func NewSeed(file string) (publicKey string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", fmt.Errorf("making a seed: %w", err)
	}
	defer pair.Wipe()
	seed, err := pair.Seed()
	if err != nil {
		return "", fmt.Errorf("making a seed: %w", err)
	}
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("writing the seed: %s is there already; choose another file, or remove it", file)
	}
	if err != nil {
		return "", fmt.Errorf("writing the seed: %w", err)
	}
	_, err = out.Write(append(seed, '\n'))
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return "", fmt.Errorf("writing the seed: %w", err)
	}
	return pair.PublicKey()
}
