package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Cost of a hash, after OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one
// lane.
const (
	hashMemory = 19 << 10 // KiB
	hashPasses = 2
	hashLanes  = 1
	hashSize   = 32
	saltSize   = 16
)

// ErrBusy says that too many people sign in at this moment.
var ErrBusy = errors.New("too many people sign in at this moment")

// Gate bounds how many hashes are worked out at a time, so that people who sign in
// leave processors to those who work. It is safe for concurrent use.
type Gate struct {
	places  chan struct{}
	waiting chan struct{}
}

// NewGate returns a gate for half of the processors, and at least one, before which up
// to queue people wait.
func NewGate(queue int) *Gate {
	return &Gate{make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), make(chan struct{}, queue)}
}

// Through runs f once there is a place. ErrBusy: the queue is full.
func (g *Gate) Through(ctx context.Context, f func() error) error {
	select {
	case g.waiting <- struct{}{}:
		defer func() { <-g.waiting }()
	default:
		return ErrBusy
	}
	select {
	case g.places <- struct{}{}:
		defer func() { <-g.places }()
		return f()
	case <-ctx.Done():
		return fmt.Errorf("waiting to sign in: %w", context.Cause(ctx))
	}
}

// hash returns the Argon2id of a secret in the PHC string format.
func hash(secret string) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	sum := argon2.IDKey([]byte(normal(secret)), salt, hashPasses, hashMemory, hashLanes, hashSize)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

// matches reports whether a secret has the hash. An empty or unreadable hash matches
// nothing, and takes as long.
func matches(encoded, secret string) bool {
	p, ok := parseHash(encoded)
	if !ok {
		p = nobody
	}
	sum := argon2.IDKey([]byte(normal(secret)), p.salt, p.passes, p.memory, p.lanes, uint32(len(p.sum)))
	return subtle.ConstantTimeCompare(sum, p.sum) == 1 && ok
}

// parsedHash is a hash with the cost it was made at, which may once have been another.
type parsedHash struct {
	memory, passes uint32
	lanes          uint8
	salt, sum      []byte
}

// nobody stands where there is no hash.
var nobody = parsedHash{memory: hashMemory, passes: hashPasses, lanes: hashLanes, salt: make([]byte, saltSize), sum: make([]byte, hashSize)}

// Bounds of a stored cost, above which a hash is not ours.
const (
	maxHashMemory = 1 << 20 // KiB
	maxHashPasses = 64
)

func parseHash(encoded string) (parsedHash, bool) {
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return parsedHash{}, false
	}
	var p parsedHash
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.lanes); err != nil || n != 3 {
		return parsedHash{}, false
	}
	var saltErr, sumErr error
	p.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	p.sum, sumErr = base64.RawStdEncoding.DecodeString(parts[5])
	good := saltErr == nil && sumErr == nil && len(p.sum) == hashSize && len(p.salt) >= 8 && p.lanes > 0 &&
		p.memory >= 8 && p.memory <= maxHashMemory && p.passes > 0 && p.passes <= maxHashPasses
	return p, good
}

// normal makes one text of what different keyboards and input methods send for the
// same characters: full-width forms are the plain ones.
func normal(secret string) string { return norm.NFKC.String(secret) }
