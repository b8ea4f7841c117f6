package resolution

import (
	"os"
	"testing"
)

func TestTheMigrationsAreThoseOfThisPackage(t *testing.T) {
	for name, want := range Files() {
		got, err := os.ReadFile("../migrations/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what the package writes; run: go generate ./warehouse/resolution", name)
		}
	}
}
