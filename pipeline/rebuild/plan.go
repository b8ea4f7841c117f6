package rebuild

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"iter"
	"slices"

	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
)

// Archive is what a rebuild reads, and all that it reads.
type Archive interface {
	Placed(ctx context.Context, visit func(version string) error) error
	Metadata(ctx context.Context, version string) (pipeline.Document, error)
	Body(ctx context.Context, hash string) ([]byte, error)
	Reading(ctx context.Context, version string) (reading []byte, ok bool, err error)
	Acceptance(ctx context.Context, hash string) ([]byte, error)
}

// Chain are the placed versions of one lineage, in the order in which they
// follow each other.
type Chain struct {
	lineage  key
	versions []key
	rereads  bool // one of them reads those before it again
}

// Lineage is the id of the lineage.
func (c Chain) Lineage() string { return c.lineage.String() }

// Head is its last version.
func (c Chain) Head() string { return c.versions[len(c.versions)-1].String() }

// Versions are the ids of its versions, in their order.
func (c Chain) Versions() []string {
	ids := make([]string, len(c.versions))
	for i, v := range c.versions {
		ids[i] = v.String()
	}
	return ids
}

// Plan is what there is to rebuild. It holds 20 bytes a version, three times as
// many while it is made.
type Plan struct {
	Chains   []Chain // by lineage; their order does not matter
	Versions int
	Broken   []Problem // versions that stand in no chain
	// Derivations are those that the documents of each source were fetched under, by
	// number.
	Derivations map[string][]pipeline.Derivation
}

// Cut names the versions that are placed at one moment, while nothing is being
// published.
type Cut struct{ versions []key }

// NewCut lists the placed versions; that takes a second for a million.
func NewCut(ctx context.Context, store Archive) (Cut, error) {
	var cut Cut
	err := store.Placed(ctx, func(version string) error {
		cut.versions = append(cut.versions, makeKey(version))
		return nil
	})
	return cut, err
}

// NewPlan puts the versions of a cut into the order of their lineages.
func NewPlan(ctx context.Context, store Archive, cut Cut) (*Plan, error) {
	var broken []Problem
	derivations := map[string][]pipeline.Derivation{}
	links := make([]link, 0, len(cut.versions))
	for _, version := range cut.versions {
		doc, err := store.Metadata(ctx, version.String())
		if isDamage(err) {
			broken = append(broken, Problem{Version: version.String(), Lost: true, Err: err})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("finding the versions of the archive: %w", err)
		}
		l := link{version: version, lineage: makeKey(doc.Lineage), rereads: doc.Rereads}
		if doc.Predecessor != "" {
			l.predecessor = makeKey(doc.Predecessor)
		}
		links = append(links, l)
		if all := derivations[doc.Source]; !slices.Contains(all, doc.Derivation) {
			derivations[doc.Source] = append(all, doc.Derivation)
		}
	}
	for _, all := range derivations {
		slices.SortFunc(all, func(a, b pipeline.Derivation) int { return cmp.Compare(a.No, b.No) })
	}
	slices.SortFunc(links, func(a, b link) int {
		return cmp.Or(bytes.Compare(a.lineage[:], b.lineage[:]), bytes.Compare(a.version[:], b.version[:]))
	})
	plan := &Plan{Broken: broken, Derivations: derivations}
	for len(links) > 0 {
		n := 1
		for n < len(links) && links[n].lineage == links[0].lineage {
			n++
		}
		plan.add(links[:n])
		links = links[n:]
	}
	slices.SortFunc(plan.Broken, func(a, b Problem) int { return cmp.Compare(a.Version, b.Version) })
	return plan, nil
}

// link is a version with the one before it, the zero key for none.
type link struct {
	version, predecessor, lineage key
	rereads                       bool
}

// add walks one lineage from its first version to its head. What cannot be reached
// from the first version is broken: its predecessor is gone, or another version
// follows the same one.
func (p *Plan) add(links []link) {
	next := map[key][]key{}
	for _, l := range links {
		next[l.predecessor] = append(next[l.predecessor], l.version)
	}
	chain := Chain{lineage: links[0].lineage, versions: make([]key, 0, len(links)), rereads: slices.ContainsFunc(links, func(l link) bool { return l.rereads })}
	for at := (key{}); len(next[at]) == 1 && len(chain.versions) < len(links); {
		at = next[at][0]
		chain.versions = append(chain.versions, at)
	}
	if len(chain.versions) > 0 {
		p.Chains = append(p.Chains, chain)
		p.Versions += len(chain.versions)
	}
	if len(chain.versions) == len(links) {
		return
	}
	reached := map[key]bool{}
	for _, version := range chain.versions {
		reached[version] = true
	}
	for _, l := range links {
		if reached[l.version] {
			continue
		}
		why := fmt.Errorf("the version before it, %s, is not in the archive as placed", l.predecessor)
		if len(next[l.predecessor]) > 1 {
			why = fmt.Errorf("%d versions follow %s: only one of them can have been published", len(next[l.predecessor]), l.predecessor)
		}
		p.Broken = append(p.Broken, Problem{Lineage: l.lineage.String(), Version: l.version.String(), Lost: true, Err: why})
	}
}

// Since returns the part of the plan whose lineages have gone on since an earlier
// one.
func (p *Plan) Since(earlier *Plan) *Plan {
	was := map[key]int{}
	for _, c := range earlier.Chains {
		was[c.lineage] = len(c.versions)
	}
	known := map[string]bool{}
	for _, b := range earlier.Broken {
		known[b.Version] = true
	}
	since := &Plan{}
	for _, b := range p.Broken {
		if !known[b.Version] {
			since.Broken = append(since.Broken, b)
		}
	}
	for _, c := range p.Chains {
		if was[c.lineage] != len(c.versions) {
			since.Chains = append(since.Chains, c)
			since.Versions += len(c.versions)
		}
	}
	return since
}

// All yields the ids of all versions that stand in a chain.
func (p *Plan) All() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, c := range p.Chains {
			for _, v := range c.versions {
				if !yield(v.String()) {
					return
				}
			}
		}
	}
}

// Of returns the part of the plan that is about some lineages.
func (p *Plan) Of(lineages map[string]bool) *Plan {
	of := &Plan{Derivations: p.Derivations}
	for _, c := range p.Chains {
		if lineages[c.Lineage()] {
			of.Chains = append(of.Chains, c)
			of.Versions += len(c.versions)
		}
	}
	return of
}

// key is an id of pipeline.ContentID in its 20 bytes.
type key [20]byte

var keyEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// makeKey panics on what is no id; the archive has checked it.
func makeKey(id string) key {
	raw, err := keyEncoding.DecodeString(id)
	if err != nil || len(raw) != len(key{}) {
		panic(fmt.Sprintf("making a key: %q is no id", id))
	}
	return key(raw)
}

func (k key) String() string { return keyEncoding.EncodeToString(k[:]) }

// isDamage reports whether the archive has lost or damaged a file, which concerns
// one version; any other error is an outage.
func isDamage(err error) bool {
	var damaged *archive.DamagedError
	return errors.As(err, &damaged) || errors.Is(err, archive.ErrNotFound)
}
