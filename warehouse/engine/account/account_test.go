package account

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestTheFileIsMadeOnceAndForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "accounts.json")
	var group sync.WaitGroup
	loaded := make([]Accounts, 8)
	for i := range loaded {
		group.Go(func() {
			var err error
			if loaded[i], err = Load(path); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, accounts := range loaded {
		if accounts != loaded[0] {
			t.Error("loads at the same time gave different passwords")
		}
	}
	if loaded[0].Writer == loaded[0].Reader || len(loaded[0].Writer.Password) < 32 {
		t.Errorf("the passwords are %+v", loaded[0])
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %04o", info.Mode().Perm())
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".accounts-*")); len(left) != 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

func TestABadFileIsRefusedWithARemedy(t *testing.T) {
	const good = `{"zhibiao":{"password":"0123456789abcdef"},"loader":{"password":"0123456789abcdeh"},"reader":{"password":"0123456789abcdeg"}}`
	cases := map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"a good one":        {good, 0o600, ""},
		"one for a group":   {good, 0o640, "chmod 600"},
		"one for everybody": {good, 0o604, "chmod 600"},
		"an unknown key":    {`{"zhibiao":{"password":"0123456789abcdef","role":"x"}}`, 0o600, "role"},
		"no reader":         {strings.Replace(good, `"reader":{"password":"0123456789abcdeg"}`, `"reader":{}`, 1), 0o600, "reader"},
		"no loader":         {strings.Replace(good, `"loader":{"password":"0123456789abcdeh"},`, "", 1), 0o600, "loader"},
		"a short password":  {strings.Replace(good, "0123456789abcdef", "short", 1), 0o600, "zhibiao"},
		"no JSON":           {"x", 0o600, "remove it"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "accounts.json")
			if err := os.WriteFile(path, []byte(test.content), test.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, test.mode); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("want an error with %q, got %v", test.want, err)
			}
		})
	}
}

func TestOnlyTheRightPasswordOfTheRightAccountPasses(t *testing.T) {
	accounts := Accounts{Writer: Credentials{"writer's password"}, Reader: Credentials{"reader's password"}}
	digests := accounts.Digests()
	cases := map[[2]string]bool{
		{Writer, "writer's password"}: true, {Reader, "reader's password"}: true,
		{Writer, "reader's password"}: false, {Reader, "writer's password"}: false,
		{Writer, ""}: false, {Loader, ""}: false, // it has no password here
		{"", ""}: false, {"default", ""}: false, {"default", "writer's password"}: false,
	}
	for login, want := range cases {
		if got := digests.Check(login[0], login[1]); got != want {
			t.Errorf("%q: %v", login, got)
		}
	}
}
