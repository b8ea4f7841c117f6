package supplement

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	desk "zhibiao/collectors/supplement"
	"zhibiao/portal/account"
	"zhibiao/portal/web"
)

func uitoa(n uint64) string { return strconv.FormatUint(n, 10) }

func receiptPath(region string, at time.Time) string {
	return sheetPath(region) + "/receipt/" + strconv.FormatInt(at.UnixMilli(), 10)
}

type receiptView struct {
	Region, RegionName, At, Number string
	Rows                           []row
}

// receipt shows what was submitted at a moment, with how far it has come.
func (p *pages) receipt(w http.ResponseWriter, r *http.Request) error {
	ctx, region, at := r.Context(), r.PathValue("region"), r.PathValue("at")
	s, err := p.Desk.Sheet(ctx, ActorOf(ctx), region, p.Desk.Today())
	if err != nil {
		return Told(err)
	}
	view := receiptView{Region: region, RegionName: p.names.Region(region), Number: region + "-" + at}
	for _, e := range s.Entered {
		if strconv.FormatInt(e.SubmittedAt.UnixMilli(), 10) == at {
			view.At = Moment(e.SubmittedAt)
			view.Rows = append(view.Rows, p.rowOf(s, e))
		}
	}
	if len(view.Rows) == 0 {
		return web.Refuse(http.StatusNotFound, "没有这份回执，或其中的各项都已更正或撤回。", "There is no such receipt, or all of it was corrected or taken back since.")
	}
	return views.Show(w, r, http.StatusOK, "receipt.html", view)
}

type entryView struct {
	Region, RegionName, Key string
	row
	Mine, Open, Unusual bool
	Revision            uint64
	Reason              string
	Evidence            []attachment
	Steps               []Step
	Correct             string
	Rival               []KnownView // what is known of the same cell from all sources
}

// entry shows an entry with its trail and what else is known of its cell.
func (p *pages) entry(w http.ResponseWriter, r *http.Request) error {
	ctx, region := r.Context(), r.PathValue("region")
	cell, err := desk.ParseCell(r.PathValue("cell"))
	if err != nil {
		return Told(err)
	}
	s, err := p.Desk.Sheet(ctx, ActorOf(ctx), region, p.Desk.Today())
	if err != nil {
		return Told(err)
	}
	a, _ := account.From(ctx)
	for _, e := range s.Entered {
		if e.Cell.String() != cell.String() {
			continue
		}
		return views.Show(w, r, http.StatusOK, "entry.html", entryView{
			Region: region, RegionName: p.names.Region(region), Key: cell.String(), row: p.rowOf(s, e), Mine: a.May(account.Enter, account.Object{Region: region}),
			Open: e.State != desk.Settled, Unusual: e.Unusual, Revision: e.Revision, Reason: e.Reason, Evidence: attachments(region, e.Evidence),
			Steps: Steps(e.Trail), Correct: answerPath(region, cell), Rival: p.knownOf(s, cell),
		})
	}
	return web.Refuse(http.StatusNotFound, "没有这一项填报，可能已撤回。", "There is no such entry; it may have been taken back.")
}

// withdraw takes an entry back that is not accepted yet.
func (p *pages) withdraw(w http.ResponseWriter, r *http.Request) error {
	ctx, region := r.Context(), r.PathValue("region")
	f, err := p.readForm(r, cellField, revisionField)
	if err != nil {
		return err
	}
	revision, err := readRevision(f)
	if err != nil {
		return err
	}
	cell, err := desk.ParseCell(f.Get(cellField))
	if err != nil {
		return Told(err)
	}
	if err := p.Desk.Withdraw(ctx, ActorOf(ctx), region, cell, revision); err != nil {
		return Told(err)
	}
	tell(ctx, false, "已撤回。", "It is taken back.")
	return web.SeeOther(w, r, sheetPath(region))
}

// evidence sends an attachment, to be kept and not to be shown: it is a stranger's file.
func (p *pages) evidence(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	e, content, err := p.Desk.EvidenceContent(ctx, ActorOf(ctx), r.PathValue("region"), r.PathValue("hash"))
	if err != nil {
		return Told(err)
	}
	h := w.Header()
	h.Set("Content-Type", e.Type)
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(e.Name))
	h.Set("Content-Length", strconv.Itoa(len(content)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // the visitor is gone; there is nobody to tell
	}
	return nil
}
