package transformers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"zhibiao/configs"
	"zhibiao/internal/statsite"
	"zhibiao/pipeline"
)

// The bundled statistics site knows the truth of every page and night: what is
// published of its documents is exactly that.
func TestTheBundledSiteIsReadAsItsTruth(t *testing.T) {
	world := statsite.NewWorld(statsite.Config{Seed: 7})
	set, err := configs.Load(configs.Overlay(configs.Default(), statsite.SourceFiles()))
	if err != nil {
		t.Fatalf("loading the site's source files: %v", err)
	}
	baselines := map[string]*pipeline.Reading{}
	for night := 1; night <= 3; night++ {
		world.SetNight(night)
		want, got := map[string]int{}, map[string]int{}
		asked := map[string]statsite.Fact{}
		for n := 1; n <= night; n++ {
			for _, f := range world.Truth(n) {
				asked[f.Source+" "+f.Method+" "+f.URL+" "+f.Request] = f
				if n == night {
					want[factLine(f)]++
				}
			}
		}
		for name, f := range asked {
			rules, err := set.Rules(f.Source, Parser)
			if err != nil {
				t.Fatal(err)
			}
			baselines[name] = publishPage(t, world, rules, f, baselines[name], got)
		}
		for line, count := range want {
			if got[line] == 0 {
				t.Errorf("night %d: not read %d: %s", night, count, line)
			}
		}
		for line := range got {
			if want[line] == 0 {
				t.Errorf("night %d: not in the truth: %s", night, line)
			}
		}
	}
}

func publishPage(t *testing.T, world *statsite.World, rules *pipeline.Rules, f statsite.Fact, baseline *pipeline.Reading, got map[string]int) *pipeline.Reading {
	t.Helper()
	request := httptest.NewRequest(f.Method, f.URL, strings.NewReader(f.Request))
	if f.Request != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if strings.HasPrefix(f.Request, "{") {
			request.Header.Set("Content-Type", "application/json")
		}
	}
	recorder := httptest.NewRecorder()
	world.Handler().ServeHTTP(recorder, request)
	if recorder.Code != http.StatusOK {
		t.Fatalf("%s %s: status %d", f.Method, f.URL, recorder.Code)
	}
	doc := testDocument(pipeline.RawDocument{Method: f.Method, URL: f.URL, RequestBody: []byte(f.Request),
		MediaType: recorder.Header().Get("Content-Type"), Body: recorder.Body.Bytes()})
	next, err := shared.Read(doc, rules)
	if err != nil {
		t.Fatal(err)
	}
	rows := Diff(baseline, next)
	Stand(baseline, &next, rows)
	for _, o := range rows {
		got[factLine(statsite.Fact{Source: f.Source, URL: f.URL, Indicator: o.Indicator, Region: o.Region, Freq: string(o.Period.Freq),
			Basis: string(o.Period.Basis), PeriodEnd: o.Period.End.String(), Value: o.Value, Unit: o.Unit, Printed: o.RawText, Status: string(o.Status), Op: string(o.Op)})]++
	}
	return &next
}

func factLine(f statsite.Fact) string {
	return fmt.Sprintf("%s %s %s %s %s %s %s %s %s %q %s %s", f.Source, f.Op, f.Indicator, f.Region, f.Freq, f.Basis, f.PeriodEnd, decimal.RequireFromString(f.Value), f.Unit, f.Printed, f.Status, f.URL)
}
