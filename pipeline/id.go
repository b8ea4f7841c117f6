package pipeline

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// idEncoding is RFC 4648 base32 in lower case without padding.
var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Lengths of the parts of an observation's id, in bytes.
const (
	idDocument   = 5
	idByteStart  = 4
	idDerivation = 2
	idKey        = 4
	idLength     = idDocument + idByteStart + idDerivation + idKey
)

// HashBody returns the SHA-256 of a body in lower-case hex: the name of a
// document.
func HashBody(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// ContentID returns a 32-character id of the parts, in which no two lists of
// parts meet: each part is hashed with its length. It never holds a time.
func ContentID(parts ...string) string {
	h := sha256.New()
	var size [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return idEncoding.EncodeToString(h.Sum(nil)[:20])
}

// LineageID names the chain of versions of one thing.
func LineageID(source, method, canonicalURL string, canonicalBody []byte) string {
	return ContentID("lineage", source, method, canonicalURL, string(canonicalBody))
}

// VersionID names a document in its lineage. The predecessor makes it unique
// also where a page returns to what it said before.
func VersionID(source, lineage, document, predecessor, derivation string) string {
	return ContentID("version", source, lineage, document, predecessor, derivation)
}

// ObservationID is base32 of a prefix of the document's hash, the byte where the
// number starts, the derivation's number and a prefix of the SHA-256 of the key:
// 24 characters, the same that the warehouse computes in its column id.
func ObservationID(document string, byteStart uint32, derivationNo uint16, key string) string {
	prefix, err := hex.DecodeString(document[:2*idDocument])
	if err != nil || len(document) != 2*sha256.Size {
		panic(fmt.Sprintf("making an observation id: %q is not a SHA-256 in hex", document))
	}
	raw := binary.BigEndian.AppendUint32(prefix, byteStart)
	raw = binary.BigEndian.AppendUint16(raw, derivationNo)
	sum := sha256.Sum256([]byte(key))
	return idEncoding.EncodeToString(append(raw, sum[:idKey]...))
}

// RowsDigest is the SHA-256, in hex, of the sorted ids of rows, joined by line
// ends: the reconciliation computes it again from the warehouse.
func RowsDigest(rows []Observation) string {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID()
	}
	slices.Sort(ids)
	return HashBody([]byte(strings.Join(ids, "\n")))
}

// IDParts is what an observation's id tells by itself.
type IDParts struct {
	DocumentPrefix string // ten hex digits
	ByteStart      uint32
	DerivationNo   uint16
}

// ParseObservationID takes an id apart; letters may be upper case.
func ParseObservationID(id string) (IDParts, error) {
	const letters = idLength * 8 / 5
	trimmed := strings.ToLower(strings.TrimSpace(id))
	raw, err := idEncoding.DecodeString(trimmed)
	if err != nil || len(trimmed) != letters {
		return IDParts{}, fmt.Errorf("reading id %q: an observation's id has %d letters a–z and digits 2–7", id, letters)
	}
	return IDParts{
		DocumentPrefix: hex.EncodeToString(raw[:idDocument]),
		ByteStart:      binary.BigEndian.Uint32(raw[idDocument:]),
		DerivationNo:   binary.BigEndian.Uint16(raw[idDocument+idByteStart:]),
	}, nil
}
