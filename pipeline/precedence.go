package pipeline

// PrecedenceRule says which sources are believed first where two of equal status
// print different values of one number. For an indicator and a period the newest
// rule in effect decides alone, so that a later rule replaces an earlier one
// without rewriting what was answered before.
type PrecedenceRule struct {
	Name       string
	Indicators []string // codes of the catalogue
	// From and To bound the last day of the periods that the rule applies to.
	From, To Date
	// Effective is the first day (midnight UTC) on which the rule decides.
	Effective Date
	Sources   []string // names of sources, the most believed first; others come after them
	Reason    string   // for people
}
