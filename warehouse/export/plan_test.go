package export

import (
	"strings"
	"testing"

	"zhibiao/internal/ordering"
	"zhibiao/pipeline"
	"zhibiao/warehouse/dictionary"
)

// promise 9: whatever the dictionary lists is exported in an order that the lint
// passes, and regions come first.
func TestEveryExportIsOrderedByKey(t *testing.T) {
	for _, relation := range dictionary.Relations() {
		if !canExport(relation) {
			continue
		}
		request := Request{View: relation.Name}
		if takes(relation, "at") || takes(relation, "on") {
			request.At = "2025-03-01"
		}
		if takes(relation, "county") {
			request.Regions = []string{"140121"}
		}
		p, err := newPlan(request)
		if err != nil {
			t.Errorf("%s: %v", relation.Name, err)
			continue
		}
		if len(p.order) == 0 {
			t.Errorf("%s has no column to order by: add its key to orderColumns", relation.Name)
		}
		if relation.Has("region") && p.order[0] != "region" {
			t.Errorf("%s is ordered by %v, not by region first", relation.Name, p.order)
		}
		for _, replacing := range []bool{false, true} {
			for _, finding := range ordering.Check(p.sql(replacing)) {
				t.Errorf("%s: %s", relation.Name, finding.What)
			}
		}
	}
}

func TestPlanRefusesByName(t *testing.T) {
	cases := []struct {
		name    string
		request Request
		want    []string
	}{
		{"an unknown view", Request{View: "best_counties"}, []string{`"best_counties"`, "observation"}},
		{"SQL for a view", Request{View: "observation; DROP TABLE observation"}, []string{"unknown table or view"}},
		{"a period that ends before it begins", Request{View: "resolved", From: "2024", To: "2020"}, []string{`from "2024" is after to "2020"`}},
		{"an unknown column", Request{View: "run", Columns: []string{"id", "rank"}}, []string{`no column "rank"`, "started_at"}},
		{"SQL for a column", Request{View: "run", Columns: []string{"id`, 1 AS `x"}}, []string{"no column"}},
		{"a column twice", Request{View: "run", Columns: []string{"id", "id"}}, []string{"column id is asked for twice"}},
		{"a region where there is none", Request{View: "run", Regions: []string{"140121"}}, []string{"run cannot be narrowed by region", "it takes column"}},
		{"an indicator where there is none", Request{View: "run", Indicators: []string{"gdp"}}, []string{"cannot be narrowed by indicator"}},
		{"a period where there is none", Request{View: "run", From: "2024"}, []string{"cannot be narrowed by from"}},
		{"no period", Request{View: "observation", To: "last year"}, []string{`to "last year"`, "2024-Q2"}},
		{"a month that is none", Request{View: "observation", From: "2024-13"}, []string{`from "2024-13"`}},
		{"a profile of no county", Request{View: "county_profile"}, []string{"one county"}},
		{"a profile of two counties", Request{View: "county_profile", Regions: []string{"140121", "140122"}}, []string{"one county"}},
		{"SQL for a county", Request{View: "county_profile", Regions: []string{"' OR 1"}}, []string{"unknown region"}},
		{"no day for what is missing", Request{View: "missing"}, []string{"missing needs at"}},
		{"at on what shows the present", Request{View: "observation", At: "2025-03-01"}, []string{"takes no at", "as_known"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := newPlan(c.request)
			if err == nil {
				t.Fatal("it was taken")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v lacks %q", err, want)
				}
			}
		})
	}
	if _, err := Describe(Request{View: "best_counties"}); pipeline.ExitCode(err) != pipeline.ExitYourInput {
		t.Errorf("got exit code %d of %v", pipeline.ExitCode(err), err)
	}
}

func TestPlanKeepsWholePeriods(t *testing.T) {
	p, err := newPlan(Request{View: "observation", From: "2023-Q2", To: "2024"})
	if err != nil {
		t.Fatal(err)
	}
	if p.values["from"] != "2023-04-01" || p.values["to"] != "2024-12-31" {
		t.Errorf("got %v", p.values)
	}
}

func TestADayIsKnownToItsEnd(t *testing.T) {
	cases := []struct{ parameter, text, want string }{
		{"at", "2025-03-01", "2025-03-01 23:59:59.999"},
		{"at", "2025-03-01 08:00:00", "2025-03-01 08:00:00.000"},
		{"at", "2025-03-01T08:00:00+08:00", "2025-03-01 00:00:00.000"},
		{"at", "yesterday", ""},
		{"at", "", ""},
		{"on", "2025-03-01", "2025-03-01"},
		{"on", "2025-03-01 08:00:00", ""},
		{"on", "', sleep(3)", ""},
	}
	for _, c := range cases {
		got, err := parseAt("view", c.parameter, c.text)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s %q is %q, %v; want %q", c.parameter, c.text, got, err, c.want)
		}
	}
}
