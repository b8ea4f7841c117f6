package supplement_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	desk "zhibiao/collectors/supplement"
	"zhibiao/portal/supplement/supplementtest"
)

// script is what must never come back as it is.
const script = `"'></textarea></select><script>alert(1)</script><img src=x onerror=alert(1)>`

func photo(n int) []byte {
	return append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), bytes.Repeat([]byte{byte(n)}, 2000+n)...)
}

func TestAPhotoIsAttachedAndComesBackAsADownload(t *testing.T) {
	h, b := desking(t)
	file := supplementtest.File{Field: "file." + brands(2024), Name: `C:\照片\2024 <b>"年末".HTML`, Content: photo(1)}
	saved := b.Upload(sheet, []supplementtest.File{file}, "revision", "0", "do", "save", "cell", brands(2024), "typed."+brands(2024), "12")
	page := b.Follow(saved)
	has(t, page, 200, "草稿已保存", "2024 b年末.jpg")
	path := page.Body[strings.Index(page.Body, sheet+"/evidence/"):]
	path = path[:strings.Index(path, `"`)]
	got := b.Get(path)
	if got.Status != 200 || got.Body != string(photo(1)) || got.Header.Get("Content-Type") != "image/jpeg" ||
		!strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment; filename*=UTF-8''") || got.Header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(got.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %v", got.Status, got.Header)
	}
	city := h.SignIn(t, supplementtest.City("taiyuan", "140100"))
	has(t, city.Get(path), 404) // a draft is nobody else's
	kept := page.Field("kept." + brands(2024))
	receipt := b.Follow(b.Post(sheet, "revision", page.Field("revision"), "do", "submit", "cell", brands(2024), "typed."+brands(2024), "12", "kept."+brands(2024), kept))
	has(t, receipt, 200, "12 个")
	has(t, city.Get(path), 200)
	other := h.SignIn(t, supplementtest.County("yangqu", supplementtest.Yangqu))
	has(t, other.Get(path), 404)
	has(t, other.Get(strings.Replace(path, supplementtest.Qingxu, supplementtest.Yangqu, 1)), 404)

	correction := b.Get(sheet + "?cell=" + brands(2024))
	has(t, correction, 200, "原附件")
	old := correction.Field("old." + brands(2024))
	b.Post(sheet, "revision", correction.Field("revision"), "do", "save", "cell", brands(2024), "old."+brands(2024), old) // left blank: nothing changes
	hasNot(t, b.Get(sheet), "更正和特色指标")
	b.Post(sheet, "revision", b.Get(sheet).Field("revision"), "do", "submit", "cell", brands(2024), "typed."+brands(2024), "13", "old."+brands(2024), old)
	has(t, b.Get(sheet+"/entry/"+brands(2024)), 200, "13 个", "2024 b年末.jpg")
}

func TestFilesThatAreNotWhatTheySayAreRefusedAndTheRestIsSaved(t *testing.T) {
	_, b := desking(t)
	revision := "0"
	for name, content := range map[string][]byte{
		"a program":              []byte("MZ\x90\x00this is a program"),
		"a page of script":       []byte("<html><script>alert(1)</script>"),
		"a picture with script":  []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
		"an archive":             append([]byte("PK\x03\x04"), bytes.Repeat([]byte{7}, 100)...),
		"an old workbook":        append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), bytes.Repeat([]byte{7}, 600)...),
		"nothing":                {},
		"more than is allowed":   append(photo(2), make([]byte, 11<<20)...),
		"a workbook of formulas": []byte("=cmd|'/c calc'!A1,1,2"),
	} {
		file := supplementtest.File{Field: "file." + brands(2024), Name: "照片.jpg", Content: content}
		page := b.Follow(b.Upload(sheet, []supplementtest.File{file}, "revision", revision, "do", "save", "cell", brands(2024), "typed."+brands(2024), "12"))
		if !strings.Contains(page.Body, "附件“照片.jpg”没有保存") || strings.Contains(page.Body, "/evidence/") || !strings.Contains(page.Body, `value="12"`) {
			t.Errorf("%s: %d\n%s", name, page.Status, page.Body)
		}
		revision = page.Field("revision")
	}
}

