package account

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what an account is for.
type Role string

// Roles.
const (
	County   Role = "county"   // county staff: supplement
	City     Role = "city"     // city reviewers: comment and return
	Province Role = "province" // provincial bureau: review, file, look after the data
	Unit     Role = "unit"     // coordinating unit: fills its own workbook
	Analyst  Role = "analyst"  // reads and exports
	Admin    Role = "admin"    // keeps the accounts, sees the audit trail, decides on no data
)

// Roles returns all roles, from the county up.
func Roles() []Role { return []Role{County, City, Province, Unit, Analyst, Admin} }

// ParseRole reads the name of a role.
func ParseRole(name string) (Role, error) {
	if r := Role(name); slices.Contains(Roles(), r) {
		return r, nil
	}
	names := make([]string, 0, len(Roles()))
	for _, r := range Roles() {
		names = append(names, string(r))
	}
	return "", fmt.Errorf("reading role %q: choose from %s", name, strings.Join(names, ", "))
}

// NeedsSecondFactor reports whether the role signs in with a one-time password of an
// authenticator beside its own: those who decide for others.
func (r Role) NeedsSecondFactor() bool { return r == Admin || r == Province }

// Names returns what people call the role.
func (r Role) Names() (zh, en string) {
	switch r {
	case County:
		return "县级填报", "county"
	case City:
		return "市级审核", "city reviewer"
	case Province:
		return "省局", "provincial bureau"
	case Unit:
		return "统筹单位", "coordinating unit"
	case Analyst:
		return "分析人员", "analyst"
	case Admin:
		return "管理员", "administrator"
	}
	return string(r), string(r)
}
