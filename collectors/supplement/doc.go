// Package supplement is what counties enter themselves, without its pages: which
// numbers only they can supply, what they have typed and not yet submitted, what
// waits for review, what was accepted, and what they dispute.
//
// A Desk is all of it. It asks a county only for what no public channel, no provincial
// unit and no report supplies, and for nothing that is on the national platform or was
// entered before (promise 10); all of it is voluntary. What a county submits is seen by
// the province at once, marked unreviewed, and is no observation yet. What the province
// accepts becomes one document for each acceptance, which Collector hands to the line
// like any other (docs/supplement.md).
//
// # What is stored
//
// One value for each county, written by compare-and-set, holds its entries, disputes
// and own indicators, the acceptances that are not yet documents and the events that
// are not yet told: so that a change is whole or has not happened, whenever a process
// is killed (promise 7). Drafts are values of their own.
package supplement
