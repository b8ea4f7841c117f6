package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

func TestFilesOfTheSettingsThatCannotBeUsedAreNamedBeforeTheCommandBegins(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("text", "not what it should be", 0o600)
	write("open", "SU", 0o644)
	write("empty", "", 0o600)
	for settings, want := range map[string]string{
		"archive: {dir: DIR/text}":                        "archive.dir: DIR/text is a file",
		"archive: {dir: DIR/text/below}":                  "archive.dir: DIR/text/below cannot be a folder",
		"filing: {folder: text}":                          "filing.folder: DIR/text is a file",
		"broker: {seed_file: DIR/none}":                   "broker.seed_file: there is no file DIR/none",
		"broker: {seed_file: DIR/open}":                   "chmod 600",
		"broker: {seed_file: DIR/text}":                   "--new-seed",
		"broker: {ca_file: DIR/text}":                     "broker.ca_file: DIR/text holds no certificate",
		"warehouse: {password_file: DIR/none}":            "warehouse.password_file: there is no file DIR/none",
		"warehouse: {password_file: DIR}":                 "warehouse.password_file: ",
		"warehouse: {reader: {password_file: DIR/empty}}": "warehouse.reader.password_file: the file DIR/empty is empty",
	} {
		write("config.yaml", strings.ReplaceAll(settings, "DIR", dir), 0o600)
		want = strings.ReplaceAll(want, "DIR", dir)
		for _, command := range [][]string{{"query", "SELECT 1"}, {"collect"}, {"serve"}} {
			code, _, stderr := zhibiao(t, append(command, "--data", dir)...)
			if code != pipeline.ExitYourInput || !strings.Contains(stderr, want) || !strings.Contains(stderr, filepath.Join(dir, "config.yaml")) {
				t.Errorf("%s with %s: exit code %d, want 2, the file and %q in\n%s", command[0], settings, code, want, stderr)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "lock")); err == nil {
			t.Fatalf("with %s a command began", settings)
		}
	}
}

func TestTheFilesOfAlertsAreNamedBeforeTheFirstAlert(t *testing.T) {
	s, err := settingsOf(t, `alerts:
  webhook: {url: "https://example.org/hook", token_file: /none/t}
  mail: {server: "mail:587", from: a@example.org, to: [b@example.org], user: u, password_file: /none/p}
`)
	if err != nil {
		t.Fatal(err)
	}
	err = s.checkAlertFiles()
	for _, want := range []string{"alerts.webhook.token_file: there is no file /none/t", "alerts.mail.password_file: there is no file /none/p"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestAFolderThatCanBeMadeIsUsable(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "new"), filepath.Join(dir, "far", "below")} {
		if err := usableFolder(path); err != nil {
			t.Error(err)
		}
	}
}
