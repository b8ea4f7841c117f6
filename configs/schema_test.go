package configs

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated pages and the schema anew")

// The generated files are what the declarations say now.
func TestGeneratedFilesAreUpToDate(t *testing.T) {
	for file, want := range map[string]string{
		"source.schema.json":          string(SourceSchema()),
		"../docs/source-reference.md": SourceReference(),
		"../docs/sources.md":          defaults(t).SourcesPage(),
	} {
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != want {
			t.Errorf("%s is not what it is made from (%v); make it again with: %s", file, err, Regenerate)
		}
	}
}

func TestEveryKeyIsDescribedAndItsFormIsKnown(t *testing.T) {
	var walk func(part reflect.Type, path string)
	walk = func(part reflect.Type, path string) {
		keys := keysOf(part)
		for i := range keys {
			k := &keys[i]
			at := path + "." + k.name
			if k.name == "" || k.doc == "" || !strings.HasSuffix(k.doc, ".") {
				t.Errorf("%s (%s) has no name, or no sentence under doc", at, k.field.Name)
			}
			if k.form != "" && forms[k.form] == nil {
				t.Errorf("%s: no check is called %s", at, k.form)
			}
			if inner, ok := k.part(); ok {
				walk(inner, at)
			}
		}
	}
	walk(sourceFileType, "")
}

func TestTheDefaultsThatAreDescribedAreTheOnesThatHold(t *testing.T) {
	set, err := loadSource(t, "plain", `title: x
publisher: x
verified: never
impact: {rate: x, window: x, volume: x, contact: x}
kind: html
pages: {lists: [{url: "http://a.example/"}], link_pattern: x}
`)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := set.Source("plain")
	described := func(part reflect.Type, name string) string {
		for _, k := range keysOf(part) {
			if k.name == name {
				return k.fallback
			}
		}
		return "no such key"
	}
	limits, pages := reflect.TypeFor[limitsFile](), reflect.TypeFor[pagesFile]()
	for _, c := range []struct {
		part reflect.Type
		name string
		got  any
	}{
		{limits, "interval", s.Limits.Interval.String()}, {limits, "idle", s.Limits.Idle.String()},
		{limits, "timeout", strings.TrimSuffix(s.Limits.Timeout.String(), "0s")},
		{limits, "min_rate", s.Limits.MinRate}, {limits, "max_body", s.Limits.MaxBody}, {limits, "max_requests", s.Limits.MaxRequests},
		{pages, "max_pages", s.Pages.MaxPages}, {pages, "pagination", s.Pages.Pagination},
		{sourceFileType, "min_documents", s.MinDocuments}, {sourceFileType, "supplier", s.Rules.Supplier},
		{sourceFileType, "access", s.Access}, {reflect.TypeFor[expectFile](), "max_drift", s.Expect.MaxDrift},
	} {
		got, _ := json.Marshal(c.got)
		if want := described(c.part, c.name); strings.Trim(string(got), `"`) != want {
			t.Errorf("%s is described as %s, but is %s", c.name, want, got)
		}
	}
}

// The schema knows exactly the keys that the loader knows.
func TestTheSchemaKnowsTheKeysOfTheEverythingFile(t *testing.T) {
	var schema struct {
		Required   []string                   `json:"required"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(SourceSchema(), &schema); err != nil {
		t.Fatal(err)
	}
	if len(schema.Properties) != sourceFileType.NumField() {
		t.Errorf("%d properties for %d keys", len(schema.Properties), sourceFileType.NumField())
	}
	if got := strings.Join(schema.Required, " "); got != "title publisher verified impact kind" {
		t.Errorf("required: %s", got)
	}
}

// Nothing public is left without an answer: a channel, or why there is none.
func TestEveryPublicIndicatorAndPoolCountyHasAChannelOrAReason(t *testing.T) {
	set := defaults(t)
	page := set.SourcesPage()
	for _, indicator := range set.Indicators() {
		if indicator.Supplier != "public" {
			continue
		}
		if !strings.Contains(page, "\n| "+indicator.Code+" | ") {
			t.Errorf("the page has no line on %s", indicator.Code)
		}
		if len(set.Channels(indicator.Code)) == 0 && set.noChannel.Indicators[indicator.Code] == "" {
			t.Errorf("%s has neither a channel nor a reason in %s", indicator.Code, noChannelFile)
		}
	}
	supplied := map[string]bool{}
	for _, source := range set.Sources() {
		for _, supply := range source.Supplies {
			for _, region := range supply.Regions {
				supplied[region] = true
			}
		}
	}
	pool := 0
	for _, programme := range set.Programmes() {
		for _, member := range programme.Members {
			pool++
			if !supplied[member.Region] && set.noChannel.Regions[member.Region] == "" {
				t.Errorf("%s has neither a source nor a reason", member.Region)
			}
		}
	}
	if pool < 22 {
		t.Errorf("the pool has %d counties", pool)
	}
}

func TestShippedSourcesSayHowWeKnowOfThem(t *testing.T) {
	set := defaults(t)
	for _, source := range set.Sources() {
		if set.evidence[source.Name] == "" {
			t.Errorf("%s has no evidence", source.Name)
		}
	}
}
