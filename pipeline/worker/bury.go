package worker

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
)

// bury publishes the refused ones of a message's rows as dead letters, one for each
// reason, which hold these rows only: a replay loads them and nothing else. first
// is the index of the message's first row in the load.
func (l *loading[T]) bury(ctx context.Context, message delivery, all []T, refused *pipeline.RowsError, first int) error {
	if refused == nil {
		return nil
	}
	var reasons []error // in the order of their first row
	rows := map[string][]T{}
	for i, row := range all {
		reason, failed := refused.Failed[first+i]
		if !failed {
			continue
		}
		if reason == nil {
			reason = errors.New("refused by the warehouse without a reason")
		}
		if rows[reason.Error()] == nil {
			reasons = append(reasons, reason)
		}
		rows[reason.Error()] = append(rows[reason.Error()], row)
	}
	for _, reason := range reasons {
		if err := l.publishLetters(ctx, message, rows[reason.Error()], reason); err != nil {
			return err
		}
	}
	return nil
}

func (l *loading[T]) publishLetters(ctx context.Context, message delivery, rows []T, reason error) error {
	batches, err := l.encode(rows)
	if err != nil {
		return err
	}
	for _, batch := range batches {
		err := l.broker.PublishLetter(ctx, stream.Letter{
			Stage: stageLoad, Reason: reason.Error(), Subject: message.Subject(), ID: message.ID(), Payload: batch.Payload,
		})
		if err != nil {
			return err
		}
	}
	l.log.Error("rows set aside", zap.Int("rows", len(rows)), zap.String("id", message.ID()), zap.Error(reason))
	return nil
}
