package supplement

import (
	"net/url"
	"strings"

	desk "zhibiao/collectors/supplement"
)

const (
	cellParameter  = "cell"
	taskParameter  = "task"
	savedParameter = "saved" // the draft was saved just now
)

func sheetPath(region string) string { return "/supplement/" + url.PathEscape(region) }

// EntryPath is where an entry with its trail is shown.
func EntryPath(region string, cell desk.Cell) string {
	return sheetPath(region) + "/entry/" + url.PathEscape(cell.String())
}

// EvidencePath is where an attachment is downloaded.
func EvidencePath(region, hash string) string {
	return sheetPath(region) + "/evidence/" + url.PathEscape(hash)
}

// answerPath is the sheet with the box of a cell in it.
func answerPath(region string, cell desk.Cell) string {
	return sheetPath(region) + "?" + url.Values{cellParameter: {cell.String()}}.Encode() + "#form"
}

// examplePath fills the wildcards of a pattern, for the test of who may do what.
func examplePath(pattern, region string) string {
	return strings.NewReplacer("{region}", region, "{at}", "1", "{cell}", "gdp~"+region+"~A~period~2024",
		"{hash}", strings.Repeat("0", 64), "{observation}", strings.Repeat("a", 24), "{id}", "1").Replace(pattern)
}
