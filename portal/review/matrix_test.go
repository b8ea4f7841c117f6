package review_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zhibiao/portal/account"
	"zhibiao/portal/supplement/supplementtest"
	"zhibiao/portal/web"
)

// agreed says, apart from the code, which roles each page is for.
var agreed = map[string]string{
	"GET /supplement/sheet.css":                       "anyone",
	"GET /supplement":                                 "county city province",
	"GET /supplement/{region}":                        "county city province",
	"GET /supplement/{region}/receipt/{at}":           "county city province",
	"GET /supplement/{region}/entry/{cell}":           "county city province",
	"GET /supplement/{region}/known":                  "county city province",
	"GET /supplement/{region}/own":                    "county city province",
	"GET /supplement/{region}/evidence/{hash}":        "county city province",
	"GET /supplement/{region}/dispute/{observation}":  "county",
	"POST /supplement/{region}":                       "county",
	"POST /supplement/{region}/withdraw":              "county",
	"POST /supplement/{region}/own":                   "county",
	"POST /supplement/{region}/dispute/{observation}": "county",
	"POST /supplement/{region}/drop":                  "county",
	"GET /review":                                     "city province",
	"POST /review":                                    "city province",
	"GET /review/{region}/dispute/{id}":               "province",
	"POST /review/{region}/dispute/{id}":              "province",
}

// Every page of county and review, for every role and nobody, over every kind of
// region.
func TestThePagesLetInWhomTheyShouldAndNobodyElse(t *testing.T) {
	h := supplementtest.Open(t)
	accounts := []*account.Account{nil}
	for role, region := range map[account.Role]string{account.County: "140121", account.City: "140100", account.Province: "140000", account.Unit: "140000", account.Analyst: "140000", account.Admin: account.Nation} {
		accounts = append(accounts, &account.Account{Name: string(role), Role: role, Region: region, Unit: map[bool]string{true: "计量处"}[role == account.Unit]})
	}
	visitor := &somebody{}
	pages := h.Config.More
	for i := range pages {
		pages[i].Handler = func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(http.StatusNoContent); return nil }
	}
	site, err := web.New(web.Config{Pages: pages, Sessions: visitor})
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, p := range pages {
		roles, known := agreed[p.Method+" "+p.Pattern]
		if !known {
			t.Errorf("nobody has agreed who %s %s is for", p.Method, p.Pattern)
		}
		for _, who := range accounts {
			for _, region := range []string{"140121", "140122", "140728", "140100", "140700", "140000", "410122", "410000", "000000", "999999", "x"} {
				visitor.who = who
				r := httptest.NewRequestWithContext(t.Context(), p.Method, p.ExamplePath(account.Object{Region: region}), nil)
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				w := httptest.NewRecorder()
				site.ServeHTTP(w, r)
				tried++
				want := roles == "anyone" || who != nil && strings.Contains(roles, string(who.Role)) && (!strings.Contains(p.Pattern, "{region}") || reaches(who, region))
				if got := w.Code == http.StatusNoContent; got != want {
					t.Errorf("%s %s over %s by %+v: let in %v, want %v (%d)", p.Method, p.Pattern, region, who, got, want, w.Code)
				}
			}
		}
	}
	t.Logf("%d pages, %d requests", len(pages), tried)
}

// reaches is the agreement in plain words.
func reaches(who *account.Account, region string) bool {
	switch who.Role {
	case account.County:
		return region == "140121"
	case account.City:
		return region == "140100" || region == "140121" || region == "140122"
	case account.Province:
		return strings.HasPrefix(region, "14")
	}
	return false
}

// somebody is the visitor of a request; nil has not signed in.
type somebody struct{ who *account.Account }

func (s *somebody) Account(context.Context) (account.Account, bool, error) {
	if s.who == nil {
		return account.Account{}, false, nil
	}
	return *s.who, true, nil
}

func (*somebody) Keep(context.Context, web.Note)   {}
func (*somebody) Notes(context.Context) []web.Note { return nil }
