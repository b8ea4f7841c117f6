package pipeline

// KindEntries are accepted entries of counties, as JSON.
const KindEntries DocumentKind = "entries"
