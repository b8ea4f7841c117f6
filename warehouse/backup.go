package warehouse

import (
	"context"
	"fmt"
	"regexp"
)

var backupName = regexp.MustCompile(`^[A-Za-z0-9_]{1,100}$`)

// Backup writes the whole database, tables and views, into the folder name of the
// place that the server keeps backups in. Nothing may be loaded meanwhile.
func (w *Warehouse) Backup(ctx context.Context, name string) error {
	return w.backup(ctx, "BACKUP DATABASE `"+w.database+"` TO File('%s')", name)
}

// RestoreBackup brings back what Backup wrote, into an empty database.
func (w *Warehouse) RestoreBackup(ctx context.Context, name string) error {
	return w.backup(ctx, "RESTORE DATABASE `"+w.database+"` FROM File('%s')", name)
}

func (w *Warehouse) backup(ctx context.Context, statement, name string) error {
	if !backupName.MatchString(name) {
		return fmt.Errorf("naming a backup: %q is not made of letters, digits and _", name)
	}
	rows, err := w.conn.Query(ctx, fmt.Sprintf(statement, name))
	if err != nil {
		return fmt.Errorf("%s: %w", fmt.Sprintf(statement, name), err)
	}
	defer rows.Close()
	for rows.Next() { // one row with the state, which the end of the statement makes certain
	}
	return rows.Err()
}
