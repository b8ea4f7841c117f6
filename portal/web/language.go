package web

import (
	"context"
	"net/http"
	"time"
)

// Language is a language of the pages.
type Language string

// Languages.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// Text returns the text of the language.
func (l Language) Text(zh, en string) string {
	if l == English {
		return en
	}
	return zh
}

// Tag returns what the language is called in HTML and HTTP.
func (l Language) Tag() string { return l.Text("zh-CN", "en") }

// Lang returns the language of a request: Chinese unless the visitor chose English.
func Lang(ctx context.Context) Language {
	if v := visitOf(ctx); v != nil && v.language == English {
		return English
	}
	return Chinese
}

const (
	languageParameter = "lang"
	languageCookie    = "lang"
)

// chooseLanguage reads the choice of the URL, which the browser then keeps, or of the
// cookie.
func chooseLanguage(w http.ResponseWriter, r *http.Request, secure bool) Language {
	if choice := Language(r.URL.Query().Get(languageParameter)); choice == Chinese || choice == English {
		http.SetCookie(w, &http.Cookie{
			Name: languageCookie, Value: string(choice), Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
			HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
		})
		return choice
	}
	if cookie, err := r.Cookie(languageCookie); err == nil && cookie.Value == string(English) {
		return English
	}
	return Chinese
}
