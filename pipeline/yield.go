package pipeline

// Yield is what a source's file expects of a healthy document. It is no part of
// the rules: another expectation makes no other derivation. A reading keeps the one
// that it was reviewed against, so that it can be made again.
type Yield struct {
	Min        int      `json:"min,omitempty"` // observations of a document; 0 for no bound
	Max        int      `json:"max,omitempty"`
	Indicators []string `json:"indicators,omitempty"` // codes that every document has
	MaxDrift   int      `json:"max_drift"`            // percent of a table's labels that may differ from its last accepted version
}
