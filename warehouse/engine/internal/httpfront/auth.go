package httpfront

import (
	"net/http"

	"zhibiao/warehouse/engine/internal/session"
)

// authenticate finds the account of a request. Every request needs one; the
// three ways to give it are those of ClickHouse and exclude each other.
func (f *Front) authenticate(r *http.Request) (string, error) {
	parameters := r.URL.Query()
	basicName, basicPassword, basic := r.BasicAuth()
	headers := r.Header.Get("X-ClickHouse-User") != "" || r.Header.Get("X-ClickHouse-Key") != ""
	inURL := parameters.Has("user") || parameters.Has("password")

	ways := 0
	for _, used := range []bool{basic, headers, inURL} {
		if used {
			ways++
		}
	}
	var name, password string
	switch {
	case ways == 0:
		return "", session.Exception(194, "REQUIRED_PASSWORD", "a user and a password are needed: they are in accounts.json of the data folder")
	case ways > 1:
		return "", session.Exception(516, "AUTHENTICATION_FAILED", "the user is given in several ways at once; use one of basic authentication, the X-ClickHouse-User and X-ClickHouse-Key headers, and the URL")
	case basic:
		name, password = basicName, basicPassword
	case headers:
		name, password = r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key")
	default:
		name, password = parameters.Get("user"), parameters.Get("password")
	}
	if !f.config.Accounts.Check(name, password) {
		return "", session.Exception(516, "AUTHENTICATION_FAILED", "the password is wrong, or there is no such user")
	}
	return name, nil
}
