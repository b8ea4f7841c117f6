package httpfront

import (
	"strings"
)

// format says how chunks of a result in one format join.
type format struct {
	contentType string
	// joins is true when chunks can follow each other. Others, such as JSON and
	// Parquet, have a frame around the whole and are held in memory.
	joins bool
	// headerLines is the number of lines at the start of each chunk that only the
	// first one may keep.
	headerLines int
	// quotes is true when a line break inside double quotes is no end of a line.
	quotes bool
}

const (
	tsv   = "text/tab-separated-values; charset=UTF-8"
	csv   = "text/csv; charset=UTF-8; header=absent"
	csvh  = "text/csv; charset=UTF-8; header=present"
	json  = "application/json; charset=UTF-8"
	lines = "application/x-ndjson; charset=UTF-8"
	bin   = "application/octet-stream"
	plain = "text/plain; charset=UTF-8"
)

// formats by lower-case name, for ClickHouse finds them in any case.
var formats = map[string]format{
	"native":                              {bin, true, 0, false},
	"rowbinary":                           {bin, true, 0, false},
	"msgpack":                             {bin, true, 0, false},
	"null":                                {plain, true, 0, false},
	"tabseparated":                        {tsv, true, 0, false},
	"tsv":                                 {tsv, true, 0, false},
	"tabseparatedraw":                     {tsv, true, 0, false},
	"tsvraw":                              {tsv, true, 0, false},
	"tabseparatedwithnames":               {tsv, true, 1, false},
	"tsvwithnames":                        {tsv, true, 1, false},
	"tabseparatedwithnamesandtypes":       {tsv, true, 2, false},
	"tsvwithnamesandtypes":                {tsv, true, 2, false},
	"csv":                                 {csv, true, 0, false},
	"csvwithnames":                        {csvh, true, 1, true},
	"csvwithnamesandtypes":                {csvh, true, 2, true},
	"jsoneachrow":                         {lines, true, 0, false},
	"jsonlines":                           {lines, true, 0, false},
	"ndjson":                              {lines, true, 0, false},
	"jsonstringseachrow":                  {lines, true, 0, false},
	"jsoncompacteachrow":                  {lines, true, 0, false},
	"jsoncompactstringseachrow":           {lines, true, 0, false},
	"jsoncompacteachrowwithnames":         {lines, true, 1, false},
	"jsoncompacteachrowwithnamesandtypes": {lines, true, 2, false},
	"tskv":                                {tsv, true, 0, false},
	"lineasstring":                        {plain, true, 0, false},
	"json":                                {json, false, 0, false},
	"jsoncompact":                         {json, false, 0, false},
	"jsonstrings":                         {json, false, 0, false},
	"parquet":                             {bin, false, 0, false},
	"arrow":                               {bin, false, 0, false},
	"arrowstream":                         {"application/vnd.apache.arrow.stream", false, 0, false},
	"xml":                                 {"application/xml; charset=UTF-8", false, 0, false},
}

func formatOf(in *incoming) format {
	found, ok := formats[strings.ToLower(in.format)]
	if !ok {
		return format{contentType: plain}
	}
	if enabled(in.settings["output_format_json_array_of_rows"]) && found.contentType == lines {
		found.joins = false
	}
	return found
}

// withoutHeader cuts the header lines from a chunk that is not the first.
func (f format) withoutHeader(chunk []byte) []byte {
	for range f.headerLines {
		quoted, cut := false, len(chunk)
		for at, c := range chunk {
			if c == '"' && f.quotes {
				quoted = !quoted
			} else if c == '\n' && !quoted {
				cut = at + 1
				break
			}
		}
		chunk = chunk[cut:]
	}
	return chunk
}
