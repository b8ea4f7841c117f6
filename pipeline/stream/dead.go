package stream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"zhibiao/pipeline"
)

// Headers of a dead letter.
const (
	headerReason   = "Zhibiao-Reason"
	headerSubject  = "Zhibiao-Subject"
	headerID       = "Zhibiao-Id"
	headerAttempts = "Zhibiao-Attempts"
)

const (
	maxReason     = 8 << 10 // bytes of a reason in a dead letter
	maxTermReason = 256     // bytes of a reason in the broker's advisory
)

// ErrNoLetter says that there is no dead letter of a number.
var ErrNoLetter = errors.New("there is none of this number")

// Letter is a message that can never be processed as it is, with the reason: a
// person looks at it, mends what is wrong, and replays it.
type Letter struct {
	Sequence uint64 // its place among the dead letters, for show and replay
	At       time.Time
	Stage    string // transform, load
	Reason   string
	Subject  string // where it was published first
	ID       string // under which id
	Attempts int    // how often it was tried; outages are none
	Payload  []byte
	Replayed *Replayed // nil for a letter that was not replayed
}

// Replayed says when a letter was published again.
type Replayed struct {
	At    time.Time `json:"at"` // the last time
	Times int       `json:"times"`
}

// PublishLetter sets a letter aside and returns once the broker has it.
func (b *Broker) PublishLetter(ctx context.Context, letter Letter) error {
	return b.publishLetter(ctx, letter)
}

func (b *Broker) publishLetter(ctx context.Context, letter Letter) error {
	target, err := subject("dead", letter.Stage)
	if err != nil {
		return err
	}
	message := nats.NewMsg(target)
	message.Data = letter.Payload
	message.Header.Set(headerReason, printable(letter.Reason, maxReason))
	message.Header.Set(headerSubject, letter.Subject)
	message.Header.Set(headerID, letter.ID)
	message.Header.Set(headerAttempts, strconv.Itoa(max(letter.Attempts, 1)))
	// A letter that is buried again after a crash is the same letter.
	id := pipeline.ContentID("dead", letter.Stage, letter.Subject, letter.ID, string(letter.Payload))
	if err := b.publish(ctx, message, id); err != nil {
		return err
	}
	if err := b.countLetter(ctx, letter.Content().Source); err != nil {
		b.log.Warn("a dead letter was not counted", zap.Error(err)) // it is there, and listed
	}
	return nil
}

// Letters returns up to limit dead letters from a sequence on, oldest first.
func (b *Broker) Letters(ctx context.Context, from uint64, limit int) ([]Letter, error) {
	dead, err := b.js.Stream(ctx, Dead)
	if err != nil {
		return nil, fmt.Errorf("listing dead letters: %w", err)
	}
	state := dead.CachedInfo().State
	var letters []Letter
	for sequence := max(from, state.FirstSeq, 1); sequence <= state.LastSeq && len(letters) < limit; sequence++ {
		letter, err := b.Letter(ctx, sequence)
		if errors.Is(err, ErrNoLetter) {
			continue
		}
		if err != nil {
			return nil, err
		}
		letters = append(letters, letter)
	}
	return letters, nil
}

// Letter returns one dead letter.
func (b *Broker) Letter(ctx context.Context, sequence uint64) (Letter, error) {
	dead, err := b.js.Stream(ctx, Dead)
	if err != nil {
		return Letter{}, fmt.Errorf("reading dead letter %d: %w", sequence, err)
	}
	raw, err := dead.GetMsg(ctx, sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Letter{}, fmt.Errorf("reading dead letter %d: %w", sequence, ErrNoLetter)
	}
	if err != nil {
		return Letter{}, fmt.Errorf("reading dead letter %d: %w", sequence, err)
	}
	letter := Letter{
		Sequence: raw.Sequence,
		At:       raw.Time,
		Stage:    strings.TrimPrefix(raw.Subject, "dead."),
		Reason:   raw.Header.Get(headerReason),
		Subject:  raw.Header.Get(headerSubject),
		ID:       raw.Header.Get(headerID),
		Payload:  raw.Data,
	}
	letter.Attempts, _ = strconv.Atoi(raw.Header.Get(headerAttempts)) // older letters have none
	return letter, b.markReplayed(ctx, &letter)
}

// printable makes one line of at most size bytes, as a header may hold it.
func printable(text string, size int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
	if len(text) <= size {
		return text
	}
	for size > 0 && !utf8.RuneStart(text[size]) {
		size--
	}
	return text[:size]
}
