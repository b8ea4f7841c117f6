// Package decode turns the bytes of a document into text that remembers where
// each letter came from: HTML into blocks and grids, JSON into a tree. It knows
// encodings and structure and nothing of statistics. It is pure.
package decode
