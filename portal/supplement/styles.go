package supplement

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"

	"zhibiao/portal/account"
	"zhibiao/portal/web"
)

//go:embed sheet.css
var styles []byte

// stylesPath changes with the content, so that browsers may keep the file.
var stylesPath = func() string {
	sum := sha256.Sum256(styles)
	return "/supplement/sheet.css?v=" + hex.EncodeToString(sum[:6])
}()

// stylesPage has the styles of the sheet's rows.
func stylesPage() web.Page {
	return web.Page{Pattern: "/supplement/sheet.css", Allow: web.Rule{Anyone: true}, Query: []string{"v"},
		Example: func(account.Object) string { return stylesPath },
		Handler: func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "text/css; charset=utf-8")
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			_, _ = w.Write(styles) // the visitor is gone; there is nobody to tell
			return nil
		}}
}
