package statsite

import (
	"embed"
	"io/fs"
)

//go:embed sources/*.yaml
var sourceFiles embed.FS

// SourceFiles returns the source files of the zero Config's world, under
// sources/, in the form of package configs.
func SourceFiles() fs.FS { return sourceFiles }
