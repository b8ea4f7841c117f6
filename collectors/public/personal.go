package public

import (
	"bytes"

	"zhibiao/collectors/personal"
)

// fileTypes are the extensions of files that people make.
var fileTypes = map[string]bool{"xls": true, "xlsx": true, "et": true, "csv": true, "doc": true, "docx": true, "wps": true}

// checkPersonal refuses an attachment that holds identity-card numbers or a list of
// mobile phones, and puts it in quarantine: it reaches neither the archive nor a
// reader. Text inside PDF streams and encrypted files is not searched, and neither are
// pages and answers, unless their address calls them a file: many a .xls is HTML.
func (r *run) checkPersonal(target string, x *exchange) error {
	isPageOrAnswer := beginsWithTag(x.body) || bytes.HasPrefix(x.body, []byte("{"))
	if x.unchanged || isPageOrAnswer && !fileTypes[extensionOf(entry{url: target})] {
		return nil
	}
	why := personal.InFile(x.body)
	if why == "" {
		return nil
	}
	failed := &PageError{Kind: ErrPersonal, URL: target, Detail: why}
	if r.options.Memory != nil {
		failed.Cause = r.options.Memory.quarantine(x.body, quarantined{
			Source: r.source.Name, URL: target, Why: why, SeenAt: r.options.Clock().UTC()})
	}
	return failed
}
