package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// LoginPath is where people sign in; it takes the path to go on to as parameter to.
const LoginPath = "/login"

// unsent is a form that came from somebody whose session had ended meanwhile: what he
// typed is given back to him, to be sent again once he has signed in.
type unsent struct {
	Action string
	Fields []field
}

type field struct{ Name, Value string }

// askToSignIn sends somebody to sign in and then back to where he wanted to go.
func (s *Site) askToSignIn(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		http.Redirect(w, r, LoginPath+"?to="+url.QueryEscape(LocalPath(r.URL.RequestURI())), http.StatusSeeOther)
		return nil
	}
	u, ok := unsentForm(w, r)
	if !ok {
		http.Redirect(w, r, LoginPath+"?to=%2F", http.StatusSeeOther)
		return nil
	}
	return s.frame.Show(w, r, http.StatusUnauthorized, "resume.html", u)
}

// unsentForm reads what was typed into a form. Uploads and passwords are not given
// back.
func unsentForm(w http.ResponseWriter, r *http.Request) (unsent, bool) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return unsent{}, false
	}
	r.Body = http.MaxBytesReader(w, r.Body, defaultMaxBody)
	if err := r.ParseForm(); err != nil || r.PostForm.Has("password") {
		return unsent{}, false
	}
	u := unsent{Action: LocalPath(r.URL.RequestURI())}
	for name, values := range r.PostForm {
		for _, value := range values {
			u.Fields = append(u.Fields, field{name, value})
		}
	}
	slices.SortStableFunc(u.Fields, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return u, len(u.Fields) > 0
}
