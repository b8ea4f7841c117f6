// Package account keeps the three accounts of the embedded engine and checks
// their passwords. The engine itself knows no users, so the fronts check.
package account

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The names of the three accounts.
const (
	// Writer reads, writes and changes tables.
	Writer = "zhibiao"
	// Loader inserts into its own tables and reads them, nothing else.
	Loader = "loader"
	// Reader only reads tables, of those with a column named access the public rows
	// alone: no files, no network, no changes.
	Reader = "reader"
)

const shortestPassword = 16

// Accounts holds the passwords in the clear, for the clients of this process.
type Accounts struct {
	Writer Credentials `json:"zhibiao"`
	Loader Credentials `json:"loader"`
	Reader Credentials `json:"reader"`
}

// Credentials are what a client logs in with besides the account's name.
type Credentials struct {
	Password string `json:"password"`
}

// Load reads the accounts file at path and creates it with random passwords on
// first use. The file is refused when others than its owner may read it.
func Load(path string) (Accounts, error) {
	accounts, err := read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return accounts, err
	}
	if err := create(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return Accounts{}, fmt.Errorf("creating the accounts file: %w", err)
	}
	return read(path) // another process may have been first
}

func read(path string) (Accounts, error) {
	file, err := os.Open(path)
	if err != nil {
		return Accounts{}, fmt.Errorf("opening the accounts file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Accounts{}, fmt.Errorf("reading the accounts file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Accounts{}, fmt.Errorf("the accounts file %s can be read by others (mode %04o): run `chmod 600 %s`, or remove it to get new passwords", path, info.Mode().Perm(), path)
	}
	var accounts Accounts
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields() // promise 11
	if err := decoder.Decode(&accounts); err != nil {
		return Accounts{}, fmt.Errorf("reading the accounts file %s: %w: mend it, or remove it to get new passwords", path, err)
	}
	for name, credentials := range accounts.byName() {
		if len(credentials.Password) < shortestPassword {
			return Accounts{}, fmt.Errorf("the accounts file %s has no password of at least %d characters for %s: set one, or remove the file to get new passwords", path, shortestPassword, name)
		}
	}
	return accounts, nil
}

// create writes the file under a temporary name and links it into place, so that
// a file which is already there wins.
func create(path string) error {
	accounts := Accounts{
		Writer: Credentials{Password: randomPassword()},
		Loader: Credentials{Password: randomPassword()},
		Reader: Credentials{Password: randomPassword()},
	}
	content, err := json.MarshalIndent(accounts, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".accounts-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(append(content, '\n'))
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Link(temp.Name(), path)
}

func randomPassword() string {
	var raw [24]byte
	rand.Read(raw[:])
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func (a Accounts) byName() map[string]Credentials {
	return map[string]Credentials{Writer: a.Writer, Loader: a.Loader, Reader: a.Reader}
}

// Digests gives what is needed to check passwords and not to know them.
func (a Accounts) Digests() Digests {
	digests := Digests{}
	for name, credentials := range a.byName() {
		if credentials.Password == "" {
			continue // nobody logs in without a password
		}
		digest := sha256.Sum256([]byte(credentials.Password))
		digests[name] = digest[:]
	}
	return digests
}

// Digests maps an account's name to the sha256 of its random password.
type Digests map[string][]byte

// Check reports whether the password is the account's, in a time that does not
// tell how much of it was right.
func (d Digests) Check(name, password string) bool {
	known, ok := d[name]
	got := sha256.Sum256([]byte(password))
	if !ok {
		known = make([]byte, sha256.Size)
	}
	return subtle.ConstantTimeCompare(known, got[:]) == 1 && ok
}
