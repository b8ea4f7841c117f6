package clickhouse

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"zhibiao/pipeline"
)

// The checks stand before the client's Append, because ClickHouse stores most wrong
// values with success: a day before 1900 becomes 1900-01-01, superfluous decimals are
// cut, integers wrap.

// The days and times that Date32 and DateTime64 hold.
var (
	firstDay = pipeline.DateOf(1900, 1, 1)
	lastDay  = pipeline.DateOf(2299, 12, 31)
)

var (
	suppliers  = []pipeline.Supplier{pipeline.Public, pipeline.Province, pipeline.County}
	operations = []pipeline.Op{pipeline.Assert, pipeline.Withdraw, pipeline.Retract}
	statuses   = []pipeline.Status{pipeline.First, pipeline.Provisional, pipeline.Final, pipeline.CensusRevised}
	accesses   = []pipeline.Access{pipeline.AccessPublic, pipeline.AccessRestricted, pipeline.AccessSuppressed}
	precisions = []pipeline.Precision{pipeline.PrecisionUnknown, pipeline.PrecisionDay, pipeline.PrecisionMinute}
	knownFlags = []pipeline.Flag{pipeline.FlagEstimated, pipeline.FlagBreak, pipeline.FlagSuspect, pipeline.FlagDisputed,
		pipeline.FlagUnreviewed, pipeline.FlagWithdrawn, pipeline.FlagRestatedBoundary, pipeline.FlagNotApplicable,
		pipeline.FlagNotAvailable, pipeline.FlagSuppressed, pipeline.FlagStructural}
)

// newObservationCheck returns a check that remembers origins and periods, which many
// rows share.
func newObservationCheck() func(*observation) error {
	origin := remembered(checkOrigin)
	period := remembered(checkPeriod)
	return func(o *observation) error {
		if o.Origin == nil {
			return errors.New("checking observation: it has no origin")
		}
		err := first(
			origin(o.Origin),
			period(o.Period),
			named("indicator", o.Indicator),
			named("region", o.Region),
			plain("dims", o.Dims),
			plain("locator", o.Locator),
			checkWords(o),
			checkNumbers(o),
			checkPlace(o),
		)
		if err != nil {
			return fmt.Errorf("checking observation %s of %s: %w", o.Indicator, o.Region, err)
		}
		return nil
	}
}

func checkPeriod(p pipeline.Period) error {
	if p.Start < firstDay || p.End > lastDay {
		return fmt.Errorf("period %s to %s is outside 1900 to 2299", p.Start, p.End)
	}
	return p.Valid()
}

func checkWords(o *observation) error {
	if !slices.IsSorted(o.Flags) {
		return fmt.Errorf("flags %v are not sorted", o.Flags)
	}
	for _, f := range o.Flags {
		if err := oneOf("flag", f, knownFlags); err != nil {
			return err
		}
	}
	return first(
		oneOf("operation", o.Op, operations),
		oneOf("status", o.Status, statuses),
		oneOf("access", o.Access, accesses),
		named("unit", o.Unit),
		valid("revision round", o.Round),
		valid("printed text", o.RawText),
		valid("printed unit", o.RawUnit),
		valid("factor", o.Factor),
	)
}

func checkNumbers(o *observation) error {
	if o.Sign < pipeline.Minus || o.Sign > pipeline.Plus {
		return fmt.Errorf("sign %d is not -1, 0 or 1", o.Sign)
	}
	return first(pipeline.CheckDecimal(o.Value), pipeline.CheckDecimal(o.HalfWidth))
}

func checkPlace(o *observation) error {
	if o.ByteEnd < o.ByteStart {
		return fmt.Errorf("byte range %d to %d ends before it starts", o.ByteStart, o.ByteEnd)
	}
	if o.Op == pipeline.Assert {
		return nil
	}
	if _, err := pipeline.ParseObservationID(o.Prior); err != nil {
		return fmt.Errorf("%s does not say which row it is about: %w", o.Op, err)
	}
	return nil
}

func checkOrigin(o *pipeline.Origin) error {
	return first(
		named("source", o.Source),
		oneOf("supplier", o.Supplier, suppliers),
		named("lineage", o.Lineage),
		named("version", o.Version),
		checkHash(o.Document),
		instant("fetched_at", o.FetchedAt),
		instant("known_at", o.KnownAt),
		checkStamp(o.PublishedAt),
		named("derivation", o.Derivation),
	)
}

