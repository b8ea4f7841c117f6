package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"zhibiao/pipeline"
)

// Folders of a backup.
const (
	backupArchive   = "archive"
	backupBroker    = "broker"
	backupWarehouse = "warehouse" // as ClickHouse's BACKUP writes it
	backupFolder    = "folder"    // what else stands in the data folder
)

func backupCommand(c *cli) *cobra.Command {
	command := &cobra.Command{
		Use:   "backup DIR",
		Short: "Copy archive, broker and warehouse, as they are at one moment, with checksums",
		Long: `Copy archive, broker with its key-value buckets, warehouse, settings and accounts
into DIR, a new or empty folder. The intake pauses until everything that was
published is loaded and broker and warehouse are copied; the archive, which only
grows, is copied afterwards as it was at that moment. SHA256SUMS names every file:
sha256sum -c SHA256SUMS checks it, and backup.json, written last, says that the
backup is whole. A broker or warehouse that is a server is not in it.`,
		Example: `  zhibiao backup /mnt/backup/2026-11-24`,
		Args:    cobra.ExactArgs(1),
	}
	inFolder := c.inFolder(func(ctx context.Context, _ *cobra.Command, args []string, a *app) error {
		return c.backup(ctx, a, args[0])
	})
	command.RunE = func(cmd *cobra.Command, args []string) error {
		// The serve that may carry this out has another working directory.
		absolute, err := filepath.Abs(args[0])
		if err != nil {
			return environment("finding "+args[0], err)
		}
		c.args = replaced(c.args, args[0], absolute)
		return inFolder(cmd, []string{absolute})
	}
	return command
}

// replaced returns the arguments with the last one that equals old as given.
func replaced(args []string, old, with string) []string {
	changed := append([]string(nil), args...)
	for i := len(changed) - 1; i >= 0; i-- {
		if changed[i] == old {
			changed[i] = with
			break
		}
	}
	return changed
}

func (c *cli) backup(ctx context.Context, a *app, dir string) (err error) {
	started := now()
	if err := checkBackupFolder(a.dir, dir); err != nil {
		return pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	l, done, err := a.useLine(ctx)
	if err != nil {
		return err
	}
	defer done()
	free, err := l.occupy()
	if err != nil {
		return err
	}
	defer free()
	copying, err := newCopying(dir)
	if err != nil {
		return environment("starting the backup", err)
	}
	defer copying.close()
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w; %s holds an unfinished backup: remove it", err, dir)
		}
	}()
	show := newProgressLine(c.stderr)
	defer show.end()
	copying.progress = func() {
		show.say("copied %s, %d MiB", many(copying.record.Files, "file"), copying.record.Bytes>>20)
	}
	b := &backingUp{cli: c, line: l, copying: copying, name: "backup_" + started.UTC().Format("20060102_150405")}
	if err := b.whileQuiet(ctx); err != nil {
		return err
	}
	if err := b.afterwards(ctx); err != nil {
		return err
	}
	record, err := copying.finish(started)
	if err != nil {
		return environment("finishing the backup", err)
	}
	show.end()
	c.printf("backed up %s, %d MiB, to %s in %s\n", many(record.Files, "file"), record.Bytes>>20, dir, now().Sub(started).Round(10*time.Millisecond))
	c.tellLeftOut(a, record)
	return nil
}

func (c *cli) tellLeftOut(a *app, record backupRecord) {
	if record.Broker == external {
		c.printf("the broker is a server and not in the backup: back it up with its own means, and stop all workers before\n")
	}
	if record.Warehouse == external {
		c.printf("the warehouse is a server and not in the backup: zhibiao rebuild makes it again from the archive\n")
	}
	if c.configFile != "" {
		c.printf("the settings file %s does not stand in the data folder and is not in the backup\n", a.settings.path)
	}
}

// checkBackupFolder wants a new or empty folder outside of the data folder.
func checkBackupFolder(data, dir string) error {
	inside, err := filepath.Abs(data)
	if err != nil {
		return fmt.Errorf("finding %s: %w", data, err)
	}
	if relative, err := filepath.Rel(inside, dir); err == nil && relative != ".." && !strings.HasPrefix(relative, "../") {
		return fmt.Errorf("%s lies in the data folder: choose a folder elsewhere, best on another disk", dir)
	}
	if isUnfinishedBackup(dir) {
		return fmt.Errorf("%s holds an unfinished backup, of a process that was stopped or is at work: remove it, or name another folder", dir)
	}
	return checkEmpty(dir, "a backup goes into a new or empty folder")
}

// isUnfinishedBackup reports whether a backup into the folder was begun and has not
// come to its end.
func isUnfinishedBackup(dir string) bool {
	_, begun := os.Stat(filepath.Join(dir, sumsFile))
	_, whole := os.Stat(filepath.Join(dir, recordFile))
	return begun == nil && errors.Is(whole, fs.ErrNotExist)
}

// checkEmpty refuses a folder that holds something.
func checkEmpty(dir, rule string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty (it holds %s): %s", dir, entries[0].Name(), rule)
	}
	return nil
}

// backingUp is a backup under way.
type backingUp struct {
	cli     *cli
	line    *line
	copying *copying
	name    string // of ClickHouse's own backup
}

// whileQuiet copies what changes: broker, warehouse and the small files, and
// notes what the archive holds, while nothing is on its way between them.
func (b *backingUp) whileQuiet(ctx context.Context) error {
	a := b.line.app
	resume, err := b.cli.quiet(ctx, b.line)
	if err != nil {
		return err
	}
	defer resume()
	if err := b.line.sweep(ctx); err != nil { // what is acknowledged needs no copy
		return environment("clearing the streams before the backup", err)
	}
	if a.embedded != nil {
		b.copying.record.Broker = embedded
		err := a.embedded.WhileStopped(ctx, func(dir string) error {
			return b.copying.tree(ctx, dir, backupBroker, func(path string) bool { return path != "lock" })
		})
		if err != nil {
			return environment("copying the broker", err)
		}
	}
	if a.engineRun != nil {
		b.copying.record.Warehouse = embedded
		w, err := a.warehouse(ctx)
		if err != nil {
			return err
		}
		if err := w.Backup(ctx, b.name); err != nil {
			return environment("copying the warehouse", err)
		}
	}
	if err := b.copying.tree(ctx, a.dir, backupFolder, isSmallFile); err != nil {
		return environment("copying settings and accounts", err)
	}
	if err := b.copying.note(ctx, a.archiveDir()); err != nil {
		return environment("listing the archive", err)
	}
	return nil
}

// elsewhere are entries of the data folder that are copied otherwise, or belong
// to the process that has it open.
var elsewhere = map[string]bool{"archive": true, "broker": true, "warehouse": true, "lock": true, "control.sock": true}

func isSmallFile(path string) bool {
	first, _, _ := strings.Cut(path, string(filepath.Separator))
	return !elsewhere[first]
}

// afterwards copies what does not change any more.
func (b *backingUp) afterwards(ctx context.Context) error {
	a := b.line.app
	if a.engineRun != nil {
		folder := filepath.Join(a.dir, "warehouse", "backups", b.name)
		defer os.RemoveAll(folder)
		if err := b.copying.tree(ctx, folder, backupWarehouse, func(string) bool { return true }); err != nil {
			return environment("copying the warehouse", err)
		}
	}
	if err := b.copying.noted(ctx, a.archiveDir(), backupArchive); err != nil {
		return environment("copying the archive", err)
	}
	return nil
}
