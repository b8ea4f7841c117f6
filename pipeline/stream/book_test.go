package stream

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestABookIsWrittenByCompareAndSet(t *testing.T) {
	dir := t.TempDir()
	e := startEmbedded(t, dir, Profile{})
	ctx := within(t, time.Minute)
	book, err := e.Entries(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if value, revision, err := book.Get(ctx, "file.140121"); value != nil || revision != 0 || err != nil {
		t.Errorf("nothing is %q at %d (%v)", value, revision, err)
	}
	first, ok, err := book.Put(ctx, "file.140121", []byte("a"), 0)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, ok, err := book.Put(ctx, "file.140121", []byte("b"), 0); ok || err != nil {
		t.Errorf("a key was made twice (%v)", err)
	}
	second, ok, err := book.Put(ctx, "file.140121", []byte("c"), first)
	if err != nil || !ok || second <= first {
		t.Fatal(second, ok, err)
	}
	if _, ok, err := book.Put(ctx, "file.140121", []byte("d"), first); ok || err != nil {
		t.Errorf("an old revision was written over (%v)", err)
	}
	if value, revision, err := book.Get(ctx, "file.140121"); string(value) != "c" || revision != second || err != nil {
		t.Errorf("it is %q at %d (%v)", value, revision, err)
	}
	for _, key := range []string{"file.140122", "shown.140121"} {
		if _, ok, err := book.Put(ctx, key, []byte("x"), 0); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if keys, err := book.Keys(ctx, "file"); err != nil || !slices.Equal(keys, []string{"file.140121", "file.140122"}) {
		t.Errorf("the keys are %v (%v)", keys, err)
	}
}

const savesIn = "ZHIBIAO_TEST_SAVES_DRAFTS_IN"

// TestSavesDrafts is the process that TestADraftThatWasAnsweredForSurvivesSIGKILL kills:
// it saves drafts and says of each that it is saved.
func TestSavesDrafts(t *testing.T) {
	dir := os.Getenv(savesIn)
	if dir == "" {
		t.Skip("only as a process of another test")
	}
	e, err := StartEmbedded(t.Context(), Config{Dir: dir, MaxStore: testStore})
	if err != nil {
		t.Fatal(err)
	}
	book, err := e.Drafts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	revision := uint64(0)
	for n := 1; ; n++ { // until it is killed
		next, ok, err := book.Put(context.Background(), "draft.140121", fmt.Appendf(nil, "save %d", n), revision)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		revision = next
		fmt.Printf("saved %d\n", n)
	}
}

func TestADraftThatWasAnsweredForSurvivesSIGKILL(t *testing.T) {
	dir := t.TempDir()
	command := exec.CommandContext(within(t, time.Minute), os.Args[0], "-test.run=^TestSavesDrafts$", "-test.v") //nolint:gosec // this very binary
	command.Env = append(os.Environ(), savesIn+"="+dir)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	const enough = 50
	last := 0
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if number, isSave := strings.CutPrefix(lines.Text(), "saved "); isSave {
			fmt.Sscan(number, &last)
		}
		if last == enough {
			if err := command.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = command.Wait() // killed
	if last < enough {
		t.Fatalf("it ended after %d saves", last)
	}
	e := startEmbedded(t, dir, Profile{})
	book, err := e.Drafts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	value, _, err := book.Get(t.Context(), "draft.140121")
	var kept int
	fmt.Sscanf(string(value), "save %d", &kept)
	if err != nil || kept < last {
		t.Errorf("answered for was save %d, kept is %q (%v)", last, value, err)
	}
}
