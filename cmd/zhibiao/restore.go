package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
)

// restoringSuffix is what the folder is called after its name until it is whole.
const restoringSuffix = ".restoring"

// restoredBackup is the name under which the engine finds the warehouse's backup.
const restoredBackup = "restored"

func restoreCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "restore DIR",
		Short: "Make a data folder from a backup, every file checked",
		Long: `Make the data folder of --data from the backup in DIR. The folder must be new or
empty: nothing is ever overwritten. Every file is compared with its checksum; the
folder appears only once it is whole, and work goes on in it where the backup was
made.`,
		Example: `  zhibiao restore /mnt/backup/2026-11-24 --data /var/lib/zhibiao`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.serving != nil {
				return pipeline.WithExit(pipeline.ExitYourInput, errors.New("a serve has this data folder open: a backup is restored into a new one"))
			}
			return c.restore(cmd.Context(), args[0])
		},
	}
}

func (c *cli) restore(ctx context.Context, dir string) error {
	started := now()
	target, err := filepath.Abs(c.dataDir)
	if err != nil {
		return environment("finding "+c.dataDir, err)
	}
	if err := checkEmpty(target, "a backup is restored into a new or empty folder; name one with --data"); err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	record, err := readBackupRecord(dir)
	if err == nil {
		err = checkOutside(dir, target)
	}
	if err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	partial := target + restoringSuffix
	if err := os.RemoveAll(partial); err != nil {
		return environment("clearing what an earlier restore left", err)
	}
	lock, err := lockFolder(partial, "restore")
	if err != nil {
		return pipeline.WithExit(pipeline.ExitEnvironment, err)
	}
	defer lock.release()
	if err := c.copyBack(ctx, dir, partial, record); err != nil {
		return err
	}
	if record.Warehouse == embedded {
		if err := c.restoreWarehouse(ctx, partial); err != nil {
			return err
		}
	}
	if err := errors.Join(syncAll(partial), os.Rename(partial, target), syncAll(filepath.Dir(target))); err != nil {
		return environment("putting the restored folder in place", err)
	}
	c.printf("restored %s, %d MiB, of %s into %s in %s\n", many(record.Files, "file"), record.Bytes>>20,
		record.MadeAt.Format(time.RFC3339), target, now().Sub(started).Round(10*time.Millisecond))
	if record.Warehouse == external {
		c.printf("the warehouse was a server: zhibiao rebuild makes its tables again from the archive\n")
	}
	return nil
}

// checkOutside keeps a backup as it is: nothing is restored into its own folder.
func checkOutside(backup, target string) error {
	from, err := filepath.EvalSymlinks(backup)
	if err == nil {
		from, err = filepath.Abs(from)
	}
	if err != nil {
		return fmt.Errorf("finding %s: %w", backup, err)
	}
	there, err := filepath.EvalSymlinks(target)
	into := "" // the part of the path that is not there yet
	for errors.Is(err, fs.ErrNotExist) {
		target, into = filepath.Dir(target), filepath.Join(filepath.Base(target), into)
		there, err = filepath.EvalSymlinks(target)
	}
	if err != nil {
		return fmt.Errorf("finding %s: %w", target, err)
	}
	if relative, err := filepath.Rel(from, filepath.Join(there, into)); err == nil && filepath.IsLocal(relative) {
		return fmt.Errorf("%s lies in the backup %s, which must stay as it is: name a folder elsewhere with --data", filepath.Join(there, into), backup)
	}
	return nil
}

