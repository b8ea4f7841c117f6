package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zhibiao/pipeline"
)

// backup makes a backup of the open folder.
func (w *worldRun) backup(dir string) {
	w.t.Helper()
	w.app.serveLine(w.line)
	if err := w.cli.backup(w.t.Context(), w.app, dir); err != nil {
		w.t.Fatalf("backup: %v\n%s", err, w.out)
	}
}

// A restored folder holds what the first one held, goes on where it was, and adds
// exactly what the next night brings.
func TestARestoredFolderGoesOnWhereTheBackupWasMade(t *testing.T) {
	w := startWorld(t)
	w.collect()
	first := w.rows()
	confirmed := w.ask("SELECT source, version, toString(confirmed_at) FROM confirmation FINAL ORDER BY ALL")
	backup := filepath.Join(t.TempDir(), "backup")
	w.backup(backup)
	w.collect() // the folder itself goes on too
	w.mustBeEqual(rebuildOptions{})
	w.close()
	if sums, err := exec.CommandContext(t.Context(), "sh", "-c", "cd "+backup+" && sha256sum --quiet -c SHA256SUMS").CombinedOutput(); err != nil {
		t.Errorf("sha256sum: %v\n%s", err, sums)
	}

	w.dir = filepath.Join(t.TempDir(), "restored")
	mustRun(t, "restore", backup, "--data", w.dir)
	w.open()
	if diff := cmp.Diff(first, w.rows()); diff != "" {
		t.Fatalf("the restored warehouse has other rows:\n%s", firstLines(diff, 20))
	}
	if again := w.ask("SELECT source, version, toString(confirmed_at) FROM confirmation FINAL ORDER BY ALL"); !cmp.Equal(confirmed, again) {
		t.Errorf("confirmations %v, want %v", again, confirmed)
	}
	w.mustBeEqual(rebuildOptions{})
	w.collect()
	if diff := cmp.Diff(first, w.rows()); diff != "" {
		t.Errorf("the same night again adds something:\n%s", firstLines(diff, 20))
	}
	w.world.SetNight(2)
	w.collect()
	w.compareWithTruth(2, first, demoSources...)
	w.mustBeEqual(rebuildOptions{})
	if err := w.line.reconciled(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestABackupIsRestoredOnlyWholeAndOnlyIntoAnEmptyFolder(t *testing.T) {
	data, backup := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "backup")
	mustRun(t, "demo", "--data", data)
	mustRun(t, "backup", backup, "--data", data)
	target := filepath.Join(t.TempDir(), "target")
	refuse := func(name string, want int, words string, args ...string) {
		t.Helper()
		code, stdout, stderr := zhibiao(t, args...)
		if code != want || !strings.Contains(stderr, words) {
			t.Errorf("%s: exit code %d, want %d and %q in\n%s%s", name, code, want, words, stdout, stderr)
		}
	}
	refuse("a folder that holds something", pipeline.ExitYourInput, "not empty", "restore", backup, "--data", data)
	refuse("a backup into a folder that holds something", pipeline.ExitYourInput, "not empty", "backup", backup, "--data", data)
	refuse("a backup into the data folder", pipeline.ExitYourInput, "lies in the data folder", "backup", filepath.Join(data, "b"), "--data", data)
	refuse("no backup", pipeline.ExitYourInput, "is no backup", "restore", t.TempDir(), "--data", target)

	list, err := os.ReadFile(filepath.Join(backup, sumsFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{backupArchive, backupBroker, backupWarehouse, backupFolder} {
		line := list[bytes.Index(list, []byte("  "+folder+"/"))+2:]
		file := filepath.Join(backup, string(line[:bytes.IndexByte(line, '\n')]))
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(content, 'x'), 0o600); err != nil {
			t.Fatal(err)
		}
		refuse("a damaged file of "+folder, pipeline.ExitEnvironment, file+" is damaged", "restore", backup, "--data", target)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		refuse("a missing file of "+folder, pipeline.ExitEnvironment, file+" is missing", "restore", backup, "--data", target)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refuse("a restore into the backup", pipeline.ExitYourInput, "lies in the backup", "restore", backup, "--data", filepath.Join(backup, "deep", "data"))
	if _, err := os.Stat(filepath.Join(backup, "deep")); err == nil {
		t.Error("a restore that was refused left a folder in the backup")
	}
	record := filepath.Join(backup, recordFile)
	if err := os.Rename(record, record+".away"); err != nil {
		t.Fatal(err)
	}
	refuse("an unfinished backup", pipeline.ExitYourInput, "unfinished backup", "restore", backup, "--data", target)
	refuse("a backup over an unfinished one", pipeline.ExitYourInput, "unfinished backup", "backup", backup, "--data", data)
	if err := os.Rename(record+".away", record); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("a restore that failed left a data folder")
	}
	mustRun(t, "restore", backup, "--data", target)
	checkFinishedDemo(t, target)
	if err := os.WriteFile(filepath.Join(backup, sumsFile), append(list, list...), 0o600); err != nil {
		t.Fatal(err)
	}
	refuse("a list that was changed", pipeline.ExitYourInput, "is damaged", "restore", backup, "--data", filepath.Join(t.TempDir(), "x"))
}

func TestABackupIsMadeInsideTheServe(t *testing.T) {
	data, backup, restored := t.TempDir(), filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "restored")
	mustRun(t, "demo", "--data", data)
	serve := startServe(t, data)
	defer serve.Wait()
	defer serve.Process.Kill()
	if out := mustRun(t, "backup", backup, "--data", data); !strings.Contains(out, "backed up ") {
		t.Errorf("backup through the serve printed\n%s", out)
	}
	if out := mustRun(t, "status", "--data", data); !strings.Contains(out, "demo-yearbook") {
		t.Errorf("after the backup the serve answers\n%s", out)
	}
	mustRun(t, "restore", backup, "--data", restored)
	if out := mustRun(t, "rebuild", "--verify", "--data", restored); !strings.Contains(out, "\nequal: ") {
		t.Errorf("the restored folder:\n%s", out)
	}
}