func TestScriptInAnyFieldOrNameComesBackAsText(t *testing.T) {
	h, b := desking(t)
	gdp := supplementtest.GDP(supplementtest.Qingxu, 2024)
	file := func(field string) []supplementtest.File {
		return []supplementtest.File{{Field: field, Name: script + ".jpg", Content: photo(3)}}
	}
	var seen []supplementtest.Page
	see := func(p supplementtest.Page) supplementtest.Page { seen = append(seen, p); return p }
	see(b.Upload(sheet, file("file."+brands(2024)), "revision", "0", "do", "save", "cell", brands(2024), "typed."+brands(2024), script, "kind."+brands(2024), script))
	saved := see(b.Follow(b.Upload(sheet, file("file."+brands(2024)), "revision", "0", "do", "save", "cell", brands(2024), "typed."+brands(2024), script, "reason."+brands(2024), script)))
	has(t, saved, 200, "&lt;script&gt;")
	see(b.Upload(sheet, nil, "revision", "0", "do", "save", "cell", brands(2024), "typed."+brands(2024), script+"x", "kept."+brands(2024), script)) // stale
	see(b.Follow(b.Post(sheet, "revision", saved.Field("revision"), "do", "submit", "cell", brands(2024), "kind."+brands(2024), "not_applicable", "reason."+brands(2024), script,
		"kept."+brands(2024), strings.NewReplacer("&#39;", "'", "&gt;", ">").Replace(saved.Field("kept."+brands(2024))))))
	see(b.Post(sheet+"/own", "name", script, "owner", script, "definition", script, "unit", "元"+script))
	has(t, see(b.Follow(b.Post(sheet+"/own", "name", script, "owner", script, "definition", script, "unit", "家"))), 200, "&lt;script&gt;")
	see(b.Upload(sheet+"/dispute/"+gdp.ID, file("file"), "claimed", script, "reason", script))
	see(b.Follow(b.Upload(sheet+"/dispute/"+gdp.ID, file("file"), "claimed", "99", "reason", script)))
	reviewer := h.SignIn(t, supplementtest.Province("shengju"))
	see(reviewer.Post("/review", "do", "comment", "reason", script))
	key := reviewer.Get("/review").Field("pick")
	see(reviewer.Post("/review", "do", script, "pick", key))
	see(reviewer.Post("/review", "do", "return", "pick", script))
	see(reviewer.Post("/review", "do", "comment", "pick", key, "text."+key, script))
	dispute := "/review" + strings.TrimPrefix(disputeOf(t, h), "/review")
	see(reviewer.Post(dispute, "revision", "1", "outcome", "corrected", "reason", script, "correction", script))
	for _, path := range []string{sheet, sheet + "/entry/" + brands(2024), sheet + "/known", sheet + "/own", "/review", dispute, sheet + "?cell=%22%3E%3Cscript%3E", sheet + "/known?task=%3Cscript%3E",
		sheet + "/receipt/%3Cscript%3E", sheet + "/entry/%3Cscript%3E", sheet + "/evidence/%3Cscript%3E", "/review?region=%3Cscript%3E", "/review?%3Cscript%3E=1"} {
		see(reviewer.Get(path))
		see(b.Get(path))
		see(b.Get(path + "&lang=en"))
	}
	stored := 0
	for i, p := range seen {
		body := strings.ToLower(p.Body)
		if strings.Contains(body, "<script") || strings.Contains(body, "<img src") || strings.Contains(body, "onerror=alert(1)>") {
			t.Errorf("page %d holds script:\n%s", i, p.Body)
		}
		if strings.Contains(p.Header.Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("page %d allows script", i)
		}
		stored += strings.Count(body, "&lt;script&gt;")
	}
	if stored < 15 {
		t.Errorf("the script was shown as text %d times only: the test shows too little", stored)
	}
}

func disputeOf(t *testing.T, h *supplementtest.House) string {
	t.Helper()
	open, err := h.Desk.OpenDisputes(t.Context(), desk.Actor{Account: "x", Role: desk.Province, Region: "140000"})
	if err != nil || len(open) == 0 {
		t.Fatalf("no dispute is open (%v)", err)
	}
	return fmt.Sprintf("/review/%s/dispute/%s", open[0].Region, open[0].Dispute.ID)
}

