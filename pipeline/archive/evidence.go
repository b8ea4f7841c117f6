package archive

import (
	"context"
	"fmt"

	"zhibiao/pipeline"
)

// evidenceFolder keeps what people attach to their entries, by hash and compressed
// like bodies. It is apart from them, because no reader reads it and it may have to be
// given up earlier than what numbers stand on.
const evidenceFolder = "evidence"

// PutEvidence stores an attachment and returns its hash. One that is already there
// whole is not written again.
func (a *Archive) PutEvidence(ctx context.Context, content []byte) (string, error) {
	hash := pipeline.HashBody(content)
	if err := a.putContent(ctx, evidenceFolder, hash, content); err != nil {
		return "", fmt.Errorf("archiving evidence %s: %w", hash, err)
	}
	return hash, nil
}

// Evidence returns an attachment by its hash, checked against it; ErrNotFound where
// there is none.
func (a *Archive) Evidence(ctx context.Context, hash string) ([]byte, error) {
	content, err := a.content(ctx, evidenceFolder, hash)
	if err != nil {
		return nil, fmt.Errorf("reading evidence %s: %w", hash, err)
	}
	return content, nil
}
