// Package account says who works with the pages and what each of them may do.
//
// An Account has one Role and the part of the country that it works for: a region by
// its GB/T 2260 code, and for a coordinating unit the unit's name. A Right is a kind of
// deed; Reaches says how far each role reaches with each right, and Account.May applies
// that to the Object of a request. Everything here that decides is pure.
package account
