package main

import (
	"context"
	"errors"
	"testing"

	"zhibiao/collectors/supplement"
	"zhibiao/pipeline"
	"zhibiao/portal/audit"
)

// unstruck hands over what the desk does and ends before anything is struck off.
type unstruck struct{ desk *supplement.Desk }

var errDies = errors.New("the process dies here")

func (u unstruck) Collect(ctx context.Context, window pipeline.Window, emit func(context.Context, pipeline.RawDocument) error) error {
	_ = u.desk.Collector().Collect(ctx, window, func(ctx context.Context, raw pipeline.RawDocument) error {
		if err := emit(ctx, raw); err != nil {
			return err
		}
		return errDies
	})
	return nil
}

func TestADisputeAndAnOwnIndicatorGoTheWholeWay(t *testing.T) {
	w := startWorld(t)
	w.collect("demo-communique-trs")
	desk, err := w.app.desk(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	region := w.askAll(`SELECT toString(min(region)) FROM resolved WHERE indicator = 'gdp' AND NOT endsWith(region, '00')`)[0][0]
	clerk := supplement.Actor{Account: "clerk", Role: supplement.County, Region: region}
	officer := supplement.Actor{Account: "officer", Role: supplement.Province, Region: region[:2] + "0000"}
	sheet, err := desk.Sheet(t.Context(), clerk, region, desk.Today())
	if err != nil || len(sheet.Known) == 0 {
		t.Fatalf("%s knows %d values (%v)", region, len(sheet.Known), err)
	}
	known := sheet.Known[0]
	if known.ID == "" || known.Printed == "" || known.SourceTitle == "" || known.Cell.Period.Valid() != nil {
		t.Errorf("known is %+v", known)
	}
	dispute, err := desk.Dispute(t.Context(), clerk, supplement.Objection{Region: region, Observation: known.ID, Claimed: "99.5", Reason: "与正式稿不一致"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := desk.EndDispute(t.Context(), officer, supplement.DisputeDecision{Region: region, ID: dispute.ID, Revision: dispute.Revision,
		Outcome: supplement.Flagged, Reason: "两数并存"}); err != nil {
		t.Fatal(err)
	}
	local := enterLocal(t, desk, clerk, officer)
	if err := w.line.tendDesk(t.Context(), desk); err != nil {
		t.Fatal(err)
	}
	if err := w.line.awaitLoaded(t.Context()); err != nil {
		t.Fatal(err)
	}
	row := w.askAll(`SELECT ifNull(toString(value), ''), toString(source), access, id, arrayStringConcat(arrayMap(l -> concat(l.source, ' ', ifNull(toString(l.value), '')), losers), ';')
		FROM resolved WHERE indicator = '` + known.Cell.Indicator + `' AND region = '` + region + `' AND period_end = '` + known.Cell.Period.End.String() + `' AND basis = '` + string(known.Cell.Period.Basis) + `' AND dims = ''`)[0]
	if row[0] != known.Value || row[1] != known.Source || row[2] != "public" || row[3] != known.ID || row[4] != "county-supplement 99.5" {
		t.Errorf("the disputed value is %v now, it was %+v", row, known)
	}
	flags := w.askAll(`SELECT arrayStringConcat(flags, ' ') FROM observation WHERE source = 'county-supplement' AND indicator = '` + known.Cell.Indicator + `'`)
	if len(flags) != 1 || flags[0][0] != "disputed" {
		t.Errorf("the flags are %v", flags)
	}
	values := w.askAll(`SELECT toString(name_zh), ifNull(toString(value), '') FROM local_value WHERE indicator = '` + local.Code + `'`)
	if len(values) != 1 || values[0][0] != "平遥牛肉授权企业数" || values[0][1] != "12" {
		t.Errorf("the own indicator says %v", values)
	}
	w.checkTrail(3)
}

// enterLocal adds an own indicator, enters a number of it and has it accepted.
func enterLocal(t *testing.T, desk *supplement.Desk, clerk, officer supplement.Actor) supplement.Local {
	t.Helper()
	local, err := desk.AddLocal(t.Context(), clerk, clerk.Region, supplement.Local{NameZH: "平遥牛肉授权企业数", Owner: "市场监督管理局", Definition: "年末获准使用地理标志的企业", Unit: "家", Stock: true})
	if err != nil {
		t.Fatal(err)
	}
	cell := supplement.Cell{Indicator: local.Code, Region: clerk.Region, Period: pipeline.YearPeriod(2025, pipeline.End)}
	draft, err := desk.SaveDraft(t.Context(), clerk, supplement.Draft{Region: clerk.Region, Answers: map[string]supplement.Answer{cell.String(): {Typed: "12"}}})
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := desk.Submit(t.Context(), clerk, clerk.Region, draft.Revision)
	if err != nil || len(receipt.Submitted) != 1 {
		t.Fatalf("submitting: %+v, %v", receipt, err)
	}
	results, err := desk.Decide(t.Context(), officer, []supplement.Decision{{Region: clerk.Region, Cell: cell, Revision: receipt.Submitted[0].Revision, Act: supplement.ActAccept}})
	if err != nil || results[0].Problem != nil {
		t.Fatalf("accepting: %+v, %v", results, err)
	}
	return local
}

// checkTrail wants the audit trail to be sound and to name who acted, at least so often.
func (w *worldRun) checkTrail(least int) {
	w.t.Helper()
	trail, err := w.app.audit(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	report, err := trail.Verify(w.t.Context(), nil)
	if err != nil || !report.Sound() {
		w.t.Errorf("the audit trail: %+v, %v", report, err)
	}
	var who []string
	err = trail.List(w.t.Context(), 1, func(r audit.Record) error {
		if r.Who == "clerk" || r.Who == "officer" {
			who = append(who, r.Who+" "+r.What)
		}
		return nil
	})
	if err != nil || len(who) < least {
		w.t.Errorf("the audit trail holds %v (%v)", who, err)
	}
}

// askAll is ask in the name of the platform: also of what is not public.
func (w *worldRun) askAll(query string) [][]string {
	w.t.Helper()
	all, err := w.app.warehouse(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return w.askOf(all, query)
}
