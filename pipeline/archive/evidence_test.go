package archive

import (
	"bytes"
	"errors"
	"testing"
)

func TestEvidenceIsKeptApartFromBodiesAndReadBackWhole(t *testing.T) {
	a, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	content := []byte("\xff\xd8\xff photo")
	hash, err := a.PutEvidence(t.Context(), content)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := a.PutEvidence(t.Context(), content); err != nil || again != hash {
		t.Errorf("put again it is %s (%v)", again, err)
	}
	if got, err := a.Evidence(t.Context(), hash); err != nil || !bytes.Equal(got, content) {
		t.Errorf("it reads %q (%v)", got, err)
	}
	if _, err := a.Body(t.Context(), hash); !errors.Is(err, ErrNotFound) {
		t.Errorf("it is a body too: %v", err)
	}
	if _, err := a.Evidence(t.Context(), "0000000000000000000000000000000000000000000000000000000000000000"); !errors.Is(err, ErrNotFound) {
		t.Errorf("what is not there is %v", err)
	}
	if _, err := a.Evidence(t.Context(), "../../etc/passwd"); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("a path is %v", err)
	}
}
