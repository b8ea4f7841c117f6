package account_test

import (
	"strings"
	"testing"

	"zhibiao/portal/account"
)

func TestAccountsAreCheckedBeforeTheyAreAdded(t *testing.T) {
	good := account.Account{Name: "qingxu-1", Display: "清徐县市场监管局", Role: account.County, Region: "140121"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*account.Account)
		want   string
	}{
		"no name":                     {func(a *account.Account) { a.Name = "" }, "account name"},
		"a name with a dot":           {func(a *account.Account) { a.Name = "a.b" }, "account name"},
		"a name with a wildcard":      {func(a *account.Account) { a.Name = "a*" }, "account name"},
		"a name in capitals":          {func(a *account.Account) { a.Name = "Admin" }, "account name"},
		"a long name":                 {func(a *account.Account) { a.Name = strings.Repeat("a", 41) }, "account name"},
		"an unknown role":             {func(a *account.Account) { a.Role = "mayor" }, "role"},
		"no region":                   {func(a *account.Account) { a.Region = "" }, "region"},
		"a county of a city's region": {func(a *account.Account) { a.Region = "140100" }, "does not fit"},
		"a city of a county's region": {func(a *account.Account) { a.Role = account.City }, "does not fit"},
		"a province of the nation":    {func(a *account.Account) { a.Role, a.Region = account.Province, account.Nation }, "does not fit"},
		"a unit without one":          {func(a *account.Account) { a.Role, a.Region = account.Unit, "140000" }, "unit"},
		"a county with a unit":        {func(a *account.Account) { a.Unit = "计量处" }, "unit"},
		"a display with a line break": {func(a *account.Account) { a.Display = "a\nb" }, "display"},
	} {
		a := good
		c.change(&a)
		if err := a.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestTheContextKnowsTheAccount(t *testing.T) {
	if _, ok := account.From(t.Context()); ok {
		t.Error("nobody has signed in")
	}
	if a, ok := account.From(account.With(t.Context(), account.Account{Name: "a1"})); !ok || a.Name != "a1" {
		t.Errorf("got %v, %v", a, ok)
	}
}
