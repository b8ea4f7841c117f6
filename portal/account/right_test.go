package account_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/portal/account"
)

// who is an account of each role in Taiyuan, or above it.
func who(role account.Role) account.Account {
	a := account.Account{Name: "someone", Role: role, Region: map[account.Role]string{
		account.County: "140121", account.City: "140100", account.Province: "140000", account.Unit: "140000", account.Analyst: "140000", account.Admin: account.Nation,
	}[role]}
	if role == account.Unit {
		a.Unit = "计量处"
	}
	return a
}

// The whole of who may do what, written down a second time and apart from the code:
// for each right and role the objects out of those of the columns.
func TestWhoMayDoWhatIsAsAgreed(t *testing.T) {
	objects := map[string]account.Object{
		"own county":      {Region: "140121"},
		"other county":    {Region: "140122"}, // of the same city
		"own city":        {Region: "140100"},
		"other city":      {Region: "140200"},
		"county there":    {Region: "140215"},
		"own province":    {Region: "140000"},
		"other province":  {Region: "410000"},
		"county far away": {Region: "410122"},
		"own unit":        {Region: "140000", Unit: "计量处"},
		"other unit":      {Region: "140000", Unit: "认证监管处"},
		"own unit, whole": {Unit: "计量处"},
		"unit far away":   {Region: "410000", Unit: "计量处"},
		"broken":          {Region: "1401"},
	}
	all := func() []string {
		var names []string
		for name := range objects {
			names = append(names, name)
		}
		return names
	}()
	city := []string{"own county", "other county", "own city"}
	province := append([]string{"other city", "county there", "own province", "own unit", "other unit", "own unit, whole"}, city...)
	units := []string{"own unit", "own unit, whole"}
	everybody := map[account.Role][]string{
		account.County: all, account.City: all, account.Province: all, account.Unit: all, account.Analyst: all, account.Admin: all,
	}
	agreed := map[account.Right]map[account.Role][]string{
		account.Work:           everybody,
		account.ReadPublished:  everybody,
		account.Export:         {account.Province: all, account.Analyst: all},
		account.ReadSheet:      {account.County: {"own county"}, account.City: city, account.Province: province},
		account.Enter:          {account.County: {"own county"}},
		account.Comment:        {account.City: city, account.Province: province},
		account.Decide:         {account.Province: province},
		account.ReadWorkbook:   {account.Province: province, account.Unit: units},
		account.File:           {account.Province: province, account.Unit: units},
		account.Tend:           {account.Province: province},
		account.ManageAccounts: {account.Admin: all},
		account.ReadAudit:      {account.Admin: all},
	}
	for _, right := range account.Rights() {
		if agreed[right] == nil {
			t.Errorf("nothing is agreed on %s", right)
		}
		for _, role := range account.Roles() {
			for name, object := range objects {
				if got, want := who(role).May(right, object), slices.Contains(agreed[right][role], name); got != want {
					t.Errorf("%s, %s: %s may: %v, want %v", right, name, role, got, want)
				}
			}
			if got, want := who(role).May(right, account.Object{}), agreed[right][role] != nil; got != want {
				t.Errorf("%s of nothing in particular: %s may: %v, want %v", right, role, got, want)
			}
		}
	}
}

func TestADisabledAccountMayDoNothing(t *testing.T) {
	for _, role := range account.Roles() {
		for _, right := range account.Rights() {
			a := who(role)
			a.Disabled = true
			if a.May(right, account.Object{}) || a.May(right, account.Object{Region: a.Region, Unit: a.Unit}) {
				t.Errorf("a disabled %s may %s", role, right)
			}
		}
	}
}

func TestAnUnknownRoleOrRightMayDoNothing(t *testing.T) {
	for _, right := range account.Rights() {
		if (account.Account{Role: "mayor", Region: account.Nation}).May(right, account.Object{}) {
			t.Errorf("an unknown role may %s", right)
		}
	}
	if who(account.Admin).May("fly", account.Object{}) {
		t.Error("an unknown right is granted")
	}
}

// For any accounts and regions: who reviews never reaches out of his region, and who
// enters reaches only himself.
func TestNoRightOverDataReachesOutOfTheAccountsRegion(t *testing.T) {
	region := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"000000", "140000", "140100", "140121", "140122", "140200", "140215", "410000", "410100", "410122", "14", ""}).Draw(t, "region")
	})
	data := []account.Right{account.ReadSheet, account.Enter, account.Comment, account.Decide, account.ReadWorkbook, account.File, account.Tend}
	rapid.Check(t, func(t *rapid.T) {
		a := account.Account{Role: rapid.SampledFrom(account.Roles()).Draw(t, "role"), Region: region.Draw(t, "own"), Unit: rapid.SampledFrom([]string{"", "计量处"}).Draw(t, "unit")}
		object := account.Object{Region: region.Draw(t, "object"), Unit: rapid.SampledFrom([]string{"", "计量处", "认证监管处"}).Draw(t, "of unit")}
		if object.Region == "" {
			return
		}
		for _, right := range data {
			if a.May(right, object) && !account.Within(object.Region, a.Region) {
				t.Fatalf("%+v may %s %+v", a, right, object)
			}
		}
		if a.May(account.Enter, object) && object.Region != a.Region {
			t.Fatalf("%+v enters for %+v", a, object)
		}
	})
}
