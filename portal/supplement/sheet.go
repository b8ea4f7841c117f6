package supplement

import (
	"net/http"
	"slices"

	desk "zhibiao/collectors/supplement"
	"zhibiao/portal/account"
	"zhibiao/portal/web"
)

// sheetView is what the sheet's template sees.
type sheetView struct {
	Region, RegionName string
	Mine               bool // the visitor fills it
	Nothing            bool // 本期无须填报
	Saved              bool // just now
	Problem            *desk.Words
	Tasks              []taskView
	Returned, Extra    []box
	Boxes              bool // there is anything to fill
	Revision           uint64
	SavedAt            string
	Entered            []row
	Disputes           []disputeView
}

type taskView struct {
	Name  desk.Words
	Boxes []box
}

// group is boxes of one indicator.
type group struct {
	Name, Range desk.Words
	Boxes       []box
}

func groupsOf(boxes []box) []group {
	var groups []group
	for _, b := range boxes {
		if n := len(groups); n == 0 || groups[n-1].Name != b.Name || groups[n-1].Range != b.Range {
			groups = append(groups, group{Name: b.Name, Range: b.Range})
		}
		last := &groups[len(groups)-1]
		last.Boxes = append(last.Boxes, b)
	}
	return groups
}

// Groups are the boxes under their indicators.
func (t taskView) Groups() []group { return groupsOf(t.Boxes) }

// ReturnedGroups are those that were returned.
func (v *sheetView) ReturnedGroups() []group { return groupsOf(v.Returned) }

// ExtraGroups are those that nobody asks for.
func (v *sheetView) ExtraGroups() []group { return groupsOf(v.Extra) }

// Styles is where the styles of the sheet are.
func (*sheetView) Styles() string { return stylesPath }

// typed is what the fields of a sheet are filled with.
type typed struct {
	answers   map[string]desk.Answer
	revision  uint64 // of the draft that a save takes the place of
	savedAt   string
	problems  map[string]desk.Words // beside the fields
	colleague map[string]desk.Words
	on        *desk.Words // above the form
	saved     bool        // just now
	chosen    string      // a cell that the visitor wants to answer, "" for none
	status    int
}

// sheet shows a county's page.
func (p *pages) sheet(w http.ResponseWriter, r *http.Request) error {
	ctx, region := r.Context(), r.PathValue("region")
	by := ActorOf(ctx)
	t := typed{status: http.StatusOK, chosen: r.URL.Query().Get(cellParameter)}
	if by.Role == desk.County {
		draft, err := p.Desk.Draft(ctx, by, region)
		if err != nil {
			return Told(err)
		}
		t.answers, t.revision = draft.Answers, draft.Revision
		t.problems = contradictions(draft.Answers)
		if len(draft.Answers) > 0 { // an empty one is nothing to come back to
			t.savedAt = Moment(draft.SavedAt)
		}
		t.saved = r.URL.Query().Get(savedParameter) == yes && draft.Revision > 0
		if len(draft.Answers) > 0 {
			findings, err := p.Desk.Check(ctx, by, draft)
			if err != nil {
				return Told(err)
			}
			t.add(findings)
		}
	}
	return p.show(w, r, t)
}

// add puts findings beside their fields.
func (t *typed) add(findings []desk.Finding) {
	for _, f := range findings {
		if _, is := t.problems[f.Cell]; !is {
			t.problems[f.Cell] = f.Words
		}
	}
}

// show shows a county's page with its fields filled.
func (p *pages) show(w http.ResponseWriter, r *http.Request, t typed) error {
	ctx, region := r.Context(), r.PathValue("region")
	s, err := p.Desk.Sheet(ctx, ActorOf(ctx), region, p.Desk.Today())
	if err != nil {
		return Told(err)
	}
	a, _ := account.From(ctx)
	view := &sheetView{Region: region, RegionName: p.names.Region(region), Mine: a.May(account.Enter, account.Object{Region: region}),
		Problem: t.on, Revision: t.revision, SavedAt: t.savedAt, Saved: t.saved}
	for _, task := range s.Tasks {
		shown := taskView{Name: task.Name}
		for _, ask := range task.Asks {
			shown.Boxes = append(shown.Boxes, boxOf(ask))
		}
		view.Tasks = append(view.Tasks, shown)
	}
	for _, e := range s.Entered {
		view.Entered = append(view.Entered, p.rowOf(s, e))
	}
	if view.Mine {
		if err := p.addExtras(view, s, t); err != nil {
			return err
		}
	}
	for _, d := range s.Disputes {
		view.Disputes = append(view.Disputes, p.disputeOf(s, d))
	}
	view.fill(t)
	view.Nothing = s.Nothing()
	return views.Show(w, r, t.status, "sheet.html", view)
}

// addExtras puts the fields of returned entries, of cells that the draft has besides,
// and of the one that was chosen, on the page.
func (p *pages) addExtras(view *sheetView, s *desk.Sheet, t typed) error {
	there := map[string]bool{}
	for _, task := range view.Tasks {
		for _, b := range task.Boxes {
			there[b.Key] = true
		}
	}
	for _, e := range s.Entered {
		if e.State == desk.Returned {
			b, _ := p.extraBox(s, e.Cell)
			view.Returned = append(view.Returned, b)
			there[b.Key] = true
		}
	}
	for _, key := range slices.Sorted(keysOf(t.answers)) {
		if cell, err := desk.ParseCell(key); err == nil && !there[key] {
			b, _ := p.extraBox(s, cell) // one that is not to be answered any more can be cleared
			view.Extra = append(view.Extra, b)
			there[key] = true
		}
	}
	if t.chosen == "" || there[t.chosen] {
		return nil
	}
	cell, err := desk.ParseCell(t.chosen)
	if err != nil {
		return Told(err)
	}
	b, may := p.extraBox(s, cell)
	if !may {
		return web.Refuse(http.StatusNotFound, "这一项无须由本县填报。", "This is not for the county to enter.")
	}
	view.Extra = append(view.Extra, b)
	return nil
}

func keysOf(answers map[string]desk.Answer) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range answers {
			if !yield(key) {
				return
			}
		}
	}
}

// fill fills all fields and names their elements.
func (v *sheetView) fill(t typed) {
	n := 0
	each := func(boxes []box) {
		for i := range boxes {
			n++
			boxes[i].ID = "c" + itoa(n)
			boxes[i].fill(v.Region, t.answers, t.problems, t.colleague)
		}
	}
	each(v.Returned)
	for i := range v.Tasks {
		each(v.Tasks[i].Boxes)
	}
	each(v.Extra)
	v.Boxes = n > 0 && v.Mine
}
