package stream

import (
	"fmt"
	"slices"
)

// Role is a part of the pipeline's work that a process may do for all.
type Role string

// Roles.
const (
	CollectRole   Role = "collect"
	TransformRole Role = "transform"
	LoadRole      Role = "load"
)

// Roles returns all roles, in the order in which work flows.
func Roles() []Role { return []Role{CollectRole, TransformRole, LoadRole} }

// ParseRole reads the name of a role.
func ParseRole(name string) (Role, error) {
	if r := Role(name); slices.Contains(Roles(), r) {
		return r, nil
	}
	return "", fmt.Errorf("reading role %q: want collect, transform or load", name)
}

// Grants are the subjects that an account may publish to and subscribe to; it
// needs no others and gets no others.
type Grants struct{ Publish, Subscribe []string }

// Grants returns what a role needs of the broker. No role may make, change, purge or
// delete a stream or a durable consumer, and none may do another's work: each
// subject of work is published by one role, each durable consumer belongs to one.
func (r Role) Grants() Grants {
	g := Grants{Subscribe: []string{InboxPrefix(r) + ".>"}}
	g.allow("$JS.API.INFO", "$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.INFO.*.*")
	switch r {
	case CollectRole:
		g.allow("documents.*", "records.confirmation", "records.run")
		g.keys(headsBucket, derivationsBucket, statesBucket, slotsBucket, leasesBucket)
		g.list(headsBucket, slotsBucket, statesBucket)
	case TransformRole:
		g.allow("observations.*", "refusals.*", "records.document", "dead.transform")
		g.keys(derivationsBucket, statesBucket)
		g.list(statesBucket)
		g.consume(Documents, Transform)
	case LoadRole:
		g.allow("dead.load")
		g.keys(statesBucket)
		g.list(statesBucket)
		g.consume(Observations, LoadObservations)
		g.consume(Refusals, LoadRefusals)
		g.consume(Records, LoadRecords)
	}
	return g
}

func (g *Grants) allow(subjects ...string) { g.Publish = append(g.Publish, subjects...) }

// consume allows taking from a durable consumer and settling. Servers from 2.14 on
// may use the second form of the subject of acknowledgements.
func (g *Grants) consume(stream, consumer string) {
	g.allow(
		fmt.Sprintf("$JS.API.CONSUMER.MSG.NEXT.%s.%s", stream, consumer),
		fmt.Sprintf("$JS.ACK.%s.%s.>", stream, consumer),
		fmt.Sprintf("$JS.ACK.*.*.%s.%s.>", stream, consumer),
	)
}

// keys allows reading and writing the keys of buckets.
func (g *Grants) keys(buckets ...string) {
	for _, bucket := range buckets {
		g.allow("$KV."+bucket+".>", "$JS.API.STREAM.MSG.GET.KV_"+bucket)
	}
}

// list allows listing a bucket's keys, which takes a passing consumer.
func (g *Grants) list(buckets ...string) {
	for _, bucket := range buckets {
		g.allow("$JS.API.CONSUMER.CREATE.KV_"+bucket+".>", "$JS.API.CONSUMER.DELETE.KV_"+bucket+".*", "$JS.FC.KV_"+bucket+".>")
	}
}
