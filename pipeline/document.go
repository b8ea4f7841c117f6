package pipeline

import "time"

// RawDocument is what a collector hands over: a body exactly as it was
// received (after Content-Encoding) and what is known of where it came from.
// URL and RequestBody are canonical: a virtual host without port, parameters in
// the source's order, nothing that changes from run to run.
type RawDocument struct {
	Source      string
	Supplier    Supplier
	Access      Access
	Method      string // GET or POST
	URL         string
	RequestBody []byte
	MediaType   string // as claimed by the answer; not believed
	Title       string // text of the link that led here
	PublishedAt Stamp
	FetchedAt   time.Time
	// Context holds what the page that led here knows and the document may not
	// say itself, by the names of the Context constants.
	Context map[string]string
	Body    []byte
}

// Names of a document's context.
const (
	ContextRegion = "region" // GB/T 2260 code that the list or the source file gives
)

// Lineage returns the id of the chain of versions that the document belongs to.
func (d *RawDocument) Lineage() string {
	return LineageID(d.Source, d.Method, d.URL, d.RequestBody)
}

// Derivation is one state of parser and rules of a source. Numbers count from 1
// within a source; each takes effect when it is first registered.
type Derivation struct {
	ID          string    `json:"id"` // digest of parser version and rules
	No          uint16    `json:"no"`
	Parser      string    `json:"parser"` // version of the parser
	EffectiveAt time.Time `json:"effective_at"`
}

// Document is an archived version of a lineage: the body by its hash and the
// metadata that was written once, when the version was first seen. Its JSON is
// the archived metadata file.
type Document struct {
	Schema      int               `json:"schema"`
	Version     string            `json:"version"` // VersionID
	Predecessor string            `json:"predecessor,omitempty"`
	Lineage     string            `json:"lineage"`
	Source      string            `json:"source"`
	Supplier    Supplier          `json:"supplier"`
	Access      Access            `json:"access"`
	Method      string            `json:"method"`
	URL         string            `json:"url"`
	RequestBody string            `json:"request_body,omitempty"`
	MediaType   string            `json:"media_type,omitempty"`
	Title       string            `json:"title,omitempty"`
	PublishedAt Stamp             `json:"published_at,omitzero"`
	FetchedAt   time.Time         `json:"fetched_at"`
	Context     map[string]string `json:"context,omitempty"`
	Hash        string            `json:"hash"` // SHA-256 of the body, hex
	Size        int64             `json:"size"` // bytes of the body
	Derivation  Derivation        `json:"derivation"`
	// Rereads says that this version brings no new body: it reads all versions of
	// the lineage before it again, and publishes what they say otherwise now.
	Rereads bool `json:"rereads,omitempty"`
	// Accepts is the hash of the archived Acceptance by which this version, which
	// brings no new body either, releases what its predecessor held.
	Accepts string `json:"accepts,omitempty"`

	Body []byte `json:"-"`
}

// DocumentSchema is the current number of Document's JSON form.
const DocumentSchema = 1

// NewDocument makes the next version of a lineage from what a collector handed
// over. fetchedAt is the time first written for this version.
func NewDocument(raw RawDocument, predecessor string, derivation Derivation) Document {
	hash := HashBody(raw.Body)
	lineage := raw.Lineage()
	return Document{
		Schema:      DocumentSchema,
		Version:     VersionID(raw.Source, lineage, hash, predecessor, derivation.ID),
		Predecessor: predecessor,
		Lineage:     lineage,
		Source:      raw.Source,
		Supplier:    raw.Supplier,
		Access:      raw.Access,
		Method:      raw.Method,
		URL:         raw.URL,
		RequestBody: string(raw.RequestBody),
		MediaType:   raw.MediaType,
		Title:       raw.Title,
		PublishedAt: raw.PublishedAt,
		FetchedAt:   raw.FetchedAt.UTC().Truncate(time.Millisecond),
		Context:     raw.Context,
		Hash:        hash,
		Size:        int64(len(raw.Body)),
		Derivation:  derivation,
		Body:        raw.Body,
	}
}

// Reread makes the version that reads the lineage, whose last version d is, again
// under a derivation.
func (d Document) Reread(derivation Derivation) Document {
	next := d
	next.Predecessor, next.Derivation, next.Rereads, next.Accepts, next.Body = d.Version, derivation, true, "", nil
	next.Version = VersionID(d.Source, d.Lineage, d.Hash, d.Version, derivation.ID)
	return next
}

// Accept makes the version that releases what the lineage, whose last version d is,
// holds, by an archived acceptance.
func (d Document) Accept(acceptance string) Document {
	next := d
	next.Predecessor, next.Accepts, next.Rereads, next.Body = d.Version, acceptance, false, nil
	next.Version = ContentID("accepted version", d.Source, d.Lineage, d.Hash, d.Version, acceptance)
	return next
}

// BringsBody reports whether the version came with a body of its own: it neither
// reads its lineage again nor accepts what it held.
func (d *Document) BringsBody() bool { return !d.Rereads && d.Accepts == "" }

// Origin returns what all rows of the document share.
func (d *Document) Origin() *Origin {
	knownAt := d.FetchedAt
	if d.Derivation.EffectiveAt.After(knownAt) {
		knownAt = d.Derivation.EffectiveAt
	}
	return &Origin{
		Source:       d.Source,
		Supplier:     d.Supplier,
		Lineage:      d.Lineage,
		Version:      d.Version,
		Document:     d.Hash,
		FetchedAt:    d.FetchedAt.UTC().Truncate(time.Millisecond),
		KnownAt:      knownAt.UTC().Truncate(time.Millisecond),
		PublishedAt:  d.PublishedAt,
		Derivation:   d.Derivation.ID,
		DerivationNo: d.Derivation.No,
	}
}
