package supplement

import (
	"strings"
)

// Role is what an account may do here.
type Role string

// The roles. A province's officer also is who acts for an admin.
const (
	County   Role = "county"   // enters for its own region
	City     Role = "city"     // comments and returns within its days
	Province Role = "province" // accepts, returns, ends disputes
)

// Actor is who acts. The pages have checked who he is; a Desk checks again what is his
// to do. Account never gets into a document.
type Actor struct {
	Account string // name of the account
	Role    Role
	Region  string // GB/T 2260 code of a county, a prefecture (140700) or a province (140000)
	Address string // network address, for the audit trail only
}

// sees reports whether a county's code is within the actor's region.
func (a Actor) sees(region string) bool {
	if !isRegionCode(a.Region) || !isRegionCode(region) {
		return false
	}
	switch a.Role {
	case County:
		return a.Region == region
	case City:
		return strings.HasSuffix(a.Region, "00") && a.Region[:4] == region[:4]
	case Province:
		return strings.HasSuffix(a.Region, "0000") && a.Region[:2] == region[:2]
	}
	return false
}

// may wants one of the roles, within whose region the county is.
func (a Actor) may(region string, roles ...Role) error {
	for _, r := range roles {
		if a.Role == r && a.sees(region) {
			return nil
		}
	}
	return problem(Forbidden, "您的账号无权办理此事项", "this is not for an account of role "+string(a.Role)+" and region "+a.Region)
}
