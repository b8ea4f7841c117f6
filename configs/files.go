package configs

import (
	"cmp"
	"embed"
	"errors"
	"io/fs"
	"slices"
)

//go:embed *.csv *.yaml sources
var files embed.FS

// Default returns the files that the command is built with.
func Default() fs.FS { return files }

// Overlay returns base with the files of over added, or put in place of base's
// files of the same name.
func Overlay(base, over fs.FS) fs.FS { return overlay{base, over} }

type overlay struct{ base, over fs.FS }

// Open opens a file of over, or else of base; a folder is both.
func (o overlay) Open(name string) (fs.File, error) {
	file, err := o.over.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return o.base.Open(name)
	}
	return file, err
}

// ReadDir lists a folder of both, each name once, sorted.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	above, errAbove := fs.ReadDir(o.over, name)
	if errAbove != nil && !errors.Is(errAbove, fs.ErrNotExist) {
		return nil, errAbove
	}
	below, errBelow := fs.ReadDir(o.base, name)
	if errAbove != nil && errBelow != nil {
		return nil, errBelow
	}
	all := slices.Concat(above, below)
	slices.SortStableFunc(all, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return slices.CompactFunc(all, func(a, b fs.DirEntry) bool { return a.Name() == b.Name() }), nil
}