func readBackupRecord(dir string) (backupRecord, error) {
	var record backupRecord
	text, err := os.ReadFile(filepath.Join(dir, recordFile))
	if isUnfinishedBackup(dir) {
		return record, fmt.Errorf("%s holds an unfinished backup, which cannot be restored: it has no %s, which is written last; use another backup", dir, recordFile)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return record, fmt.Errorf("%s is no backup: it has no %s; name a folder that zhibiao backup made", dir, recordFile)
	}
	if err != nil {
		return record, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields() // promise 11
	if err := decoder.Decode(&record); err != nil {
		return record, fmt.Errorf("reading %s: %w", filepath.Join(dir, recordFile), err)
	}
	if record.Schema != backupSchema {
		return record, fmt.Errorf("the backup in %s has schema %d, this program knows %d: restore it with zhibiao %s", dir, record.Schema, backupSchema, record.Program)
	}
	sums, err := os.ReadFile(filepath.Join(dir, sumsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return record, fmt.Errorf("the backup in %s is damaged: %s is missing; use another backup", dir, sumsFile)
	}
	if err != nil {
		return record, err
	}
	if pipeline.HashBody(sums) != record.Sums {
		return record, fmt.Errorf("%s is damaged: it is not the list of checksums that %s names", filepath.Join(dir, sumsFile), recordFile)
	}
	return record, nil
}

// copyBack copies every file of the backup to where it belongs, and checks it.
func (c *cli) copyBack(ctx context.Context, dir, to string, record backupRecord) error {
	list, err := os.Open(filepath.Join(dir, sumsFile))
	if err != nil {
		return environment("reading the backup", err)
	}
	defer list.Close()
	show := newProgressLine(c.stderr)
	defer show.end()
	files := 0
	for lines := bufio.NewReader(list); ; files++ {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = copyOneBack(dir, to, strings.TrimSuffix(line, "\n"))
		}
		if err != nil {
			return environment("restoring", err)
		}
		show.say("restored %d of %d files", files+1, record.Files)
	}
	if files != record.Files {
		return environment("restoring", fmt.Errorf("the backup has %s, its record says %d", many(files, "file"), record.Files))
	}
	return nil
}

func copyOneBack(dir, to, line string) error {
	want, path, found := strings.Cut(line, "  ")
	folder, rest, whole := strings.Cut(path, "/")
	if !found || !whole || !filepath.IsLocal(filepath.FromSlash(path)) {
		return fmt.Errorf("%s: %q is not a checksum and a path", sumsFile, line)
	}
	place, known := map[string]string{
		backupArchive: "archive", backupBroker: "broker", backupFolder: "",
		backupWarehouse: filepath.Join("warehouse", "backups", restoredBackup),
	}[folder]
	if !known {
		return fmt.Errorf("%s: %q lies in no folder of a backup", sumsFile, path)
	}
	source := filepath.Join(dir, filepath.FromSlash(path))
	if _, err := os.Lstat(source); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the backup is damaged: %s is missing; use another backup", source)
	}
	sum, _, err := copyFile(source, filepath.Join(to, place, filepath.FromSlash(rest)))
	if err == nil && sum != want {
		err = fmt.Errorf("%s is damaged: its SHA-256 is %s, written down is %s; take another backup", source, sum, want)
	}
	return err
}

// restoreWarehouse lets the engine read its part, and looks whether it has every
// row that the documents' records say.
func (c *cli) restoreWarehouse(ctx context.Context, dir string) (err error) {
	a, err := newRestoringApp(dir, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	bare, err := a.bareWarehouse(ctx)
	if err != nil {
		return err
	}
	if err := bare.RestoreBackup(ctx, restoredBackup); err != nil {
		return environment("restoring the warehouse", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "warehouse", "backups", restoredBackup)); err != nil {
		return environment("clearing the warehouse's backup", err)
	}
	l := &line{app: a}
	if err := l.reconciled(ctx); err != nil {
		return environment("checking the restored warehouse", err)
	}
	return nil
}

// newRestoringApp opens the folder that is being restored, with its own settings.
func newRestoringApp(dir string, c *cli) (*app, error) {
	settings, err := readSettings(dir, c.configFile) // they may be those of another machine
	if err != nil {
		return nil, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	return newApp(dir, settings, c.stderr)
}
