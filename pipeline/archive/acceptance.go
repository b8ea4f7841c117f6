package archive

import (
	"context"
	"fmt"

	"zhibiao/pipeline"
)

// PutAcceptance stores the canonical form of a person's decision and returns its
// hash.
func (a *Archive) PutAcceptance(ctx context.Context, acceptance []byte) (string, error) {
	hash := pipeline.HashBody(acceptance)
	if err := a.putContent(ctx, acceptancesFolder, hash, acceptance); err != nil {
		return "", fmt.Errorf("archiving acceptance %s: %w", hash, err)
	}
	return hash, nil
}

// Acceptance returns a decision by its hash, checked against it.
func (a *Archive) Acceptance(ctx context.Context, hash string) ([]byte, error) {
	acceptance, err := a.content(ctx, acceptancesFolder, hash)
	if err != nil {
		return nil, fmt.Errorf("reading acceptance %s: %w", hash, err)
	}
	return acceptance, nil
}
