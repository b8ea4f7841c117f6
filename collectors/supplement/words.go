package supplement

import "fmt"

// Words is a text for people in both languages.
type Words struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// ProblemKind says what kind of problem keeps a person from what he asked for.
type ProblemKind string

// The kinds of problems.
const (
	Invalid   ProblemKind = "invalid"    // what was typed cannot be taken
	Stale     ProblemKind = "stale"      // somebody else was first: look again
	Forbidden ProblemKind = "forbidden"  // not this account's to do
	NotThere  ProblemKind = "not_there"  // there is no such thing
	TooLate   ProblemKind = "too_late"   // the time for it is over
	TooLarge  ProblemKind = "too_large"  // a limit is passed
	NotOpen   ProblemKind = "not_open"   // it is not in a state in which this can be done
	Personal  ProblemKind = "personal"   // it holds personal data
	NotAsked  ProblemKind = "not_asked"  // nobody needs this from the county
	WrongType ProblemKind = "wrong_type" // a file of another kind than allowed
)

// Problem is a person's problem: what, where and what to do, in both languages. Any
// other error of a Desk is an outage: nothing is known, and the person tries again.
type Problem struct {
	Kind  ProblemKind
	Words Words
	Cell  string // form of the cell that it is about, "" for none
}

func (p *Problem) Error() string {
	if p.Cell != "" {
		return fmt.Sprintf("%s: %s", p.Cell, p.Words.EN)
	}
	return p.Words.EN
}

func problem(kind ProblemKind, zh, en string) *Problem {
	return &Problem{Kind: kind, Words: Words{zh, en}}
}

func (p *Problem) at(cell Cell) *Problem {
	p.Cell = cell.String()
	return p
}
