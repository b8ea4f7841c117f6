package public

import (
	"bytes"
	"sync"
	"testing"

	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/transformers"
)

// rulesOfHostile are the generic rules of the catalogue.
var rulesOfHostile = sync.OnceValues(func() (*pipeline.Rules, error) {
	set, err := configs.Load(configs.Default())
	if err != nil {
		return nil, err
	}
	return set.GenericRules("html", transformers.Parser), nil
})

func readHostile(t *testing.T, raw pipeline.RawDocument) pipeline.Reading {
	t.Helper()
	rules, err := rulesOfHostile()
	if err != nil {
		t.Fatal(err)
	}
	reading, err := transformers.New().Read(pipeline.NewDocument(raw, "", pipeline.Derivation{ID: "d", No: 1}), rules)
	if err != nil {
		t.Fatal(err)
	}
	return reading
}

func TestRowsThatVanishWithdrawNothing(t *testing.T) {
	r := newHostileRig(t)
	first, err := r.collectList(t, "vanished-rows", nil)
	if err != nil || len(first) != 3 {
		t.Fatalf("first night: %d documents and %v", len(first), err)
	}
	second, err := r.collectList(t, "vanished-rows", nil)
	if err != nil || len(second) != 1 {
		t.Fatalf("second night: %d documents and %v", len(second), err)
	}
	before, after := readHostile(t, first[0]), readHostile(t, second[0])
	transformers.Stand(nil, &before, transformers.Diff(nil, before))
	if len(before.Observations) != 3 || len(after.Observations) != 1 {
		t.Fatalf("the table says %d values and then %d, want 3 and 1", len(before.Observations), len(after.Observations))
	}
	if rows := transformers.Diff(&before, after); len(rows) != 0 { // promise 6
		t.Errorf("rows that vanished published %d rows", len(rows))
	}
}

func TestAPageCutByAWrongLengthIsForTheReaderToRefuse(t *testing.T) {
	r := newHostileRig(t)
	got, err := r.collect(t, hostilePages(behaviourNamed(t, "length-too-short")))
	if err != nil || len(got) != 2 || bytes.Contains(got[0].Body, []byte("</html>")) {
		t.Fatalf("got %d documents and %v, want the cut page as it came", len(got), err)
	}
	reading := readHostile(t, got[0])
	if reading.Complete {
		t.Error("the reading of a page that is cut counts as complete")
	}
}

func TestAWrongCharsetChangesNoByte(t *testing.T) {
	r := newHostileRig(t)
	got, err := r.collect(t, hostilePages(behaviourNamed(t, "wrong-charset")))
	if err != nil || len(got) != 2 || !bytes.Contains(got[0].Body, []byte("\xcc\xab\xb9\xc8")) {
		t.Fatalf("got %d documents and %v, want the page in GBK", len(got), err)
	}
	if values := len(readHostile(t, got[0]).Observations); values == 0 {
		t.Error("the reader finds no value in the page")
	}
}
