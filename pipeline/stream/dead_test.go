package stream

import (
	"strings"
	"testing"

	"zhibiao/pipeline"
)

func testDocument() pipeline.Document {
	return pipeline.NewDocument(pipeline.RawDocument{Source: "nbs-county", Supplier: pipeline.Public, Access: pipeline.AccessPublic,
		Method: "GET", URL: "http://tjj.example/a.html", Body: []byte("body")}, "", pipeline.Derivation{ID: "d1", No: 1})
}

func TestALetterSaysWhatItIsAbout(t *testing.T) {
	document, err := EncodeDocument(testDocument())
	if err != nil {
		t.Fatal(err)
	}
	rows := observationBatches(t, testRows(testOrigin(), 3))[0]
	for _, c := range []struct {
		name   string
		letter Letter
		want   Content
	}{
		{"a document", Letter{Subject: document.Subject, Payload: document.Payload}, Content{
			Source: "nbs-county", Lineage: testDocument().Lineage, Version: testDocument().Version, Document: testDocument().Hash, URL: testDocument().URL}},
		{"rows", Letter{Subject: rows.Subject, Payload: rows.Payload}, Content{
			Source: "nbs-county", Lineage: testOrigin().Lineage, Version: testOrigin().Version, Document: testOrigin().Document,
			Rows: 3, Place: "table[2]/tr[0]/td[3], bytes 0 to 6", Quote: "1.25"}},
		{"what cannot be read", Letter{Subject: "documents.nbs-county", Payload: []byte("?")}, Content{Source: "nbs-county"}},
		{"rows that cannot be read", Letter{Subject: "observations.public", Payload: nil}, Content{}},
	} {
		if got := c.letter.Content(); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestAReplayHasANewIDAndIsMarkedAndHappensOnce(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{})
	batch, err := EncodeDocument(testDocument())
	if err != nil {
		t.Fatal(err)
	}
	mustPublish(t, e.Broker, batch)
	in := mustIntake(t, e.Broker, Transform, IntakeConfig{})
	if err := mustNext(t, in).Bury(t.Context(), "transform", &tried{5}); err != nil {
		t.Fatal(err)
	}
	letters, err := e.Letters(t.Context(), 0, 10)
	if err != nil || len(letters) != 1 || letters[0].Attempts != 5 || letters[0].Replayed != nil {
		t.Fatalf("got %+v, %v, want one letter of 5 attempts that was not replayed", letters, err)
	}
	sequence := letters[0].Sequence
	replay := func(again, want bool) {
		t.Helper()
		if published, err := e.Replay(t.Context(), sequence, again); err != nil || published != want {
			t.Fatalf("replay published %t, %v, want %t", published, err, want)
		}
	}
	replay(false, true)
	first := mustNext(t, in)
	if string(first.Payload()) != string(batch.Payload) || first.ID() == batch.ID {
		t.Errorf("replayed under id %s, want the same payload under a new id", first.ID())
	}
	replay(false, false)
	if open, err := e.OpenLetters(t.Context()); err != nil || open != 0 {
		t.Errorf("%d open letters, %v, want none", open, err)
	}
	replay(true, true)
	if again := mustNext(t, in); again.ID() == first.ID() {
		t.Error("a second replay has the id of the first: the broker would drop it")
	}
	if letter, err := e.Letter(t.Context(), sequence); err != nil || letter.Replayed == nil || letter.Replayed.Times != 2 {
		t.Errorf("the letter says %+v, %v, want two replays", letter.Replayed, err)
	}
}

type tried struct{ times int }

func (e *tried) Error() string { return "failed" }
func (e *tried) Attempts() int { return e.times }

func TestTooManyLettersStopTheirSourceAndNoOther(t *testing.T) {
	e := startEmbedded(t, t.TempDir(), Profile{LetterLimit: 3})
	states, err := e.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bury := func(source string, n int) {
		t.Helper()
		for i := range n {
			letter := Letter{Stage: "transform", Reason: "no", Subject: "documents." + source, ID: string(rune('a' + i))}
			if err := e.PublishLetter(t.Context(), letter); err != nil {
				t.Fatal(err)
			}
		}
	}
	expect := func(want ...string) {
		t.Helper()
		all, err := states.AllStopped(t.Context())
		var got []string
		for _, s := range all {
			got = append(got, s.Source)
		}
		if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("stopped %v, %v, want %v", got, err, want)
		}
	}
	bury("a", 2)
	bury("b", 2)
	expect()
	bury("a", 1)
	expect("a")
	stopped, err := states.Stopped(t.Context(), "a")
	if err != nil || stopped == nil || !strings.Contains(stopped.Reason, "3 dead letters") {
		t.Errorf("a is stopped because of %+v, %v", stopped, err)
	}
	if was, err := states.Release(t.Context(), "a"); err != nil || !was {
		t.Errorf("released %t, %v", was, err)
	}
	expect()
	bury("a", 2) // counted anew
	expect()
}
