package portal_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"zhibiao/portal"
	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/portaltest"
	"zhibiao/portal/session"
	"zhibiao/portal/signin"
	"zhibiao/portal/web"
)

// somebody makes the requests of the matrix; nil has not signed in.
type somebody struct{ who *account.Account }

func (s *somebody) Account(context.Context) (account.Account, bool, error) {
	if s.who == nil {
		return account.Account{}, false, nil
	}
	return *s.who, true, nil
}

func (*somebody) Keep(context.Context, web.Note)   {}
func (*somebody) Notes(context.Context) []web.Note { return nil }

// accounts are one of each role.
func accounts() []account.Account {
	return []account.Account{
		{Name: "county", Role: account.County, Region: "140121"},
		{Name: "city", Role: account.City, Region: "140100"},
		{Name: "province", Role: account.Province, Region: "140000"},
		{Name: "unit", Role: account.Unit, Region: "140000", Unit: "计量处"},
		{Name: "analyst", Role: account.Analyst, Region: "140000"},
		{Name: "admin", Role: account.Admin, Region: account.Nation},
	}
}

// relations are the regions that lie to an account's as the names say.
func relations(a account.Account) map[string]string {
	switch a.Role {
	case account.County:
		return map[string]string{"own": "140121", "other": "140122", "parent": "140100", "grandparent": "140000", "far": "410122"}
	case account.City:
		return map[string]string{"own": "140100", "other": "140200", "parent": "140000", "child": "140121", "far": "410122"}
	}
	return map[string]string{"own": "140000", "other": "410000", "parent": "000000", "child": "140100", "grandchild": "140121", "far": "410122"}
}

const below = "own child grandchild"

// agreed says, apart from the code, over which relations each role has each right.
var agreed = map[account.Right]map[account.Role]string{
	account.ReadSheet:    {account.County: "own", account.City: below, account.Province: below},
	account.Enter:        {account.County: "own"},
	account.Comment:      {account.City: below, account.Province: below},
	account.Decide:       {account.Province: below},
	account.ReadWorkbook: {account.Province: below, account.Unit: below},
	account.File:         {account.Province: below, account.Unit: below},
	account.Tend:         {account.Province: below},
}

// everywhere are rights that know no region.
var everywhere = map[account.Right][]account.Role{
	account.Work:           account.Roles(),
	account.ReadPublished:  account.Roles(),
	account.Export:         {account.Province, account.Analyst},
	account.ManageAccounts: {account.Admin},
	account.ReadAudit:      {account.Admin},
}

func expected(p web.Page, who *account.Account, relation, unit string) bool {
	switch {
	case p.Allow.Anyone:
		return true
	case who == nil:
		return false
	case slices.Contains(everywhere[p.Allow.Right], who.Role):
		return true
	case p.Allow.Object == nil:
		return agreed[p.Allow.Right][who.Role] != ""
	case who.Role == account.Unit && unit != who.Unit:
		return false
	}
	return slices.Contains(strings.Fields(agreed[p.Allow.Right][who.Role]), relation)
}

// every right over a region and a unit, so that the guard is tried with each, whatever
// pages there are.
func scopedPages() []web.Page {
	var pages []web.Page
	nothing := func(http.ResponseWriter, *http.Request) error { return nil }
	for i, right := range account.Rights() {
		object := "{region}"
		if right == account.ReadWorkbook || right == account.File {
			object = "{region}/{unit}"
		}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			pages = append(pages,
				web.Page{Method: method, Pattern: fmt.Sprintf("/right-%d/of/%s", i, object), Allow: web.Rule{Right: right, Object: web.InPath}, Handler: nothing},
				web.Page{Method: method, Pattern: fmt.Sprintf("/right-%d/own", i), Allow: web.Rule{Right: right}, Handler: nothing})
		}
	}
	return pages
}

func allPages(t *testing.T) []web.Page {
	t.Helper()
	config := portal.Config{Accounts: portaltest.NewBook(), Sessions: portaltest.NewBook(), Audit: audit.NewLog(&portaltest.Trail{}, nil),
		Issuer: signin.NewIssuer(signin.IssuerConfig{})}
	return portal.Pages(config, signin.NewDirectory(config.Accounts, nil), session.New(session.Config{Book: config.Sessions}))
}

// Every page, for every role and nobody, over its own, other, parent and child regions:
// nobody gets in whom the agreement does not let in, and who should does.
func TestEveryPageLetsInWhomItShouldAndNobodyElse(t *testing.T) {
	pages := append(allPages(t), scopedPages()...)
	for i := range pages {
		pages[i].Handler = func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
	}
	visitor := &somebody{}
	site, err := web.New(web.Config{Pages: pages, Sessions: visitor})
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	try := func(p web.Page, who *account.Account, relation string, o account.Object) {
		visitor.who = who
		path := p.ExamplePath(account.Object{Region: o.Region, Unit: url.PathEscape(o.Unit)})
		r := httptest.NewRequestWithContext(t.Context(), p.Method, path, nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		tried++
		if got, want := w.Code == http.StatusNoContent, expected(p, who, relation, o.Unit); got != want {
			name := "nobody"
			if who != nil {
				name = string(who.Role)
			}
			t.Errorf("%s %s (%s) by %s over its %s region %+v: got in %v, want %v (status %d)", p.Method, p.Pattern, p.Allow.Right, name, relation, o, got, want, w.Code)
		}
	}
	for _, p := range pages {
		for _, unit := range []string{"计量处", "认证监管处"} {
			try(p, nil, "any", account.Object{Region: "140121", Unit: unit})
			for _, a := range accounts() {
				for relation, region := range relations(a) {
					try(p, &a, relation, account.Object{Region: region, Unit: unit})
				}
			}
		}
	}
	t.Logf("%d pages, %d requests", len(pages), tried)
}

func TestForcedPathsDoNotLeaveTheScope(t *testing.T) {
	pages := scopedPages()
	for i := range pages {
		pages[i].Handler = func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
	}
	county := accounts()[0]
	site, err := web.New(web.Config{Pages: pages, Sessions: &somebody{&county}})
	if err != nil {
		t.Fatal(err)
	}
	sheet := slices.Index(account.Rights(), account.ReadSheet)
	for _, region := range []string{"140121%00", "140121 ", "140121%2F..%2F140122", "..%2F140122", "1401", "14", "%31%34%30%31%32%32", "１４０１２１", "140121;140122", "", "%"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawPath = fmt.Sprintf("/right-%d/of/%s", sheet, unescaped(region)), fmt.Sprintf("/right-%d/of/%s", sheet, region)
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		if w.Code == http.StatusNoContent {
			t.Errorf("%q was let in", region)
		}
	}
}

func unescaped(text string) string {
	plain, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	return plain
}
