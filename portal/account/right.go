package account

import "slices"

// Right is a kind of deed that a page lets an account do.
type Right string

// Rights.
const (
	// Work is what everybody who signed in may do with his own account.
	Work Right = "work"
	// ReadPublished: explorer and trace of what is public.
	ReadPublished Right = "read published"
	// Export: whole tables and views of the warehouse as files.
	Export Right = "export"
	// ReadSheet: a county's supplement sheet, its drafts and entries, with evidence.
	ReadSheet Right = "read sheet"
	// Enter: fill a county's sheet, dispute, attach, submit.
	Enter Right = "enter"
	// Comment: comment on or return a county's entry.
	Comment Right = "comment"
	// Decide: accept or return a county's entry for good, decide on disputes.
	Decide Right = "decide"
	// ReadWorkbook: make and download the workbook of a coordinating unit.
	ReadWorkbook Right = "read workbook"
	// File: hand in a filled workbook of a coordinating unit.
	File Right = "file"
	// Tend: the morning page of the data officer: what came, was held or refused.
	Tend Right = "tend"
	// ManageAccounts: add accounts, give codes, disable.
	ManageAccounts Right = "manage accounts"
	// ReadAudit: the audit trail.
	ReadAudit Right = "read audit"
)

// Rights returns all rights.
func Rights() []Right {
	return []Right{Work, ReadPublished, Export, ReadSheet, Enter, Comment, Decide, ReadWorkbook, File, Tend, ManageAccounts, ReadAudit}
}

// Reach is how far an account gets with a right.
type Reach int

// Reaches, each wider than the one before.
const (
	Nowhere    Reach = iota
	OwnUnit          // cells of its own coordinating unit, in its region
	OwnRegion        // its region itself, nothing in it or around it
	OwnAndDown       // its region and what lies in it
	Everywhere
)

// reaches is who may do what, where. What is not here, nobody may.
var reaches = map[Right]map[Role]Reach{
	Work:           {County: Everywhere, City: Everywhere, Province: Everywhere, Unit: Everywhere, Analyst: Everywhere, Admin: Everywhere},
	ReadPublished:  {County: Everywhere, City: Everywhere, Province: Everywhere, Unit: Everywhere, Analyst: Everywhere, Admin: Everywhere},
	Export:         {Province: Everywhere, Analyst: Everywhere},
	ReadSheet:      {County: OwnRegion, City: OwnAndDown, Province: OwnAndDown},
	Enter:          {County: OwnRegion},
	Comment:        {City: OwnAndDown, Province: OwnAndDown},
	Decide:         {Province: OwnAndDown},
	ReadWorkbook:   {Province: OwnAndDown, Unit: OwnUnit},
	File:           {Province: OwnAndDown, Unit: OwnUnit},
	Tend:           {Province: OwnAndDown},
	ManageAccounts: {Admin: Everywhere},
	ReadAudit:      {Admin: Everywhere},
}

// ReachOf returns how far a role gets with a right.
func ReachOf(right Right, role Role) Reach { return reaches[right][role] }

// Object is what a request is about. The zero Object is nothing in particular: a list
// of the account's own things.
type Object struct {
	Region string // GB/T 2260 code; "" for none in particular
	Unit   string // coordinating unit; "" for none in particular
}

// May reports whether the account may do this to that. About nothing in particular it
// asks only whether the role has the right at all: the page then shows what lies
// within the account's own scope and nothing else.
func (a Account) May(right Right, object Object) bool {
	reach := ReachOf(right, a.Role)
	if reach == Nowhere || a.Disabled {
		return false
	}
	if reach == Everywhere || object == (Object{}) {
		return true
	}
	switch reach {
	case OwnUnit:
		return object.Unit == a.Unit && a.Unit != "" && (object.Region == "" || Within(object.Region, a.Region))
	case OwnRegion:
		return object.Region == a.Region && object.Unit == ""
	case OwnAndDown: // a unit's workbook without a region is about the whole province
		return object.Region == "" && LevelOf(a.Region) == ProvinceLevel || Within(object.Region, a.Region)
	}
	return false
}

// RolesWith returns the roles that have a right somewhere.
func RolesWith(right Right) []Role {
	return slices.DeleteFunc(Roles(), func(r Role) bool { return ReachOf(right, r) == Nowhere })
}
