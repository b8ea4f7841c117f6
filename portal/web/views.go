package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"zhibiao/portal/account"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed static
var static embed.FS

var ownViews = MustViews(Sub(templates, "templates"))

// Sub returns a folder of embedded files. It panics where there is no such folder.
func Sub(files embed.FS, dir string) fs.FS {
	inner, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the folder is embedded
	}
	return inner
}

// Views are the templates of some pages, each in the site's frame.
//
// A file of them defines "title" and "main". Their dot is a Frame; {{t "中文" "English"}}
// gives the text of the visitor's language.
type Views struct {
	byLanguage map[Language]map[string]*template.Template
}

// MustViews parses the *.html of a folder. A template that does not parse panics: it is
// part of the program.
func MustViews(files fs.FS) *Views {
	views, err := parseViews(files)
	if err != nil {
		panic(err)
	}
	return views
}

const layoutFile = "layout.html"

func parseViews(files fs.FS) (*Views, error) {
	names, err := fs.Glob(files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("listing templates: %w", err)
	}
	views := &Views{byLanguage: map[Language]map[string]*template.Template{}}
	for _, language := range []Language{Chinese, English} {
		views.byLanguage[language] = map[string]*template.Template{}
		for _, name := range names {
			if name == layoutFile {
				continue
			}
			parsed, err := template.New(layoutFile).Option("missingkey=error").
				Funcs(template.FuncMap{"t": language.Text, "roleName": roleName(language)}).ParseFS(templates, "templates/"+layoutFile)
			if err == nil {
				parsed, err = parsed.ParseFS(files, name)
			}
			if err != nil {
				return nil, fmt.Errorf("parsing template %s: %w", name, err)
			}
			views.byLanguage[language][name] = parsed
		}
	}
	return views, nil
}

func roleName(language Language) func(account.Role) string {
	return func(r account.Role) string { return language.Text(r.Names()) }
}

// Frame is what a template sees.
type Frame struct {
	Lang       Language
	Account    *account.Account // nil for somebody who has not signed in
	Menu       []MenuEntry
	Notes      []Note
	Path       string // of the request, with its parameters but for lang
	OtherLang  string // the same page in the other language
	StylesPath string
	Data       any // the page's own
}

// MenuEntry is a page that the visitor may open.
type MenuEntry struct {
	Path, Name string
	Here       bool
}

// Show answers with a page: the template named, with data as its .Data. Nothing is
// sent if it fails.
func (v *Views) Show(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	language := Lang(r.Context())
	parsed := v.byLanguage[language][name]
	if parsed == nil {
		return fmt.Errorf("showing a page: there is no template %s", name)
	}
	var page bytes.Buffer
	if err := parsed.Execute(&page, newFrame(r, language, data)); err != nil {
		return fmt.Errorf("showing %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", language.Tag())
	w.Header().Add("Vary", "Cookie")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // the visitor is gone; there is nobody to tell
	return nil
}

func newFrame(r *http.Request, language Language, data any) Frame {
	f := Frame{Lang: language, Data: data, StylesPath: stylesPath, Path: r.URL.Path}
	other := r.URL.Query()
	other.Set(languageParameter, string(Language(language.Text(string(English), string(Chinese)))))
	f.OtherLang = "/" + strings.TrimLeft(r.URL.EscapedPath(), "/") + "?" + other.Encode() // a path of this site, never //host
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		f.OtherLang = "" // what was sent is not sent twice
	}
	a, ok := account.From(r.Context())
	if ok {
		f.Account = &a
	}
	if visit := visitOf(r.Context()); visit != nil {
		f.Notes = visit.site.config.Sessions.Notes(r.Context())
		for _, p := range visit.site.menu {
			if ok && p.Allow.Right != "" && a.May(p.Allow.Right, account.Object{}) {
				f.Menu = append(f.Menu, MenuEntry{Path: p.path(), Name: language.Text(p.Menu.ZH, p.Menu.EN), Here: p.path() == r.URL.Path})
			}
		}
	}
	return f
}

// Tell puts a note by for the next page that the visitor sees.
func Tell(ctx context.Context, note Note) {
	if v := visitOf(ctx); v != nil {
		v.site.config.Sessions.Keep(ctx, note)
	}
}

// SeeOther sends the visitor to another page of the site, as after a form.
func SeeOther(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, LocalPath(to), http.StatusSeeOther)
	return nil
}

const stylesFile = "zhibiao.css"

// stylesPath changes with the content, so that browsers may keep the file.
var stylesPath = func() string {
	content, err := static.ReadFile("static/" + stylesFile)
	if err != nil {
		panic(err) // it is embedded
	}
	sum := sha256.Sum256(content)
	return "/static/" + stylesFile + "?v=" + hex.EncodeToString(sum[:6])
}()

// contentTypes are the files that browsers load beside a page.
var contentTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func staticPage() Page {
	return Page{
		Method: http.MethodGet, Pattern: "/static/{file}", Allow: Rule{Anyone: true}, Query: []string{"v"},
		Example: func(account.Object) string { return stylesPath },
		Handler: func(w http.ResponseWriter, r *http.Request) error {
			name := r.PathValue("file")
			content, err := static.ReadFile("static/" + name) // a name with a slash or dots is none
			kind, known := contentTypes[path.Ext(name)]
			if err != nil || !known {
				return errNotYours
			}
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			_, _ = w.Write(content)
			return nil
		},
	}
}
