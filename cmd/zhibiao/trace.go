package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
	"zhibiao/transformers/decode"
	"zhibiao/transformers/recognise"
	"zhibiao/warehouse"
)

func traceCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "trace ID",
		Short: "Show where a number was printed",
		Long: `Show where a number was printed: the document, the passage, and how the printed
text became the value. The id is the column id of the warehouse's tables.`,
		Args: cobra.ExactArgs(1),
		RunE: c.inFolder(func(ctx context.Context, _ *cobra.Command, args []string, a *app) error {
			return c.trace(ctx, a, args[0])
		}),
	}
}

// trace prints an observation's way back to its document, and checks it: a range
// that does not read as the row says is our fault.
func (c *cli) trace(ctx context.Context, a *app, id string) error {
	reader, err := a.warehouse(ctx) // filings are not public, and the archive beside it is the operator's too
	if err != nil {
		return err
	}
	traced, err := reader.Trace(ctx, id)
	if err != nil {
		return err
	}
	store, err := a.archive()
	if err != nil {
		return err
	}
	c.printValue(a, traced)
	o := &traced.Observation
	if o.Op != pipeline.Assert {
		why := "the document no longer shows it"
		if o.Op == pipeline.Retract {
			why = "it was read wrongly, and is taken back"
		}
		c.printf("place        none: %s; the row that printed it is %s\n", why, o.Prior)
		return nil
	}
	body, err := store.Body(ctx, o.Origin.Document)
	if errors.Is(err, archive.ErrNotFound) {
		return environment("reading document "+o.Origin.Document, err)
	}
	if err != nil {
		return err
	}
	if err := checkProvenance(body, traced.Document.MediaType, o); err != nil {
		return err
	}
	c.printf("place        %s, bytes %d to %d\n", o.Locator, o.ByteStart, o.ByteEnd)
	c.printf("printed      %s\n", passage(body, traced.Document.MediaType, o))
	c.printf("value        %s\n", arithmetic(o))
	return nil
}

func (c *cli) printValue(a *app, traced warehouse.Traced) {
	o := &traced.Observation
	value := o.Value
	if value == "" {
		value = "NULL"
	}
	c.printf("id           %s\n", traced.ID)
	c.printf("observation  %s %s  %s %s  %s %s %s = %s %s (%s)\n",
		o.Indicator, indicatorName(a.set, o.Indicator), o.Region, regionName(a.set, o.Region, o.Period.End),
		o.Period.Freq, o.Period.Basis, o.Period.Label(), value, o.Unit, strings.Join(words(o), ", "))
	c.printf("source       %s (%s), derivation %d\n", o.Origin.Source, o.Origin.Supplier, o.Origin.DerivationNo)
	if traced.Recorded {
		c.printf("document     %s %s\n", traced.Document.Method, traced.Document.URL)
		if traced.Document.Title != "" {
			c.printf("             %s\n", traced.Document.Title)
		}
	}
	c.printf("             sha256 %s\n", o.Origin.Document)
	c.printf("known        %s\n", o.Origin.KnownAt.Format(time.RFC3339))
}

func words(o *pipeline.Observation) []string {
	list := []string{string(o.Op), string(o.Status)}
	for _, f := range o.Flags {
		list = append(list, string(f))
	}
	return list
}

// checkProvenance reads the row's byte range again and does its arithmetic again
// (promise 8).
func checkProvenance(body []byte, mediaType string, o *pipeline.Observation) error {
	text, err := decode.RereadAt(body, mediaType, o.Locator, o.ByteStart, o.ByteEnd)
	if err != nil {
		return fmt.Errorf("reading bytes %d to %d of document %s again: %w", o.ByteStart, o.ByteEnd, o.Origin.Document, err)
	}
	if text != o.RawText {
		return fmt.Errorf("bytes %d to %d of document %s read %q, but the row says %q", o.ByteStart, o.ByteEnd, o.Origin.Document, text, o.RawText)
	}
	if o.Value == "" {
		return nil // a word that says why there is no number
	}
	value, err := valueOf(o)
	if err != nil {
		return err
	}
	if !value.Equal(decimal.RequireFromString(o.Value)) {
		return fmt.Errorf("the printed %q gives %s %s, but the row says %s", o.RawText, value, o.Unit, o.Value)
	}
	return nil
}

// valueOf is number × factor × sign of the printed text.
func valueOf(o *pipeline.Observation) (decimal.Decimal, error) {
	number, err := recognise.ParseNumber(o.RawText)
	if err != nil {
		if o.Value == "0" { // 持平, 零: a word stands for zero
			return decimal.Zero, nil
		}
		return decimal.Zero, fmt.Errorf("reading the printed %q as a number: %w", o.RawText, err)
	}
	value := decimal.RequireFromString(number.Decimal)
	if o.Factor != "" {
		value = value.Mul(decimal.RequireFromString(o.Factor))
	}
	if o.Sign == pipeline.Minus {
		value = value.Neg()
	}
	return value, nil
}

func arithmetic(o *pipeline.Observation) string {
	if o.Value == "" {
		return o.RawText + " = NULL"
	}
	text := o.RawText
	if o.RawUnit != "" {
		text += " " + o.RawUnit
	}
	if o.Factor != "" {
		text += " × " + o.Factor
	}
	if o.Sign == pipeline.Minus {
		text += " × −1"
	}
	return text + " = " + o.Value + " " + o.Unit
}
