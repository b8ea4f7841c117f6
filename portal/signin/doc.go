// Package signin knows the accounts with their secrets and lets people in: by a
// password, by a one-time code that sets one, with an authenticator's password beside
// it for those who decide, or by an issuer of OIDC.
//
// Accounts are kept in the broker's bucket ACCOUNTS and written by compare-and-set.
// Passwords and codes are there as Argon2id only. How often somebody failed is counted
// in the bucket SESSIONS before the password is looked at, so that trying in parallel
// gains nothing.
package signin