func checkStamp(s pipeline.Stamp) error {
	if err := oneOf("precision", s.Precision, precisions); err != nil || !s.Known() {
		return err
	}
	return moment("published_at", s.At)
}

func checkHash(hash string) error {
	if len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return fmt.Errorf("document %q is not a SHA-256 in lower-case hex", hash)
	}
	return nil
}

func newRefusalCheck() func(*refusal) error {
	origin := remembered(checkOrigin)
	return func(r *refusal) error {
		if r.Origin == nil {
			return errors.New("checking refusal: it has no origin")
		}
		err := first(
			origin(r.Origin),
			named("reason", string(r.Reason)),
			plain("table", r.Table),
			plain("locator", r.Locator),
			plain("indicator", r.Indicator),
			counted("count", r.Count, 1),
		)
		if err != nil {
			return fmt.Errorf("checking refusal %s of %q: %w", r.Reason, r.Label, err)
		}
		return nil
	}
}

func newDocumentCheck() func(*documentRecord) error {
	return func(d *documentRecord) error {
		err := first(
			checkOrigin(d.Origin()),
			oneOf("access", d.Access, accesses),
			valid("url", d.URL),
			valid("request body", d.RequestBody),
			counted("observations", d.Observations, 0),
			counted("rows", d.Rows, 0),
			counted("refusals", d.Refusals, 0),
		)
		if err != nil {
			return fmt.Errorf("checking document record %s: %w", d.Version, err)
		}
		return nil
	}
}

func newConfirmationCheck() func(*confirmation) error {
	return func(c *confirmation) error {
		err := first(named("source", c.Source), named("lineage", c.Lineage), named("version", c.Version),
			checkHash(c.Document), moment("confirmed_at", c.ConfirmedAt))
		if err != nil {
			return fmt.Errorf("checking confirmation of %s: %w", c.Lineage, err)
		}
		return nil
	}
}

func newRunCheck() func(*run) error {
	return func(r *run) error {
		err := first(named("id", r.ID), named("source", r.Source), moment("started_at", r.StartedAt),
			moment("finished_at", orEpoch(r.FinishedAt)),
			counted("fetched", r.Fetched, 0), counted("new", r.New, 0), counted("confirmed", r.Confirmed, 0))
		if err != nil {
			return fmt.Errorf("checking run %s: %w", r.ID, err)
		}
		return nil
	}
}

// first returns the first error.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func remembered[K comparable](check func(K) error) func(K) error {
	seen := map[K]error{}
	return func(key K) error {
		err, found := seen[key]
		if !found {
			err = check(key)
			seen[key] = err
		}
		return err
	}
}

func oneOf[T ~string](what string, word T, known []T) error {
	if !slices.Contains(known, word) {
		return fmt.Errorf("%s %q is not known", what, word)
	}
	return nil
}

func named(what, text string) error {
	if text == "" {
		return fmt.Errorf("%s is empty", what)
	}
	return plain(what, text)
}

// plain refuses what would let two keys meet in the id, which joins them by 0x1f.
func plain(what, text string) error {
	if strings.IndexByte(text, 0x1f) >= 0 {
		return fmt.Errorf("%s %q holds the separator 0x1f", what, text)
	}
	return valid(what, text)
}

func valid(what, text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("%s %q is not UTF-8", what, text)
	}
	return nil
}

func moment(what string, t time.Time) error {
	if day := pipeline.DateIn(t, time.UTC); t.IsZero() || day < firstDay || day > lastDay {
		return fmt.Errorf("%s %s is outside 1900 to 2299", what, t.UTC().Format(time.RFC3339))
	}
	return nil
}

// instant is a moment that is part of a key: cut to milliseconds, two keys could meet.
func instant(what string, t time.Time) error {
	if err := moment(what, t); err != nil {
		return err
	}
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		return fmt.Errorf("%s %s is not in whole milliseconds", what, t.UTC().Format(time.RFC3339Nano))
	}
	return nil
}

func counted(what string, n, least int) error {
	if n < least || n > math.MaxUint32 {
		return fmt.Errorf("%s %d is not between %d and %d", what, n, least, uint32(math.MaxUint32))
	}
	return nil
}
