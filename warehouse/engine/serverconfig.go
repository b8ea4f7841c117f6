package engine

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
)

// serverConfig is what the engine takes from a file only. The settings of
// MergeTree are without effect as arguments.
type serverConfig struct {
	XMLName   xml.Name  `xml:"clickhouse"`
	UserFiles string    `xml:"user_files_path"`
	Backups   string    `xml:"backups>allowed_path"`
	Console   int       `xml:"logger>console"`
	MergeTree mergeTree `xml:"merge_tree"`
}

// mergeTree are the defaults of tables.
type mergeTree struct {
	durability
	// MinBytesForWidePart is the size from which a part has files of its own for
	// each column. A batch of the loader is smaller, so it is made durable with a
	// few fsyncs and not with two for each of its columns.
	MinBytesForWidePart uint64 `xml:"min_bytes_for_wide_part"`
	// MinFreeToInsert is the space on the disk without which an INSERT is refused. On
	// a disk that fills up under it the engine answers with an error and still leaves
	// a part whose marks are empty, and then no row of the table can be read.
	MinFreeToInsert uint64 `xml:"min_free_disk_bytes_to_perform_insert"`
}

// durability are the four settings without which a power failure leaves a data
// folder that does not open. Together they keep every answered INSERT.
type durability struct {
	FsyncAfterInsert                    int `xml:"fsync_after_insert"`
	FsyncPartDirectory                  int `xml:"fsync_part_directory"`
	MinRowsToFsyncAfterMerge            int `xml:"min_rows_to_fsync_after_merge"`
	MinCompressedBytesToFsyncAfterMerge int `xml:"min_compressed_bytes_to_fsync_after_merge"`
}

// writeServerConfig writes the file anew for each start and answers with its
// path.
func writeServerConfig(config Config) (string, error) {
	content, err := xml.MarshalIndent(serverConfig{
		UserFiles: filepath.Join(config.Dir, "files") + "/",
		Backups:   filepath.Join(config.Dir, "backups") + "/",
		MergeTree: mergeTree{durability: durability{1, 1, 1, 1}, MinBytesForWidePart: 64 << 20, MinFreeToInsert: 64 << 20}, // promise 7
	}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("writing the engine's configuration: %w", err)
	}
	file := filepath.Join(config.Dir, "engine.xml")
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, content) {
		return file, nil
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return "", fmt.Errorf("writing the engine's configuration: %w", err)
	}
	return file, nil
}
