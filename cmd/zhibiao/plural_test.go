package main

import "testing"

func TestACountAgreesWithItsNoun(t *testing.T) {
	for want, got := range map[string]string{
		"0 problems":      many(0, "problem"),
		"1 problem":       many(1, "problem"),
		"2 problems":      many(uint64(2), "problem"),
		"1 body":          many(1, "body"),
		"3 bodies":        many(3, "body"),
		"2 days":          many(2, "day"),
		"1 message was":   manyWere(1, "message"),
		"5 messages were": manyWere(int64(5), "message"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
