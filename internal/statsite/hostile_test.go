package statsite

import (
	"strings"
	"testing"
)

func TestEveryBehaviourHasAHostThatPlaysIt(t *testing.T) {
	site, client := open(t, Config{})
	site.OversizeBytes = 1 << 16
	names := map[string]bool{}
	for _, behaviour := range Behaviours() {
		if names[behaviour.Name] || behaviour.Says == "" || !strings.HasPrefix(behaviour.URL(), "http://"+behaviour.Name+".hostile.example/") {
			t.Errorf("behaviour %+v is named twice, or says nothing", behaviour.Name)
		}
		names[behaviour.Name] = true
		if strings.HasPrefix(behaviour.Name, "robots-") {
			continue
		}
		if p := get(t, client, "http://"+behaviour.Host()+HostileGood); p.status != 200 || behaviour.Name != "same-page" && !strings.Contains(string(p.body), "正常页面") {
			t.Errorf("%s: the good page answers %d", behaviour.Name, p.status)
		}
	}
	if p := get(t, client, "http://no-such.hostile.example/"); p.status != 421 {
		t.Errorf("an unknown behaviour answers %d", p.status)
	}
}

func TestPagesWithValidatorsAreConfirmed(t *testing.T) {
	site, client := open(t, Config{})
	if p := get(t, client, anyURL); p.header.Get("ETag") != "" {
		t.Error("there is a validator although none was asked for")
	}
	site.Validators = true
	tag := get(t, client, anyURL).header.Get("ETag")
	if tag == "" {
		t.Fatal("no validator")
	}
	site.World().SetNight(2)
	if again := get(t, client, anyURL).header.Get("ETag"); again == tag {
		t.Error("a page that changed keeps its validator")
	}
}
