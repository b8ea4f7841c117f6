package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"zhibiao/pipeline/stream"
)

// checkFiles finds the files and folders of the settings that cannot be used, before
// a command has begun. Those of alerts are left to checkAlertFiles: a service may be
// the only one who can read them.
func (s settings) checkFiles() error {
	var problems []error
	check := func(setting, path string, look func(string) error) {
		if path == "" {
			return
		}
		if err := look(path); err != nil {
			problems = append(problems, fmt.Errorf("%s: %s: %w", s.path, setting, err))
		}
	}
	check("archive.dir", s.Archive.Dir, usableFolder)
	check("filing.folder", s.besideFile(s.Filing.Folder), usableFolder)
	check("broker.ca_file", s.Broker.CAFile, usableCertificates)
	check("broker.seed_file", s.Broker.SeedFile, usableSeed)
	check("warehouse.password_file", s.Warehouse.PasswordFile, usableFile)
	check("warehouse.reader.password_file", s.Warehouse.Reader.PasswordFile, usableFile)
	return errors.Join(problems...)
}

// checkAlertFiles finds the files of alerts that cannot be used, for the processes
// that send them.
func (s settings) checkAlertFiles() error {
	var problems []error
	for _, one := range []struct {
		setting, path string
		look          func(string) error
	}{
		{"alerts.webhook.token_file", s.Operation.Alerts.Webhook.TokenFile, usableFile},
		{"alerts.mail.ca_file", s.Operation.Alerts.Mail.CAFile, usableCertificates},
		{"alerts.mail.password_file", s.Operation.Alerts.Mail.PasswordFile, usableFile},
	} {
		if one.path == "" {
			continue
		}
		if err := one.look(one.path); err != nil {
			problems = append(problems, fmt.Errorf("%s: %s: %w", s.path, one.setting, err))
		}
	}
	return errors.Join(problems...)
}

// besideFile makes a path that is relative to the settings file one for this process.
func (s settings) besideFile(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(s.path), path)
}

// usableFile wants a file that this process can read and that holds something.
func usableFile(path string) error {
	_, err := readUsable(path)
	return err
}

func readUsable(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s: put it there, or mend the path", path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("this account may not read %s: give it the right to, or use another account", path)
	case err != nil:
		return nil, fmt.Errorf("it cannot be read: %w", err)
	case len(text) == 0:
		return nil, fmt.Errorf("the file %s is empty", path)
	}
	return text, nil
}

// usableCertificates wants a PEM file with at least one certificate.
func usableCertificates(path string) error {
	text, err := readUsable(path)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(text) {
		err = fmt.Errorf("%s holds no certificate: name a PEM file", path)
	}
	return err
}

// usableSeed wants the seed of an nkey that nobody else can read.
func usableSeed(path string) error {
	if err := usableFile(path); err != nil {
		return err
	}
	_, err := stream.Access{URL: "nats://any:4222", SeedFile: path}.Options()
	return err
}

// usableFolder wants a folder in which this process can write, or a place where it
// can make one.
func usableFolder(path string) error {
	there := path
	info, err := os.Stat(there)
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(there) != there {
		there = filepath.Dir(there)
		info, err = os.Stat(there)
	}
	switch {
	case errors.Is(err, unix.ENOTDIR):
		return fmt.Errorf("%s cannot be a folder, because a part of its path is a file: name another one", path)
	case err != nil:
		return fmt.Errorf("the folder cannot be looked at: %w", err)
	case !info.IsDir() && there == path:
		return fmt.Errorf("%s is a file: name a folder", path)
	case !info.IsDir():
		return fmt.Errorf("%s cannot be made, because %s is a file: name another folder", path, there)
	case unix.Access(there, unix.R_OK|unix.W_OK|unix.X_OK) == nil:
		return nil
	case there == path:
		return fmt.Errorf("this account may not write in %s: give it the right to, or name another folder", path)
	default:
		return fmt.Errorf("there is no folder %s, and this account may not make it in %s: make it, or name another one", path, there)
	}
}
