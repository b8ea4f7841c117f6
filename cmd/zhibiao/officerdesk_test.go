package main

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	"zhibiao/portal/web"
)

// officerDesk is a filing desk with the pages of the data officer in front, and one
// visitor at a time, who has signed in already.
type officerDesk struct {
	*filingDesk
	trail *audit.Log
	site  http.Handler

	mu    sync.Mutex
	who   account.Account
	notes []web.Note
}

var (
	officer  = account.Account{Name: "officer", Display: "省局数据员", Role: account.Province, Region: "140000"}
	division = account.Account{Name: "division", Display: formUnit, Role: account.Unit, Region: "140000", Unit: formUnit}
	others   = account.Account{Name: "metrology", Role: account.Unit, Region: "140000", Unit: "计量处"}
	analyst  = account.Account{Name: "analyst", Role: account.Analyst, Region: "140000"}
	clerk    = account.Account{Name: "clerk", Role: account.County, Region: "140121"}
	stranger = account.Account{Name: "stranger", Role: account.County, Region: "140728"}
)

func (d *officerDesk) Account(context.Context) (account.Account, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.who, d.who.Name != "", nil
}

func (d *officerDesk) Keep(_ context.Context, note web.Note) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notes = append(d.notes, note)
}

func (d *officerDesk) Notes(context.Context) []web.Note {
	d.mu.Lock()
	defer d.mu.Unlock()
	notes := d.notes
	d.notes = nil
	return notes
}

func startOfficerDesk(t *testing.T) *officerDesk {
	t.Helper()
	d := &officerDesk{filingDesk: startFilingDesk(t)}
	d.collect()
	var err error
	if d.trail, err = d.app.audit(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.site, err = web.New(web.Config{Pages: d.app.officerPages(d.trail), Sessions: d, Local: true, Logger: d.app.log})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *officerDesk) as(a account.Account) *officerDesk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.who = a
	return d
}

func (d *officerDesk) do(r *http.Request) *httptest.ResponseRecorder {
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	d.site.ServeHTTP(w, r)
	return w
}

// get opens a page, which must answer with a status, and returns it.
func (d *officerDesk) get(path string, status int) string {
	d.t.Helper()
	w := d.do(httptest.NewRequestWithContext(d.t.Context(), http.MethodGet, path, nil))
	if w.Code != status {
		d.t.Fatalf("GET %s as %s answers %d, want %d\n%s", path, d.who.Name, w.Code, status, w.Body)
	}
	return w.Body.String()
}

// upload hands a workbook in and returns the page that it leads to, or the answer
// itself where that is no other page.
func (d *officerDesk) upload(name string, body []byte) (path, page string) {
	d.t.Helper()
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	part, err := parts.CreateFormFile("workbook", name)
	if err != nil {
		d.t.Fatal(err)
	}
	_, _ = part.Write(body)
	parts.Close()
	r := httptest.NewRequestWithContext(d.t.Context(), http.MethodPost, "/filing", &form)
	r.Header.Set("Content-Type", parts.FormDataContentType())
	w := d.do(r)
	if w.Code != http.StatusSeeOther {
		return "", w.Body.String()
	}
	path = w.Header().Get("Location")
	return path, d.get(path, http.StatusOK)
}

func (d *officerDesk) wants(page string, texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			d.t.Errorf("no %q in\n%s", text, page)
		}
	}
}

func (d *officerDesk) lacks(page string, texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if strings.Contains(page, text) {
			d.t.Errorf("%q is in\n%s", text, page)
		}
	}
}

// withErrors fills the workbook of a page: two cells are right, one is not.
func (d *officerDesk) withErrors(workbook []byte) []byte {
	d.t.Helper()
	name := d.fill("填报.xlsx", workbook, map[[2]string]any{
		{"value|quality_chain_projects", "140121|A|2024"}:       4,
		{"state|quality_chain_projects", "140728|A|2024"}:       "不适用",
		{"value|quality_innovation_consortia", "140121|A|2024"}: "不清楚",
	})
	body, err := os.ReadFile(name)
	if err != nil {
		d.t.Fatal(err)
	}
	return body
}

func (d *officerDesk) deeds() []string {
	d.t.Helper()
	var deeds []string
	if err := d.trail.List(d.t.Context(), 1, func(r audit.Record) error {
		deeds = append(deeds, r.What+" "+r.Who+" "+r.Detail["accepted"])
		return nil
	}); err != nil {
		d.t.Fatal(err)
	}
	return deeds
}

// askInside asks also for what is not public.
func (d *officerDesk) askInside(query string) [][]string {
	d.t.Helper()
	w, err := d.app.warehouse(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return d.askOf(w, query)
}

func (d *officerDesk) idOf(where string) string {
	d.t.Helper()
	rows := d.askInside("SELECT id FROM resolved WHERE " + where + " ORDER BY region, period_end LIMIT 1")
	if len(rows) == 0 {
		d.t.Fatalf("no number where %s", where)
	}
	return rows[0][0]
}
