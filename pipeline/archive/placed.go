package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"zhibiao/pipeline"
)

// Place marks a version as put on top of its lineage. Metadata alone do not say
// so: a process may die, or lose the race for the lineage's head, between writing
// them and advancing the head, and then that version was never published. Each
// placed version has one placed predecessor at most, so the marks and the metadata
// give every lineage in its order, and its head, without the broker.
func (a *Archive) Place(ctx context.Context, version string) error {
	if !versionName.MatchString(version) {
		return fmt.Errorf("placing a version: %w", pipeline.Permanent(fmt.Errorf("%q is not the id of a document version", version)))
	}
	path := filepath.Join(a.dir, placedFolder, version)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := writeFile(ctx, path, nil, false); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("placing version %s: %w", version, err)
	}
	return nil
}

// Placed calls visit with every placed version, in no order, without holding them
// all.
func (a *Archive) Placed(ctx context.Context, visit func(version string) error) error {
	const page = 1000
	folder, err := os.Open(filepath.Join(a.dir, placedFolder))
	if err != nil {
		return fmt.Errorf("listing the placed versions: %w", err)
	}
	defer folder.Close()
	for {
		names, err := folder.Readdirnames(page)
		for _, name := range names {
			if !versionName.MatchString(name) {
				continue // a temporary file
			}
			if err := visit(name); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("listing the placed versions: %w", err)
		}
	}
}
