package libchdb

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const smallContent = "a library"

func TestVersionIsTheOneOfBothNpmFiles(t *testing.T) {
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	if err := json.Unmarshal(packageLock, &lock); err != nil {
		t.Fatal(err)
	}
	locked := lock.Packages["node_modules/"+packageName]
	if Version() == "" || locked.Version != Version() {
		t.Errorf("package.json pins %q, package-lock.json %q", Version(), locked.Version)
	}
	if !strings.HasPrefix(locked.Integrity, "sha512-") {
		t.Errorf("the lock has no checksum: %q", locked.Integrity)
	}
}

func TestPathNamesTheRemedyInOneSentence(t *testing.T) {
	dir := t.TempDir()
	missing, damaged := filepath.Join(dir, "missing.so"), filepath.Join(dir, "damaged.so")
	if err := os.WriteFile(damaged, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{missing: "is missing at", damaged: "is damaged"} {
		t.Setenv(Override, file)
		_, err := Path()
		if err == nil {
			t.Fatalf("%s was accepted", file)
		}
		message := err.Error()
		if !strings.Contains(message, want) || !strings.Contains(message, file) || !strings.HasSuffix(message, ": unset ZHIBIAO_LIBCHDB and run `make engine`") || strings.Contains(message, "\n") {
			t.Errorf("the message is %q", message)
		}
	}
}

func TestWithoutTheOverrideTheRemedyIsOneCommand(t *testing.T) {
	t.Setenv(Override, "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if _, err := Path(); err == nil || !strings.HasSuffix(err.Error(), "/libchdb.so: run `make engine`") {
		t.Errorf("the error is %v", err)
	}
}

func TestInstallDoesNotWriteToAPlaceOfTheUsers(t *testing.T) {
	file := filepath.Join(t.TempDir(), fileName)
	t.Setenv(Override, file)
	if _, err := Install(t.Context()); err == nil || !strings.Contains(err.Error(), "unset ZHIBIAO_LIBCHDB") {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a library was installed there")
	}
}

func TestAVerifiedFileIsHashedAgainOnlyWhenItChanged(t *testing.T) {
	file := filepath.Join(t.TempDir(), fileName)
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(smallContent)
	digest, err := fileDigest(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(file, int64(len(smallContent)), digest); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	// The stamp vouches for the file: with its times put back, a change of the
	// same length is not seen.
	write("b library")
	if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := verify(file, int64(len(smallContent)), digest); err != nil {
		t.Errorf("the stamp was not used: %v", err)
	}
	// Any other change is.
	if err := os.Chtimes(file, info.ModTime(), info.ModTime().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := verify(file, int64(len(smallContent)), digest); err == nil || !strings.Contains(err.Error(), "is damaged (sha256") {
		t.Errorf("a changed file gave %v", err)
	}
	// A stamp of another version does not count either.
	write(smallContent)
	if err := os.WriteFile(file+stampSuffix, []byte("size=9"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := verify(file, int64(len(smallContent)), digest); err != nil {
		t.Errorf("a file with a foreign stamp gave %v", err)
	}
}

func TestInstallLeavesAGoodLibraryAlone(t *testing.T) {
	before, err := Path()
	if err != nil {
		t.Skip(err)
	}
	// Without npm in reach an installation that does anything fails.
	t.Setenv("PATH", t.TempDir())
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if file, err := Install(t.Context()); err != nil || file != before {
				t.Errorf("Install gave %s, %v", file, err)
			}
		})
	}
	group.Wait()
}

func TestInstallFailsCleanly(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv(Override, "")
	cases := map[string]struct{ npm, want string }{
		"without npm":             {"", "npm is needed"},
		"when npm fails":          {"#!/bin/sh\necho no network >&2\nexit 1\n", "no network"},
		"when npm brings rubbish": {"#!/bin/sh\nmkdir -p node_modules/" + packageName + "\necho x > node_modules/" + packageName + "/libchdb.so\n", "is damaged"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			if test.npm != "" {
				if err := os.WriteFile(filepath.Join(bin, "npm"), []byte(test.npm), 0o700); err != nil {
					t.Fatal(err)
				}
				bin += ":/usr/bin:/bin"
			}
			t.Setenv("PATH", bin)
			if _, err := Install(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %q, got %v", test.want, err)
			}
			left, err := filepath.Glob(filepath.Join(cache, "zhibiao", "libchdb", Version(), "[^.]*"))
			if err != nil || len(left) != 0 {
				t.Errorf("%v is left behind (%v)", left, err)
			}
		})
	}
}

func TestASecondInstallationWaits(t *testing.T) {
	folder := t.TempDir()
	unlock, err := lockFolder(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lockFolder(ctx, folder); err == nil || !strings.Contains(err.Error(), "waiting for another installation") {
		t.Errorf("the second got %v", err)
	}
	unlock()
	again, err := lockFolder(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
