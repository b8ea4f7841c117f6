package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"

	"zhibiao/collectors/filing"
	"zhibiao/pipeline"
	"zhibiao/pipeline/observe"
	"zhibiao/portal/account"
	"zhibiao/portal/audit"
	filingpages "zhibiao/portal/filing"
	"zhibiao/portal/morning"
	"zhibiao/portal/number"
	"zhibiao/portal/supplement"
	"zhibiao/portal/web"
)

// officerPages are the pages of the data officer, of the coordinating units, and of
// those who look for numbers. Filings and entries are not public, so that what is known
// of them is asked in the name of the platform; the pages decide who is shown it.
func (a *app) officerPages(trail *audit.Log) []web.Page {
	names := number.NewNames(a.set)
	pages := morning.Pages(morning.Config{
		Names: names, Sources: a.set.Sources(), Units: a.units(), Warehouse: a.warehouse, Logger: a.log, Now: now,
		Held: a.heldForPage, Late: a.lateForPage, Asked: a.askedOfUnits, Waiting: a.waitingFor, SetAside: a.setAside,
	})
	pages = append(pages, filingpages.Pages(filingpages.Config{
		Names: names, Units: a.units(), Indicator: a.set.Indicator, Asked: a.askedOfUnits, Request: a.requestForPage,
		Check: a.checkForPage, File: a.fileForPage, Audit: trail, Now: now,
	})...)
	return append(pages, number.Pages(number.Config{
		Set: a.set, Reader: a.publicReader, Insider: a.warehouse, Body: a.archivedBody, Reread: reread, Logger: a.log, Now: now,
	})...)
}

func (a *app) heldForPage(ctx context.Context) ([]morning.Held, error) {
	held, err := a.heldDocuments(ctx, "")
	if err != nil {
		return nil, err
	}
	var all []morning.Held
	for _, h := range held {
		all = append(all, morning.Held{Source: h.Source, Title: h.Title, URL: h.URL, Document: h.Document, Tables: h.Tables})
	}
	return all, nil
}

func (a *app) lateForPage(ctx context.Context) ([]observe.Expectation, error) {
	if _, err := a.reader(ctx); err != nil { // expectations asks what is open
		return nil, err
	}
	at := now()
	expected, err := a.expectations(ctx, at)
	if err != nil {
		return nil, environment("asking the warehouse", err)
	}
	return observe.Overdue(expected, at, a.settings.Operation.grace()), nil
}

// askedOfUnits returns by coordinating unit the cells that its workbook asks for.
func (a *app) askedOfUnits(ctx context.Context) (map[string][]filing.Cell, error) {
	q, err := a.missingQuestion(nil, "", "")
	if err != nil {
		return nil, err
	}
	w, err := a.warehouse(ctx)
	if err != nil {
		return nil, err
	}
	absent, err := w.Missing(ctx, q.on, "", q.from, q.to)
	if err != nil {
		return nil, environment("asking the warehouse", err)
	}
	answered, err := a.answered(ctx, w, filing.Workbooks)
	if err != nil {
		return nil, err
	}
	asked := map[string][]filing.Cell{}
	for _, m := range absent {
		cell := filing.Cell{Indicator: m.Indicator, Region: m.Region, Period: wholePeriod(m.Period)}
		if m.Move == string(pipeline.Province) && !answered[cell] {
			asked[m.Unit] = append(asked[m.Unit], cell)
		}
	}
	return asked, nil
}

func (a *app) requestForPage(ctx context.Context, unit string) (filing.Request, error) {
	q, err := a.missingQuestion(nil, "", "")
	if err != nil {
		return filing.Request{}, err
	}
	return a.workbookRequest(ctx, unit, q)
}

func (a *app) checkForPage(r io.Reader) (filing.Result, error) {
	source, err := a.set.Source(filing.Workbooks)
	if err != nil {
		return filing.Result{}, err
	}
	return filing.Check(r, source, now(), a.judge(filing.Workbooks))
}

// pagePatience is how long a visitor waits for what he filed to be in the warehouse;
// by then it is durable, and goes on without him.
const pagePatience = 20 * time.Second

// fileForPage puts a workbook on the line. A visitor who goes away does not stop it.
func (a *app) fileForPage(ctx context.Context, result *filing.Result, name, by string) (filingpages.Filed, error) {
	ctx = context.WithoutCancel(ctx)
	l, done, err := a.useLine(ctx)
	if err != nil {
		return filingpages.Filed{}, err
	}
	defer done()
	run, err := l.file(ctx, result, name, by)
	if err != nil {
		return filingpages.Filed{}, err
	}
	waiting, cancel := context.WithTimeout(ctx, pagePatience)
	defer cancel()
	err = l.awaitLoaded(waiting)
	if err != nil && waiting.Err() == nil {
		a.log.Error("waiting for a filed workbook to be loaded failed", zap.Error(err))
	}
	return filingpages.Filed{Before: run.New == 0, Loaded: err == nil}, nil
}

// waitingFor counts what waits for a reviewer, as far as he may see it.
func (a *app) waitingFor(ctx context.Context, reviewer account.Account) (entries, disputes int, err error) {
	desk, err := a.desk(ctx)
	if err != nil {
		return 0, 0, err
	}
	by := supplement.ActorOf(account.With(ctx, reviewer))
	waiting, err := desk.Waiting(ctx, by)
	if err != nil {
		return 0, 0, err
	}
	open, err := desk.OpenDisputes(ctx, by)
	return len(waiting), len(open), err
}

// setAside counts the dead letters, and names the sources that were stopped for having
// too many.
func (a *app) setAside(ctx context.Context) (messages int, stopped []string, err error) {
	broker, err := a.broker(ctx)
	if err != nil {
		return 0, nil, err
	}
	letters, err := broker.OpenLetters(ctx)
	if err != nil {
		return 0, nil, environment("asking the broker", err)
	}
	states, err := a.states(ctx)
	if err != nil {
		return 0, nil, err
	}
	all, err := states.AllStopped(ctx)
	if err != nil {
		return 0, nil, environment("asking the broker", err)
	}
	for _, s := range all {
		stopped = append(stopped, s.Source)
	}
	return int(letters), stopped, nil
}

func (a *app) archivedBody(ctx context.Context, hash string) ([]byte, error) {
	store, err := a.archive()
	if err != nil {
		return nil, err
	}
	return store.Body(ctx, hash)
}

// reread finds a number in its document again, as trace does.
func reread(body []byte, mediaType string, o *pipeline.Observation) (place number.Place, err error) {
	defer func() { // a document is what somebody else wrote
		if fault := recover(); fault != nil {
			err = errors.Join(err, fmt.Errorf("reading document %s again: panic: %v", o.Origin.Document, fault))
		}
	}()
	if err := checkProvenance(body, mediaType, o); err != nil {
		return number.Place{}, err
	}
	return number.Place{Passage: passage(body, mediaType, o), Arithmetic: arithmetic(o)}, nil
}
