package filing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Names of the folders in a watched folder.
const (
	doneFolder     = "done"     // what was taken, at least in part
	returnedFolder = "returned" // what was not
)

// Outcome is what became of a file of a watched folder.
type Outcome struct {
	Taken  bool
	Report string // lines for the person who put it there
	Marked []byte // copy with what was found marked, nil for none
}

// Folder is a folder into which people put workbooks. A file is taken once its size
// and time have stood still between two looks, and is then moved, so that a killed
// process takes it once more and not twice: filing the same bytes again changes
// nothing (promise 3).
type Folder struct {
	Dir   string
	Every time.Duration // between two looks
	// Accept files the workbook of a name. An error leaves the file where it is, to be
	// tried again: it is ours (promise 5).
	Accept func(ctx context.Context, name string, body []byte) (Outcome, error)
	// Failed is told of an error of Accept or of the folder itself.
	Failed func(err error)

	seen map[string]stamp
}

// stamp is what of a file must stand still.
type stamp struct {
	size int64
	at   time.Time
}

// Watch looks into the folder until ctx ends; it then returns nil.
func (f *Folder) Watch(ctx context.Context) error {
	ticker := time.NewTicker(f.Every)
	defer ticker.Stop()
	for {
		if err := f.Look(ctx); err != nil && ctx.Err() == nil {
			f.Failed(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Look looks into the folder once: it takes what stands still since the look before.
func (f *Folder) Look(ctx context.Context) error {
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return fmt.Errorf("looking into the watched folder: %w", err)
	}
	now := map[string]stamp{}
	var problems []error
	for _, entry := range entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		name := entry.Name()
		if !entry.Type().IsRegular() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || isPartial(name) {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // taken away meanwhile
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		now[name] = stamp{info.Size(), info.ModTime()}
		if before, ok := f.seen[name]; !ok || before != now[name] {
			continue
		}
		if err := f.take(ctx, name); err != nil {
			problems = append(problems, fmt.Errorf("taking %s from the watched folder: %w", name, err))
			continue
		}
		delete(now, name)
	}
	f.seen = now
	return errors.Join(problems...)
}

// isPartial reports whether a name is that of a file that a program is still writing.
func isPartial(name string) bool {
	return slices.Contains([]string{".part", ".partial", ".crdownload", ".tmp", ".download"}, strings.ToLower(filepath.Ext(name)))
}

func (f *Folder) take(ctx context.Context, name string) error {
	file, err := os.OpenInRoot(f.Dir, name) // follows no link out of the folder
	if err != nil {
		return err
	}
	body, err := ReadUpload(file)
	closed := file.Close()
	var outcome Outcome
	switch {
	case errors.Is(err, ErrTooLarge):
		outcome.Report = ErrTooLarge.Error() + "\n"
	case err != nil || closed != nil:
		return errors.Join(err, closed)
	default:
		if outcome, err = f.Accept(ctx, name, body); err != nil {
			return err
		}
	}
	return f.put(name, outcome)
}

// put moves a file to where it belongs, with the report and the marked copy beside it.
func (f *Folder) put(name string, o Outcome) error {
	folder := filepath.Join(f.Dir, returnedFolder)
	if o.Taken {
		folder = filepath.Join(f.Dir, doneFolder)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	extension := filepath.Ext(name)
	base := freeName(folder, strings.TrimSuffix(name, extension), extension)
	if err := os.WriteFile(filepath.Join(folder, base+".回执.txt"), []byte(o.Report), 0o600); err != nil {
		return err
	}
	if o.Marked != nil {
		if err := os.WriteFile(filepath.Join(folder, MarkedName(base+extension)), o.Marked, 0o600); err != nil {
			return err
		}
	}
	return os.Rename(filepath.Join(f.Dir, name), filepath.Join(folder, base+extension)) // last: until then it is taken again
}

// freeName is a name that no file of the folder has yet.
func freeName(folder, base, extension string) string {
	for n := 1; ; n++ {
		candidate := base
		if n > 1 {
			candidate = fmt.Sprintf("%s-%d", base, n)
		}
		if _, err := os.Lstat(filepath.Join(folder, candidate+extension)); errors.Is(err, fs.ErrNotExist) {
			return candidate
		}
	}
}

// MarkedName is what the marked copy of a file is called.
func MarkedName(name string) string {
	return strings.TrimSuffix(name, filepath.Ext(name)) + ".已标注.xlsx"
}
