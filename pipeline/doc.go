// Package pipeline is the vocabulary of zhibiao: what a document, an
// observation, a refusal and a period are, what each stage promises the next
// one, and how errors are told apart. It imports the standard library only and
// every other package imports it.
//
// # The way of a record
//
//	Collector  →  RawDocument  →  archive + DOCUMENTS
//	Reader     →  Reading      →  archive, Diff → OBSERVATIONS, REFUSALS
//	Loader     →  ClickHouse
//
// # Promises
//
// The line of code that keeps a promise names its number ("promise 3").
//
//  1. A message is acknowledged only after the next hop has confirmed it durable.
//  2. Nothing vanishes: every number in scope of a document becomes an
//     observation, a refusal with its reason, or is ignored by name in the
//     source's file.
//  3. Loading twice equals loading once.
//  4. Reading is pure: same document, same rules, the same bytes out; so is the
//     difference of two readings. No clock, no network, no randomness, no map
//     order.
//  5. An outage never makes a dead letter. Only bad data does.
//  6. Nothing disappears by absence: a partial, failed, held or merely shorter
//     document never removes a number, and a source that suddenly yields nothing
//     is a failure, not a success.
//  7. SIGTERM drains, SIGKILL loses nothing.
//  8. Every observation leads back to its place in an archived document:
//     document hash, locator, byte range, the printed text.
//  9. No view, endpoint, page or export orders, scores or lines up regions by
//     value or by completeness. Regions are ordered by code.
//  10. A county is asked only for what no public channel, no provincial unit and
//     no report it already makes can supply.
//  11. Unknown input is an error: unknown config keys, query parameters, columns
//     and units are named, never skipped in silence.
package pipeline
