// Package web is what all pages have in common: how one is declared, who is let in,
// and the frame that it is shown in.
//
// Pages stand in one table. A Page says under which pattern it answers, which right it
// takes and what a request is about; the guard in front of it needs nothing else, and
// the test of who may do what is made from the same table. A page that does not say
// who may use it keeps the server from starting.
package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"zhibiao/portal/account"
)

// Handler answers a request that the guard let in. An error is shown as a page: a
// *Problem as it says, any other as our fault. It must not have begun its answer then.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Page is one endpoint.
type Page struct {
	Method  string // GET (answers HEAD too) or POST
	Pattern string // as of http.ServeMux, without method or host: /supplement/{region}
	Allow   Rule
	Query   []string // parameters that it takes in its URL beside lang; others are named and refused
	// ChecksQuery says that the handler itself refuses parameters that it does not know.
	ChecksQuery bool
	MaxBody     int64 // bytes of a request's body; 64 KiB
	Menu        *Menu // its entry in the menu; nil for none
	Handler     Handler

	// Example returns a path of the page about an object, for the test of who may do
	// what. Without it {region} and {unit} of the pattern are filled in.
	Example func(account.Object) string
}

// Menu is an entry in the menu, shown to those who have the page's right.
type Menu struct{ ZH, EN string }

// Rule says who may use a page. The zero Rule is no rule.
type Rule struct {
	// Anyone lets in who has not signed in, too.
	Anyone bool
	// OnLoopback lets anyone in where the pages answer this machine only.
	OnLoopback bool
	// Right is what an account must have, over what Object returns.
	Right account.Right
	// Object says what a request is about. Nil: nothing in particular; the page then
	// shows only what lies in the account's own scope. ErrNothing: there is no such
	// thing, which is answered as if it were somebody else's.
	Object func(*http.Request) (account.Object, error)
}

// ErrNothing says that what a request is about is not there.
var ErrNothing = errors.New("there is no such thing")

// InPath finds the region of a request in the pattern's {region} and the unit in its
// {unit}.
func InPath(r *http.Request) (account.Object, error) {
	o := account.Object{Region: r.PathValue("region"), Unit: r.PathValue("unit")}
	if o == (account.Object{}) || o.Region != "" && account.CheckRegion(o.Region) != nil {
		return o, ErrNothing
	}
	return o, nil
}

const defaultMaxBody = 64 << 10

// check says what a page lacks.
func (p Page) check() error {
	problem := func(text string) error { return fmt.Errorf("declaring page %s %s: %s", p.Method, p.Pattern, text) }
	switch {
	case p.Method != http.MethodGet && p.Method != http.MethodPost:
		return problem("the method is GET or POST")
	case !strings.HasPrefix(p.Pattern, "/"):
		return problem("the pattern starts with /")
	case p.Handler == nil:
		return problem("it has no handler")
	case p.Allow.Anyone == (p.Allow.Right != ""):
		return problem("it must say who may use it: anyone, or who has a right")
	case p.Allow.Right != "" && !slices.Contains(account.Rights(), p.Allow.Right):
		return problem(fmt.Sprintf("there is no right %q", p.Allow.Right))
	case p.Allow.Object == nil && (strings.Contains(p.Pattern, "{region}") || strings.Contains(p.Pattern, "{unit}")):
		return problem("it names a region or unit that its rule does not look at")
	case p.Menu != nil && (p.Method != http.MethodGet || strings.ContainsAny(strings.TrimSuffix(p.Pattern, "{$}"), "{}")):
		return problem("only a page that can be opened as it stands is in the menu")
	}
	return nil
}

// path is where a page without wildcards is.
func (p Page) path() string { return strings.TrimSuffix(p.Pattern, "{$}") }

// ExamplePath returns a path of the page about an object.
func (p Page) ExamplePath(o account.Object) string {
	if p.Example != nil {
		return p.Example(o)
	}
	return strings.NewReplacer("{region}", o.Region, "{unit}", o.Unit, "{$}", "").Replace(p.Pattern)
}
