package signin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"
)

// Limits of failing.
const (
	freeFailures = 4                // of an account, before it has to wait
	firstWait    = 30 * time.Second // doubles with every further failure
	longestWait  = 15 * time.Minute

	addressBurst  = 60               // failures of one address, which whole offices may share
	addressRefill = 10 * time.Second // until one of them is forgiven
)

// Attempts counts who failed to sign in, by account and by address. A try is counted
// before its password is looked at and taken back when it was right. Accounts that do
// not exist are counted as those that do. It is safe for concurrent use, by several
// processes too.
type Attempts struct {
	book Book
	now  func() time.Time
}

// NewAttempts keeps the counts in a book that forgets them after a day; now nil is
// time.Now.
func NewAttempts(book Book, now func() time.Time) *Attempts {
	if now == nil {
		now = time.Now
	}
	return &Attempts{book, now}
}

// tally is one counter.
type tally struct {
	Failures int       `json:"failures"`
	Last     time.Time `json:"last"`
}

// accountWait is how long after its last failure an account is not looked at.
func (t tally) accountWait() time.Duration {
	if t.Failures <= freeFailures {
		return 0
	}
	wait := firstWait
	for range min(t.Failures-freeFailures-1, 20) {
		wait *= 2
	}
	return min(wait, longestWait)
}

// forgiven is the counter of an address some time later.
func (t tally) forgiven(now time.Time) tally {
	if passed := now.Sub(t.Last); passed > 0 {
		t.Failures = max(0, t.Failures-int(passed/addressRefill))
	}
	return t
}

// Visitor is who tries to sign in.
type Visitor struct {
	Name    string // as typed
	Known   bool   // an account of that name exists
	Address string
}

// Try counts a try. Where the account or the address has to wait, it says how long and
// counts nothing. locks reports that a failure of this try makes the account wait.
func (a *Attempts) Try(ctx context.Context, v Visitor) (wait time.Duration, locks bool, err error) {
	now := a.now()
	_, err = a.count(ctx, addressKey(v.Address), func(t tally) (tally, bool) {
		t = t.forgiven(now)
		if t.Failures >= addressBurst {
			wait = addressRefill
			return t, false
		}
		return tally{t.Failures + 1, now}, true
	})
	if err != nil || wait > 0 {
		return wait, false, err
	}
	counted, err := a.count(ctx, v.key(), func(t tally) (tally, bool) {
		wait = max(0, t.accountWait()-now.Sub(t.Last))
		return tally{t.Failures + 1, now}, wait == 0
	})
	return wait, counted.accountWait() > 0, err
}

// Right takes a try back that was right. done forgets the account's earlier failures
// too: nothing is left to be asked of it.
func (a *Attempts) Right(ctx context.Context, v Visitor, done bool) error {
	if _, err := a.count(ctx, addressKey(v.Address), func(t tally) (tally, bool) {
		return tally{max(0, t.Failures-1), t.Last}, true
	}); err != nil {
		return err
	}
	if done {
		return a.Forget(ctx, v.Name)
	}
	_, err := a.count(ctx, v.key(), func(t tally) (tally, bool) {
		return tally{max(0, t.Failures-1), t.Last}, true
	})
	return err
}

// Forget forgets the failures of an account, as when it got a new code.
func (a *Attempts) Forget(ctx context.Context, name string) error {
	return a.book.Remove(ctx, Visitor{Name: name, Known: true}.key())
}

// count changes a counter; change says what it becomes and whether to write that. What
// cannot be read counts as new.
func (a *Attempts) count(ctx context.Context, key string, change func(tally) (tally, bool)) (tally, error) {
	for ctx.Err() == nil {
		content, revision, err := a.book.Get(ctx, key)
		if err != nil {
			return tally{}, fmt.Errorf("counting attempts: %w", err)
		}
		var t tally
		if revision > 0 && json.Unmarshal(content, &t) != nil {
			t = tally{}
		}
		next, write := change(t)
		if !write {
			return next, nil
		}
		content, err = json.Marshal(next)
		if err != nil {
			return tally{}, fmt.Errorf("counting attempts: %w", err)
		}
		_, ok, err := a.book.Put(ctx, key, content, revision)
		if err != nil {
			return tally{}, fmt.Errorf("counting attempts: %w", err)
		}
		if ok {
			return next, nil
		}
	}
	return tally{}, fmt.Errorf("counting attempts: %w", context.Cause(ctx))
}

// key is where the tries of an account are counted. Names that nobody has share 65,536
// counters, so that whoever invents names cannot fill the broker.
func (v Visitor) key() string {
	if v.Known {
		return "attempts.account." + v.Name
	}
	return "attempts.nobody." + shortHash(v.Name)
}

// addressKey is where the tries of an address are counted; of IPv6 all addresses of
// one customer are one.
func addressKey(address string) string {
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() && !ip.Is4In6() {
		if prefix, err := ip.WithZone("").Prefix(64); err == nil {
			address = prefix.String()
		}
	}
	return "attempts.address." + shortHash(address)
}

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:2])
}
