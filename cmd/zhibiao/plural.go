package main

import (
	"fmt"
	"strings"
)

// many is a count with its noun in the right number: 1 body, 2 bodies.
func many[N int | int64 | uint64](n N, noun string) string {
	return fmt.Sprintf("%d %s", n, plural(n, noun))
}

// plural is a regular noun in the number of n.
func plural[N int | int64 | uint64](n N, noun string) string {
	if n == 1 {
		return noun
	}
	if stem, ends := strings.CutSuffix(noun, "y"); ends && !strings.ContainsAny(stem[len(stem)-1:], "aeiou") {
		return stem + "ies"
	}
	return noun + "s"
}

// manyWere is many with the verb: 1 message was, 2 messages were.
func manyWere[N int | int64 | uint64](n N, noun string) string {
	if n == 1 {
		return many(n, noun) + " was"
	}
	return many(n, noun) + " were"
}

// wereSetAside tells of dead letters.
func wereSetAside[N int | int64 | uint64](n N) string {
	if n == 1 {
		return "1 message was set aside because it cannot be processed as it is"
	}
	return manyWere(n, "message") + " set aside because they cannot be processed as they are"
}
