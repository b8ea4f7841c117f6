package warehouse

import (
	"errors"
	"regexp"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// IsRefusal reports whether the server understood a statement and refused it:
// the statement is at fault, not the way to the server.
func IsRefusal(err error) bool {
	var exception *clickhouse.Exception
	return errors.As(err, &exception)
}

// What stands in a server's message for its developers: where the message came from,
// what else the grammar knows, the plan's names, the version, the stack.
var (
	complaintOrigin = regexp.MustCompile(`(Code: \d+\. )?DB::Exception: `)
	complaintTail   = regexp.MustCompile(`(?s)(\. Expected one of: |\s*Stack trace:|: ?while executing 'FUNCTION).*`)
	complaintMarks  = regexp.MustCompile(`(\.?\s*\((version ([^()]|\([^()]*\))*|[A-Z][A-Z0-9_]+)\))*\.?\s*$`)
)

// mostComplaint bounds a complaint, in characters: a server repeats long statements.
const mostComplaint = 400

// Complaint says in one line what a server that refused a statement found wrong, and
// where: its message without what is for its developers, and the name of the error in
// brackets, to look it up. ok is false for every other error.
func Complaint(err error) (text string, ok bool) {
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) {
		return "", false
	}
	text = complaintOrigin.ReplaceAllString(exception.Message, "")
	name := exception.Name
	if marks := errorName.FindAllStringSubmatch(complaintMarks.FindString(text), -1); len(marks) > 0 {
		name = marks[len(marks)-1][1]
	}
	text = complaintMarks.ReplaceAllString(text, "")
	text = complaintTail.ReplaceAllString(text, "")
	text = strings.TrimRight(strings.Join(strings.Fields(text), " "), ". ")
	if characters := []rune(text); len(characters) > mostComplaint {
		text = string(characters[:mostComplaint]) + "…"
	}
	if errorName.MatchString("(" + name + ")") {
		text += " (" + name + ")"
	}
	return text, true
}

var errorName = regexp.MustCompile(`\(([A-Z][A-Z0-9_]+)\)`)
