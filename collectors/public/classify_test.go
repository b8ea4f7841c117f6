package public

import "testing"

func FuzzClassify(f *testing.F) {
	f.Add([]byte(challenge))
	f.Add([]byte("<html><div id=app></div><script src=x></script>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		seen := look(body)
		if _, kind := pretence(body, seen); kind != nil && !seen.tagged {
			t.Error("something that is not HTML is taken for a page")
		}
		challengeSign(200, body, expectPage, seen)
		hanwebRows(string(body))
	})
}
