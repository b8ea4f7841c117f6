package supplement

import (
	"slices"
	"strings"
	"testing"

	"zhibiao/pipeline"
)

func (o *office) dispute(claimed string) Dispute {
	o.t.Helper()
	x, err := o.Dispute(o.t.Context(), clerk, Objection{Region: qingxu, Observation: observationID(1), Claimed: claimed, Reason: "与统计公报正式稿不一致"})
	if err != nil {
		o.t.Fatal(err)
	}
	return x
}

func TestADisputeEndsInAFlagBesideTheOriginal(t *testing.T) {
	for claimed, value := range map[string]string{"３２１.50": `"value":"321.50"`, "": `"value":"未掌握"`} {
		o := newOffice(t)
		x := o.dispute(claimed)
		open, err := o.OpenDisputes(t.Context(), shanxi)
		if err != nil || len(open) != 1 || open[0].Dispute.Shown != "320.5" {
			t.Fatalf("the province sees %+v (%v)", open, err)
		}
		ended, err := o.EndDispute(t.Context(), shanxi, DisputeDecision{Region: qingxu, ID: x.ID, Revision: x.Revision, Outcome: Flagged, Reason: "两数并存，待统计部门答复"})
		if err != nil || ended.Acceptance == "" {
			t.Fatal(ended, err)
		}
		documents := o.collected()
		if len(documents) != 1 {
			t.Fatalf("%d documents", len(documents))
		}
		body := string(documents[0].Body)
		if !strings.Contains(body, `"disputes":"`+observationID(1)+`"`) || !strings.Contains(body, value) || documents[0].Access != pipeline.AccessPublic {
			t.Errorf("the document is %s, %s", documents[0].Access, body)
		}
		sheet, err := o.Sheet(t.Context(), clerk, qingxu, o.Today())
		if err != nil || sheet.Known[0].Value != "320.5" || sheet.Disputes[0].Outcome != Flagged {
			t.Errorf("the original was changed: %+v (%v)", sheet, err)
		}
	}
}

func TestADisputeEndsInACorrectionWithItsReasonAndNoDocument(t *testing.T) {
	o := newOffice(t)
	x := o.dispute("321.5")
	decision := DisputeDecision{Region: qingxu, ID: x.ID, Revision: x.Revision, Outcome: Corrected, Reason: "已按正式稿重新读取"}
	_, err := o.EndDispute(t.Context(), shanxi, decision)
	wants(t, err, Invalid) // it must say which observation is right
	decision.Correction = observationID(2)
	ended, err := o.EndDispute(t.Context(), shanxi, decision)
	if err != nil || ended.Outcome != Corrected || ended.Trail[1].Text != decision.Reason {
		t.Fatalf("got %+v (%v)", ended, err)
	}
	if documents := o.collected(); len(documents) != 0 {
		t.Errorf("%d documents", len(documents))
	}
	_, err = o.EndDispute(t.Context(), shanxi2, DisputeDecision{Region: qingxu, ID: x.ID, Revision: x.Revision, Outcome: Kept, Reason: "无误"})
	if p := wants(t, err, Stale); !strings.Contains(p.Words.ZH, "省级处理完毕") {
		t.Errorf("the second reviewer was told %s", p.Words.ZH)
	}
}

func TestWhichObjectionsAreNotTaken(t *testing.T) {
	o := newOffice(t)
	o.numbers.known = append(o.numbers.known, Known{Cell: brandsOf(2023), Value: "2", Unit: "个", Supplier: pipeline.County, Source: Source, ID: observationID(3)})
	good := Objection{Region: qingxu, Observation: observationID(1), Claimed: "321.5", Reason: "与正式稿不一致"}
	for name, test := range map[string]struct {
		by     Actor
		change func(*Objection)
		kind   ProblemKind
	}{
		"another county":               {Actor{Role: County, Region: yangqu}, func(*Objection) {}, Forbidden},
		"a reviewer":                   {shanxi, func(*Objection) {}, Forbidden},
		"a value that is not there":    {clerk, func(x *Objection) { x.Observation = observationID(9) }, NotThere},
		"no value":                     {clerk, func(x *Objection) { x.Observation = "" }, NotThere},
		"its own entry":                {clerk, func(x *Objection) { x.Observation = observationID(3) }, NotOpen},
		"no reason":                    {clerk, func(x *Objection) { x.Reason = " " }, Invalid},
		"words for a number":           {clerk, func(x *Objection) { x.Claimed = "三百" }, Invalid},
		"the value that is there":      {clerk, func(x *Objection) { x.Claimed = "320.50" }, Invalid},
		"a telephone in the reason":    {clerk, func(x *Objection) { x.Reason = "问13800000001" }, Personal},
		"an attachment that is not so": {clerk, func(x *Objection) { x.Evidence = []Evidence{{Hash: "x"}} }, Invalid},
	} {
		objection := good
		test.change(&objection)
		_, err := o.Dispute(t.Context(), test.by, objection)
		t.Log(name)
		wants(t, err, test.kind)
	}
	o.dispute("321.5")
	again := o.dispute("321.5")
	open, err := o.OpenDisputes(t.Context(), taiyuan)
	if err != nil || len(open) != 1 || open[0].Dispute.ID != again.ID {
		t.Errorf("it was entered twice: %+v (%v)", open, err)
	}
	_, err = o.Dispute(t.Context(), clerk, Objection{Region: qingxu, Observation: observationID(1), Claimed: "300", Reason: "改一下"})
	wants(t, err, NotOpen)
	if _, err := o.EndDispute(t.Context(), clerk, DisputeDecision{Region: qingxu, ID: again.ID, Revision: again.Revision, Outcome: Dropped}); err != nil {
		t.Fatal(err)
	}
	if _, err = o.Dispute(t.Context(), clerk, Objection{Region: qingxu, Observation: observationID(1), Claimed: "300", Reason: "改一下"}); err != nil {
		t.Error(err)
	}
}

