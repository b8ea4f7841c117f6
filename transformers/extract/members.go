package extract

import (
	"path"
	"strings"
	"unicode"

	"zhibiao/pipeline"
	"zhibiao/transformers/decode"
)

// members reads a zip of documents, each member as a document of its own, in the
// order of the zip. A member that cannot be read is refused; the others are read.
func (s *sink) members() {
	archive, f := decode.Zip(s.doc.Body, s.budget)
	if f != nil {
		s.refuseWhole(f.Reason, f.Detail)
		return
	}
	if len(archive.Files) == 0 {
		s.refuseWhole(pipeline.NotADocument, "the zip is empty")
		return
	}
	for _, file := range archive.Files {
		prefix := decode.Escape(file.Name) + "!"
		if isFiller(file.Name) {
			s.ignore("packed file " + file.Name)
			continue
		}
		body, f := archive.Read(file.Name)
		if f != nil {
			s.complete = false
			s.refuse(f.Reason, "", nil, place{table: prefix, locator: prefix}, f.Detail)
			continue
		}
		member := *s.doc
		member.Body, member.MediaType = body, ""
		if title := strings.TrimSuffix(path.Base(file.Name), path.Ext(file.Name)); strings.IndexFunc(title, isHan) >= 0 {
			member.Title = title
		}
		s.take(s.document(&member, s.budget, true), prefix)
	}
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// isFiller reports whether a member is what operating systems leave in a zip.
func isFiller(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(name, "__MACOSX/") || base == ".DS_Store" || base == "Thumbs.db" || base == "desktop.ini"
}

// take adds what a member says, with its name before every locator.
func (s *sink) take(r Result, prefix string) {
	s.complete = s.complete && r.Complete
	for _, o := range r.Observations {
		o.Locator = prefix + o.Locator
		s.observations = append(s.observations, o)
	}
	for _, refusal := range r.Refusals {
		refusal.Table, refusal.Locator = prefix+refusal.Table, prefix+refusal.Locator
		s.refused[refusal.Key()] = len(s.refusals)
		s.refusals = append(s.refusals, refusal)
	}
	for _, ignored := range r.Ignored {
		s.ignoredCount[ignored.Name] += ignored.Count
	}
}
