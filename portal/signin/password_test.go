package signin

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"zhibiao/portal/account"
)

func TestAHashMatchesItsPasswordAndNoOther(t *testing.T) {
	encoded := hash("密码Ａbc－１２３")
	for password, want := range map[string]bool{
		"密码Ａbc－１２３": true,
		"密码Abc-123": true, // as another input method types it
		"密码abc-123": false,
		"":          false,
	} {
		if matches(encoded, password) != want {
			t.Errorf("%q matches: %v", password, !want)
		}
	}
	if first, second := hash("a"), hash("a"); first == second {
		t.Error("two hashes have the same salt")
	}
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the cost is another than agreed: %s", encoded)
	}
}

func TestAPasswordIsNotCutOff(t *testing.T) {
	long := strings.Repeat("a", 127)
	if matches(hash(long+"b"), long+"c") {
		t.Error("the end of a long password does not count")
	}
}

func TestWhatIsNoHashMatchesNothing(t *testing.T) {
	good := hash("x")
	for _, encoded := range []string{
		"", "x", "$argon2id$", "$argon2i" + good[9:], good[:len(good)-1], strings.Replace(good, "m=19456", "m=99999999", 1),
		strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "v=19", "v=16", 1), good + "$",
	} {
		if matches(encoded, "x") || matches(encoded, "") {
			t.Errorf("%q matches", encoded)
		}
	}
}

func FuzzHashesAreReadWithoutPanic(f *testing.F) {
	f.Add(nobodyHash)
	f.Fuzz(func(_ *testing.T, encoded string) { parseHash(encoded) })
}

const nobodyHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

func TestWeakPasswordsAreRefusedWithWords(t *testing.T) {
	a := account.Account{Name: "qingxu-1", Display: "清徐县市场监管局"}
	for password, want := range map[string]bool{
		goodPassword: true, "correct horse battery": true, "Tr0ub4dor&3x9": true, "我家门前有两棵树一棵是枣树": true,
		"short":            false,
		"九个字符的密码啊呀":        false,
		"1234567890":       false,
		"password123456":   false,
		"admin123456789":   false,
		"aaaaaaaaaaaaaaa":  false,
		"qingxu-1qingxu-1": false,
		"清徐县市场监管局2026":     false,
		"ｐａｓｓｗｏｒｄ１２３４５６":          false,
		strings.Repeat("ab", 65):  false,
		"with\na line break":      false,
		"\xff\xfe not UTF-8 text": false,
	} {
		zh, en := choiceProblem(a, password)
		if (zh == "") != want || (en == "") != want {
			t.Errorf("%q: %q %q", password, zh, en)
		}
	}
}

func TestCodesAreReadAsTheyAreTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := newCode()
		typed := code
		for _, change := range rapid.SliceOf(rapid.SampledFrom([]func(string) string{
			strings.ToLower, strings.TrimSpace,
			func(s string) string { return " " + s + "\u3000" },
			func(s string) string { return strings.ReplaceAll(s, "-", "") },
			func(s string) string { return strings.ReplaceAll(s, "-", "－") },
			func(s string) string { return strings.ReplaceAll(s, "A", "Ａ") },
		})).Draw(t, "changes") {
			typed = change(typed)
		}
		if typedCode(typed) != typedCode(code) {
			t.Fatalf("%q is not read as %q", typed, code)
		}
		if len(code) != codeGroups*codeGroup+codeGroups-1 || strings.ContainsAny(code, "01ILOU") {
			t.Fatalf("code %q", code)
		}
	})
}

func TestTheGateBoundsWhoHashesAndWhoWaits(t *testing.T) {
	g := &Gate{make(chan struct{}, 1), make(chan struct{}, 3)}
	inside, leave := make(chan struct{}), make(chan struct{})
	var most, now atomic.Int32
	results := make(chan error, 3)
	for range 3 {
		go func() {
			results <- g.Through(context.Background(), func() error {
				most.Store(max(most.Load(), now.Add(1)))
				inside <- struct{}{}
				<-leave
				now.Add(-1)
				return nil
			})
		}()
	}
	<-inside
	for len(g.waiting) < 3 { // the others are about to wait
		runtime.Gosched()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := g.Through(ctx, func() error { return nil }); !errors.Is(err, ErrBusy) {
		t.Errorf("a full queue takes more: %v", err)
	}
	for range 2 {
		leave <- struct{}{}
		<-inside
	}
	leave <- struct{}{}
	for range 3 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if most.Load() != 1 {
		t.Errorf("%d hashed at a time", most.Load())
	}
	g.places <- struct{}{}
	if err := g.Through(ctx, func() error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone waits on: %v", err)
	}
	<-g.places
}

func BenchmarkHash(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		matches(nobodyHash, goodPassword)
	}
}
