// Package audit keeps the trail of who did what, when and from where.
//
// The trail is a stream that nothing can be deleted or purged from. Each record holds
// the hash of the one before it and its own, so that Verify finds a record that was
// edited, left out or moved. Whoever can write the broker's files can also make a whole
// new chain; against that the head of the trail is written down elsewhere (Anchor) and
// compared.
//
// No secret is ever put into a record: no password, code, token or cookie.
package audit
