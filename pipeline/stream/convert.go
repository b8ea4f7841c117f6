package stream

import (
	"time"

	"zhibiao/pipeline"
)

func toWireOrigin(o *pipeline.Origin) wireOrigin {
	return wireOrigin{
		Source:       o.Source,
		Supplier:     string(o.Supplier),
		Lineage:      o.Lineage,
		Version:      o.Version,
		Document:     o.Document,
		FetchedAt:    o.FetchedAt.UnixMilli(),
		KnownAt:      o.KnownAt.UnixMilli(),
		PublishedAt:  o.PublishedAt.At.UnixMilli(),
		Precision:    string(o.PublishedAt.Precision),
		Derivation:   o.Derivation,
		DerivationNo: o.DerivationNo,
	}
}

func fromWireOrigin(w *wireOrigin) *pipeline.Origin {
	return &pipeline.Origin{
		Source:       w.Source,
		Supplier:     pipeline.Supplier(w.Supplier),
		Lineage:      w.Lineage,
		Version:      w.Version,
		Document:     w.Document,
		FetchedAt:    time.UnixMilli(w.FetchedAt).UTC(),
		KnownAt:      time.UnixMilli(w.KnownAt).UTC(),
		PublishedAt:  pipeline.Stamp{At: time.UnixMilli(w.PublishedAt).UTC(), Precision: pipeline.Precision(w.Precision)},
		Derivation:   w.Derivation,
		DerivationNo: w.DerivationNo,
	}
}

func toWireRow(w *wireRow, o *pipeline.Observation) {
	flags := w.Flags[:0]
	for _, flag := range o.Flags {
		flags = append(flags, string(flag))
	}
	*w = wireRow{
		Indicator: o.Indicator,
		Region:    o.Region,
		Freq:      string(o.Period.Freq),
		Basis:     string(o.Period.Basis),
		Start:     int32(o.Period.Start),
		End:       int32(o.Period.End),
		Dims:      o.Dims,
		Op:        string(o.Op),
		Value:     o.Value,
		Unit:      o.Unit,
		Decimals:  o.Decimals,
		HalfWidth: o.HalfWidth,
		Status:    string(o.Status),
		Round:     o.Round,
		Flags:     flags,
		Access:    string(o.Access),
		RawText:   o.RawText,
		RawUnit:   o.RawUnit,
		Factor:    o.Factor,
		Sign:      int8(o.Sign),
		Locator:   o.Locator,
		ByteStart: o.ByteStart,
		ByteEnd:   o.ByteEnd,
		Prior:     o.Prior,
	}
}

func toWireRefusal(r *pipeline.Refusal) wireRefusal {
	return wireRefusal{
		Closed:    r.Closed,
		Reason:    string(r.Reason),
		Label:     r.Label,
		Table:     r.Table,
		Indicator: r.Indicator,
		Detail:    r.Detail,
		Count:     r.Count,
		Quote:     r.Quote,
		Locator:   r.Locator,
		ByteStart: r.ByteStart,
		ByteEnd:   r.ByteEnd,
	}
}

func fromWireRefusal(w *wireRefusal, origin *pipeline.Origin) pipeline.Refusal {
	return pipeline.Refusal{
		Origin:    origin,
		Closed:    w.Closed,
		Reason:    pipeline.Reason(w.Reason),
		Label:     w.Label,
		Table:     w.Table,
		Indicator: w.Indicator,
		Detail:    w.Detail,
		Count:     w.Count,
		Quote:     w.Quote,
		Locator:   w.Locator,
		ByteStart: w.ByteStart,
		ByteEnd:   w.ByteEnd,
	}
}