func TestWhoEndsADispute(t *testing.T) {
	o := newOffice(t)
	x := o.dispute("321.5")
	for _, by := range []Actor{clerk, taiyuan, {Role: Province, Region: "130000"}} {
		_, err := o.EndDispute(t.Context(), by, DisputeDecision{Region: qingxu, ID: x.ID, Revision: x.Revision, Outcome: Kept, Reason: "无误"})
		wants(t, err, Forbidden)
	}
	_, err := o.EndDispute(t.Context(), shanxi, DisputeDecision{Region: qingxu, ID: x.ID, Revision: x.Revision, Outcome: Dropped})
	wants(t, err, Forbidden)
	_, err = o.EndDispute(t.Context(), shanxi, DisputeDecision{Region: qingxu, ID: x.ID, Revision: x.Revision, Outcome: Kept})
	wants(t, err, Invalid)
	_, err = o.EndDispute(t.Context(), shanxi, DisputeDecision{Region: qingxu, ID: "none", Revision: 1, Outcome: Kept, Reason: "无误"})
	wants(t, err, NotThere)
}

func TestACountysOwnIndicator(t *testing.T) {
	o := newOffice(t)
	local := Local{NameZH: "平遥牛肉授权企业数", Owner: "市场监督管理局", Definition: "年末获准使用地理标志的企业", Unit: "家", Stock: true}
	added, err := o.AddLocal(t.Context(), clerk, qingxu, local)
	if err != nil || added.Code != "local:140121:own_1" {
		t.Fatal(added, err)
	}
	if again, err := o.AddLocal(t.Context(), clerk, qingxu, local); err != nil || again.Code != added.Code {
		t.Errorf("it was added twice: %+v (%v)", again, err)
	}
	for name, change := range map[string]func(*Local){
		"no name": func(l *Local) { l.NameZH = "" }, "no owner": func(l *Local) { l.Owner = " " }, "no definition": func(l *Local) { l.Definition = "" },
		"an unknown unit":                     func(l *Local) { l.NameZH, l.Unit = "另一个", "头" },
		"a name of the catalogue":             func(l *Local) { l.NameZH = gdp.NameZH },
		"another definition of the same name": func(l *Local) { l.Definition = "另一口径" },
		"a telephone":                         func(l *Local) { l.NameZH, l.Definition = "另一个", "问13800000001" },
	} {
		wrong := local
		change(&wrong)
		if _, err := o.AddLocal(t.Context(), clerk, qingxu, wrong); err == nil {
			t.Errorf("%s: it was added", name)
		}
	}
	year := func(n int, basis pipeline.Basis) Cell {
		return Cell{added.Code, qingxu, pipeline.YearPeriod(n, basis)}
	}
	receipt := o.submit(map[Cell]Answer{year(2025, pipeline.End): {Typed: "12"}, year(2026, pipeline.End): {Typed: "1"}, year(2025, pipeline.Flow): {Typed: "1"}})
	if len(receipt.Submitted) != 1 || len(receipt.Findings) != 2 {
		t.Fatalf("got %+v", receipt)
	}
	o.decide(shanxi, o.on(year(2025, pipeline.End), ActAccept, ""))
	documents := o.collected()
	want := `"indicators":[{"code":"local:140121:own_1","name_zh":"平遥牛肉授权企业数","owner":"市场监督管理局","definition":"年末获准使用地理标志的企业","unit":"家"}]`
	if len(documents) != 1 || !strings.Contains(string(documents[0].Body), want) {
		t.Errorf("the documents are %s", documents)
	}
	unseen := local
	unseen.NameZH = "无人审核过的指标"
	if _, err := o.AddLocal(t.Context(), clerk, qingxu, unseen); err != nil {
		t.Fatal(err)
	}
	all, err := o.Locals(t.Context()) // without the one of which nothing was accepted
	if err != nil || !slices.Equal(all, []pipeline.LocalIndicator{{Code: added.Code, Region: qingxu, NameZH: local.NameZH, Owner: local.Owner, Definition: local.Definition, Unit: "家"}}) {
		t.Errorf("the table would be %+v (%v)", all, err)
	}
}
