package supplement

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	desk "zhibiao/collectors/supplement"
)

// Fields of the sheet. Those with a dot are followed by the form of a cell.
const (
	revisionField = "revision"
	doField       = "do"
	cellField     = "cell"
	typedField    = "typed."
	zeroField     = "zero."
	sameField     = "same."
	kindField     = "kind."
	reasonField   = "reason."
	keptField     = "kept." // an attachment of the draft
	oldField      = "old."  // an attachment of the entry that is corrected
	dropField     = "drop." // the hash of one to be left out
	fileField     = "file."
	yes           = "yes"
)

var sheetFields = []string{revisionField, doField, cellField, typedField, zeroField, sameField, kindField, reasonField, keptField, oldField, dropField, fileField}

// answers are what a form says, by the form of the cell; a cell that was left blank is
// there with a blank answer.
func (f *form) answers() (map[string]desk.Answer, error) {
	all := map[string]desk.Answer{}
	for _, key := range f.Values[cellField] {
		if _, err := desk.ParseCell(key); err != nil {
			return nil, err
		}
		a := desk.Answer{
			Kind: desk.AnswerKind(f.Get(kindField + key)), Typed: f.Get(typedField + key), Zero: f.Get(zeroField+key) == yes,
			Same: f.Get(sameField+key) == yes, Reason: strings.ReplaceAll(f.Get(reasonField+key), "\r\n", "\n"),
		}
		var err error
		if a.Evidence, err = f.evidence(keptField+key, dropField+key); err != nil {
			return nil, err
		}
		if !a.IsBlank() {
			old, err := f.evidence(oldField+key, dropField+key)
			if err != nil {
				return nil, err
			}
			a.Evidence = withEvidence(a.Evidence, old...)
		}
		all[key] = a
	}
	return all, nil
}

// contradiction says where an answer says two things at once.
func contradiction(a desk.Answer) (desk.Words, bool) {
	typed := strings.TrimSpace(a.Typed) != ""
	none := a.Kind != "" && a.Kind != desk.Value
	switch {
	case typed && none:
		return desk.Words{ZH: "既填了数，又选了“不适用”或“未掌握”，请只留一个", EN: "there is a number and “not applicable” or “not available”: keep one of them"}, true
	case typed && a.Same:
		return desk.Words{ZH: "既填了数，又勾选了“沿用上期”，请只留一个", EN: "there is a number and “same as last time”: keep one of them"}, true
	case none && a.Same:
		return desk.Words{ZH: "既勾选了“沿用上期”，又选了“不适用”或“未掌握”，请只留一个", EN: "there is “same as last time” and another answer: keep one of them"}, true
	}
	return desk.Words{}, false
}

func contradictions(answers map[string]desk.Answer) map[string]desk.Words {
	found := map[string]desk.Words{}
	for key, a := range answers {
		if words, is := contradiction(a); is {
			found[key] = words
		}
	}
	return found
}

// evidenceText writes an attachment for a hidden field; the desk checks it against the
// archive when it is submitted.
func evidenceText(e desk.Evidence) string {
	return fmt.Sprintf("%s %d %s %s", e.Hash, e.Bytes, e.Type, e.Name)
}

func (f *form) evidence(field, dropped string) ([]desk.Evidence, error) {
	var all []desk.Evidence
	for _, text := range f.Values[field] {
		parts := strings.SplitN(text, " ", 4)
		if len(parts) != 4 {
			return nil, badForm(fmt.Errorf("field %s is no attachment", field))
		}
		size, err := strconv.Atoi(parts[1])
		if err != nil {
			return nil, badForm(fmt.Errorf("field %s is no attachment: %w", field, err))
		}
		if !slices.Contains(f.Values[dropped], parts[0]) {
			all = withEvidence(all, desk.Evidence{Hash: parts[0], Bytes: size, Type: parts[2], Name: parts[3]})
		}
	}
	return all, nil
}

// withEvidence adds attachments that are not there yet.
func withEvidence(all []desk.Evidence, more ...desk.Evidence) []desk.Evidence {
	for _, e := range more {
		if !slices.ContainsFunc(all, func(o desk.Evidence) bool { return o.Hash == e.Hash }) {
			all = append(all, e)
		}
	}
	return all
}

// attach stores the files of a field. What is refused is told on the next page and
// keeps nothing else from being saved; the error is an outage.
func (p *pages) attach(ctx context.Context, region, field string, files []upload) ([]desk.Evidence, error) {
	var all []desk.Evidence
	for _, file := range files {
		if file.field != field {
			continue
		}
		e, err := p.Desk.Attach(ctx, ActorOf(ctx), region, file.name, file.content)
		if problem := problemIn(err); problem != nil {
			name := shortName(file.name)
			tell(ctx, true, "附件“"+name+"”没有保存："+problem.Words.ZH, "The attachment “"+name+"” was not kept: "+problem.Words.EN)
			continue
		}
		if err != nil {
			return nil, err
		}
		all = withEvidence(all, e)
	}
	return all, nil
}

const shownName = 40 // letters of a file's name in a note

func shortName(name string) string {
	letters := []rune(strings.ToValidUTF8(name, "?"))
	if len(letters) > shownName {
		return string(letters[:shownName]) + "…"
	}
	return string(letters)
}
