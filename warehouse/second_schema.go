package warehouse

import (
	"io/fs"
	"regexp"
	"slices"

	"zhibiao/warehouse/schema"
)

// derivedFiles are the migrations of the derived tables, and of what materialised
// views make of them: all that a second database needs. Views and dimensions stay
// with the warehouse.
func derivedFiles(files fs.ReadDirFS) (fs.FS, error) {
	all, err := readMigrations(files)
	if err != nil {
		return nil, err
	}
	names := append(slices.Clone(derivedTables), loaderTables...)
	for _, m := range all {
		if target := viewTargetOf(m.statement); target != "" {
			names = append(names, target)
		}
	}
	chosen := chosenFiles{ReadDirFS: files, names: map[string]bool{}}
	for _, m := range all {
		shapes := m.statement.Kind == schema.Table || m.statement.Kind == schema.Alter
		if shapes && slices.Contains(names, m.statement.Name) || m.statement.Kind == schema.MaterializedView {
			chosen.names[m.Name] = true
		}
	}
	return chosen, nil
}

var targetClause = regexp.MustCompile("(?i)\\sTO\\s+`?(\\w+)")

// viewTargetOf is the table that a materialised view fills.
func viewTargetOf(s schema.Statement) string {
	if s.Kind != schema.MaterializedView {
		return ""
	}
	if found := targetClause.FindStringSubmatch(s.Text); found != nil {
		return found[1]
	}
	return ""
}

// chosenFiles shows some of the files of a folder.
type chosenFiles struct {
	fs.ReadDirFS
	names map[string]bool
}

// ReadDir lists the chosen files.
func (c chosenFiles) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := c.ReadDirFS.ReadDir(name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() && !c.names[e.Name()] }), err
}