func TestChangedIdsAndUnknownFieldsLeadNowhere(t *testing.T) {
	h, b := desking(t)
	h.Numbers.Set(append(supplementtest.Gaps(supplementtest.Qingxu), supplementtest.Gaps(supplementtest.Yangqu)...),
		[]desk.Known{supplementtest.GDP(supplementtest.Qingxu, 2024), supplementtest.GDP(supplementtest.Yangqu, 2024)})
	other := h.SignIn(t, supplementtest.County("yangqu", supplementtest.Yangqu))
	foreign := supplementtest.Brands(supplementtest.Yangqu, 2024).String()
	other.Post("/supplement/"+supplementtest.Yangqu, "do", "submit", "revision", "0", "cell", foreign, "typed."+foreign, "3")
	known := supplementtest.GDP(supplementtest.Yangqu, 2024).ID
	huge := strings.Repeat("9", 100)
	for name, c := range map[string]struct {
		got    supplementtest.Page
		status int
	}{
		"another county's sheet":         {b.Get("/supplement/" + supplementtest.Yangqu), 404},
		"saving there":                   {b.Post("/supplement/"+supplementtest.Yangqu, "do", "save", "revision", "0"), 404},
		"its entry":                      {b.Get(sheet + "/entry/" + foreign), 404},
		"withdrawing it":                 {b.Post(sheet+"/withdraw", "cell", foreign, "revision", "1"), 409},
		"its value disputed":             {b.Post(sheet+"/dispute/"+known, "reason", "不对不对"), 404},
		"its objection":                  {b.Post(sheet+"/drop", "id", "x", "revision", "1"), 404},
		"no revision":                    {b.Post(sheet, "do", "save"), 400},
		"a revision that is no number":   {b.Post(sheet, "do", "save", "revision", huge), 400},
		"a revision of the future":       {b.Post(sheet, "do", "save", "revision", "12345", "cell", brands(2024), "typed."+brands(2024), "1"), 409},
		"a deed that is unknown":         {b.Post(sheet, "do", "accept", "revision", "0"), 400},
		"a field that is unknown":        {b.Post(sheet, "do", "save", "revision", "0", "state", "accepted"), 400},
		"a file field that is unknown":   {b.Upload(sheet, []supplementtest.File{{Field: "x", Name: "a.jpg", Content: photo(1)}}, "do", "save", "revision", "0"), 400},
		"a parameter that is unknown":    {b.Get(sheet + "?order=value"), 400},
		"a cell that is none":            {b.Post(sheet, "do", "save", "revision", "0", "cell", "x"), 404},
		"an answer that is none":         {b.Post(sheet, "do", "save", "revision", "0", "cell", brands(2024), "kind."+brands(2024), "zero", "typed."+brands(2024), "1"), 422},
		"a cell that nobody asks for":    {b.Get(sheet + "?cell=gdp~140121~A~period~2024"), 404},
		"an attachment that is made up":  {b.Post(sheet, "do", "save", "revision", "0", "cell", brands(2024), "typed."+brands(2024), "1", "kept."+brands(2024), "ab 1 image/jpeg x"), 422},
		"an attachment that is nonsense": {b.Post(sheet, "do", "save", "revision", "0", "cell", brands(2024), "kept."+brands(2024), "nonsense"), 400},
	} {
		if c.got.Status != c.status {
			t.Errorf("%s: %d, want %d\n%s", name, c.got.Status, c.status, c.got.Body)
		}
		if strings.Contains(c.got.Body, `<strong>3 个</strong>`) {
			t.Errorf("%s: it shows another county's number", name)
		}
	}
	asked := b.Follow(b.Post(sheet, "do", "submit", "revision", "0", "cell", foreign, "typed."+foreign, "9", "cell", "gdp~140121~A~period~2024", "typed.gdp~140121~A~period~2024", "9"))
	has(t, asked, 200, "还没有提交", "无须填报")
	has(t, other.Get("/supplement/"+supplementtest.Yangqu), 200, "<strong>3 个</strong>")
}

func TestAnAttachmentThatIsInNoArchiveIsNotSubmitted(t *testing.T) {
	_, b := desking(t)
	made := strings.Repeat("ab", 32) + " 2000 image/jpeg 照片.jpg"
	got := b.Follow(b.Post(sheet, "do", "submit", "revision", "0", "cell", brands(2024), "typed."+brands(2024), "1", "kept."+brands(2024), made))
	has(t, got, 200, "还没有提交", "没有保存成功，请重新上传")
}

func TestAFormOfTooManyFieldsOrBytesIsRefused(t *testing.T) {
	_, b := desking(t)
	var pairs []string
	for range 8100 {
		pairs = append(pairs, "cell", brands(2024))
	}
	has(t, b.Upload(sheet, nil, pairs...), http.StatusRequestEntityTooLarge)
	has(t, b.Upload(sheet, nil, "do", "save", "revision", "0", "typed."+brands(2024), strings.Repeat("1", 20<<10)), http.StatusRequestEntityTooLarge)
	has(t, b.Post(sheet+"/own", "name", strings.Repeat("x", 100<<10)), http.StatusRequestEntityTooLarge)
}
