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
//	robots    robots.txt by RFC 9309
//	retry     429, 502, 503, 504 and connections that fail; consecutive errors
//	turn      requests of the run, one request to a host at a time, the pause
//	capture   time limit, Content-Encoding, size, status, challenges
//	network   TLS, no addresses that are not public, virtual hosts
//
// The body of a document is taken in capture: exactly what the publisher sent,
// after Content-Encoding. Nothing above it can change a byte of it.
//
// A publisher that answers with a bot challenge is not asked again in the run,
// and no challenge is ever solved.
package public
