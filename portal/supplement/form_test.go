package supplement

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	desk "zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/web"
)

// Whatever is sent, reading it ends with answers or with what a person may be told, and
// gives back the place that it took.
func FuzzForm(f *testing.F) {
	const cell = "brands~140121~A~end~2024"
	part := func(disposition, content string) string {
		return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n"
	}
	f.Add("multipart/form-data; boundary=b", part(`name="cell"`, cell)+part(`name="typed.`+cell+`"`, "12")+part(`name="file.`+cell+`"; filename="a.jpg"`, "\xff\xd8\xff")+"--b--\r\n")
	f.Add("multipart/form-data; boundary=b", part(`name="file.`+cell+`"; filename=""`, "")+"--b--\r\n")
	f.Add("multipart/form-data; boundary=b", part(`name="x"; filename=`, "1"))
	f.Add("multipart/form-data", "--")
	f.Add("application/x-www-form-urlencoded", "cell="+cell+"&kept."+cell+"=ab+1+image%2Fjpeg+x")
	f.Add("application/x-www-form-urlencoded", "cell=%zz")
	f.Add("", "")
	p := &pages{places: make(chan struct{}, 1)}
	f.Fuzz(func(t *testing.T, contentType, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		read, err := p.readForm(r, sheetFields...)
		if len(p.places) != 0 {
			t.Fatal("a place was not given back")
		}
		if err == nil {
			_, err = read.answers()
		}
		var shown *web.Problem
		var problem *desk.Problem
		if err != nil && !errors.As(err, &shown) && !errors.As(err, &problem) && pipeline.ExitCode(err) != pipeline.ExitYourInput {
			t.Fatalf("it is told as a fault of ours: %v", err)
		}
	})
}

func TestWhatNamesAnAttachmentIsReadBack(t *testing.T) {
	e := desk.Evidence{Hash: strings.Repeat("a", 64), Name: "年末 名录（一）.jpg", Type: "image/jpeg", Bytes: 12}
	f := &form{Values: map[string][]string{"kept.x": {evidenceText(e), evidenceText(e)}}}
	if got, err := f.evidence("kept.x", "drop.x"); err != nil || len(got) != 1 || got[0] != e {
		t.Errorf("%+v, %v", got, err)
	}
	f.Values["drop.x"] = []string{e.Hash}
	if got, err := f.evidence("kept.x", "drop.x"); err != nil || len(got) != 0 {
		t.Errorf("left out is %+v, %v", got, err)
	}
}
