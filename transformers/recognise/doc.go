// Package recognise puts the words of a document to the catalogue: which
// indicator, region, period, unit and number a text names. It is pure, and it
// refuses rather than guesses: a name counts only if it is written in the
// catalogue, in the aliases or in the source's file.
//
// Positions are byte offsets into the text given, whatever was normalised on the
// way, so that every number leads back to its bytes (promise 8).
package recognise
