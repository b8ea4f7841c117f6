package stream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"zhibiao/pipeline"
)

// Replay publishes a dead letter again where it came from, under an id of its own
// (the first one may still be remembered as seen), and marks the letter. A letter
// that was replayed is not published a second time unless again says so; published
// reports whether it was. Killed between publishing and marking, it publishes the
// same id the next time.
func (b *Broker) Replay(ctx context.Context, sequence uint64, again bool) (published bool, err error) {
	letter, err := b.Letter(ctx, sequence)
	if err != nil {
		return false, err
	}
	next := Replayed{At: time.Now().UTC().Truncate(time.Millisecond), Times: 1}
	if letter.Replayed != nil {
		if !again {
			return false, nil
		}
		next.Times = letter.Replayed.Times + 1
	}
	message := nats.NewMsg(letter.Subject)
	message.Data = letter.Payload
	id := pipeline.ContentID("replay", letter.ID, strconv.FormatUint(sequence, 10), letter.At.UTC().Format(time.RFC3339Nano), strconv.Itoa(next.Times))
	if err := b.publish(ctx, message, id); err != nil {
		return false, fmt.Errorf("replaying dead letter %d: %w", sequence, err)
	}
	states, err := b.States(ctx)
	if err == nil {
		err = states.put(ctx, replayedKey(sequence), next)
	}
	if err != nil {
		return true, fmt.Errorf("marking dead letter %d as replayed: %w", sequence, err)
	}
	return true, nil
}

func replayedKey(sequence uint64) string {
	return replayedStates + "." + strconv.FormatUint(sequence, 10)
}

// markReplayed fills in whether a letter was replayed.
func (b *Broker) markReplayed(ctx context.Context, letter *Letter) error {
	states, err := b.States(ctx)
	if err != nil {
		return err
	}
	var replayed Replayed
	revision, err := readEntry(ctx, states.bucket, replayedKey(letter.Sequence), &replayed)
	if err != nil {
		return fmt.Errorf("asking whether dead letter %d was replayed: %w", letter.Sequence, err)
	}
	if revision > 0 {
		letter.Replayed = &replayed
	}
	return nil
}

// OpenLetters returns how many dead letters wait for a person: those that were not
// replayed.
func (b *Broker) OpenLetters(ctx context.Context) (uint64, error) {
	dead, err := b.js.Stream(ctx, Dead)
	if err != nil {
		return 0, fmt.Errorf("counting dead letters: %w", err)
	}
	state := dead.CachedInfo().State
	states, err := b.States(ctx)
	if err != nil {
		return 0, err
	}
	keys, err := listKeys(ctx, states.bucket, replayedStates+".*")
	if err != nil {
		return 0, fmt.Errorf("counting dead letters: %w", err)
	}
	open := state.Msgs
	for _, key := range keys {
		sequence, err := strconv.ParseUint(key[len(replayedStates)+1:], 10, 64)
		if err == nil && sequence >= state.FirstSeq && sequence <= state.LastSeq && open > 0 {
			open--
		}
	}
	return open, nil
}

// letterCount counts the dead letters of a source within a window.
type letterCount struct {
	Since time.Time `json:"since"`
	Count int       `json:"count"`
}

// countLetter counts a dead letter of a source, and stops the source when there
// are too many within a window: something is wrong with it that a person has to
// look at, and more of the same is no help.
func (b *Broker) countLetter(ctx context.Context, source string) error {
	if source == "" || b.profile.LetterLimit < 0 {
		return nil
	}
	states, err := b.States(ctx)
	if err != nil {
		return err
	}
	for {
		now := time.Now().UTC().Truncate(time.Millisecond)
		var count letterCount
		revision, err := readEntry(ctx, states.bucket, counterStates+"."+source, &count)
		if err != nil {
			return fmt.Errorf("counting the dead letters of %s: %w", source, err)
		}
		if revision == 0 || now.Sub(count.Since) > b.profile.LetterWindow {
			count = letterCount{Since: now}
		}
		count.Count++
		_, err = writeEntry(ctx, states.bucket, counterStates+"."+source, count, revision)
		if errors.Is(err, ErrMoved) {
			continue
		}
		if err != nil {
			return fmt.Errorf("counting the dead letters of %s: %w", source, err)
		}
		if count.Count < b.profile.LetterLimit {
			return nil
		}
		return states.Stop(ctx, Stopped{Source: source, Since: now, Letters: count.Count, Reason: fmt.Sprintf(
			"%d dead letters since %s, the limit is %d within %s", count.Count, count.Since.Format(time.RFC3339), b.profile.LetterLimit, b.profile.LetterWindow)})
	}
}
