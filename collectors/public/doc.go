// Package public collects documents from public channels: the statistics
// bureau's interface of 2026 and the list pages and pages of bureaus and
// counties. It is the only package that knows colly.
//
// # Who does what
//
// colly carries cookies and follows redirects. All that decides what is asked
// and what is kept lies in our own chain of http.RoundTrippers below it:
//
//	gate      scheme, hosts of the source's file, stopped and blocked hosts
//	robots    robots.txt by RFC 9309, asked once for all sources of a process
//	retry     429, 502, 503, 504 and connections that fail; consecutive errors
//	turn      requests of the run, one request to a host at a time, the pause
//	capture   time, silence and rate, conditions, Content-Encoding, size, status
//	classify  challenges, logins, missing pages, empty shells, cut bodies
//	network   TLS, proxy, no addresses that are not public, virtual hosts
//
// The body of a document is taken in capture: exactly what the publisher sent,
// after Content-Encoding. Nothing above it can change a byte of it.
//
// A publisher that answers with a bot challenge is left alone by all sources for an
// hour, the source is marked, and no challenge is ever solved. What is no document
// is archived as evidence and never read; attachments with personal data are put in
// quarantine. docs/hostile-web.md lists what is done about what.
//
// With an archive and a Memory, a page is only asked whether it changed. One that
// did not is handed over as the document that the archive holds, which the worker
// confirms without reading it.
package public
