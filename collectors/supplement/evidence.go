package supplement

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"zhibiao/collectors/personal"
	"zhibiao/pipeline"
	"zhibiao/pipeline/archive"
)

// maxName bounds the name of an attachment, in letters.
const maxName = 100

// Attach stores an attachment and returns it once it is durable; it becomes part of an
// answer or a dispute that names it. Its type is told by its content, whatever the name
// says: pictures, PDF, and office files without macros. Content or a name with
// identity-card numbers or lists of telephones is refused and not kept.
func (d *Desk) Attach(ctx context.Context, by Actor, region, name string, content []byte) (Evidence, error) {
	if err := by.may(region, County); err != nil {
		return Evidence{}, err
	}
	if len(content) == 0 {
		return Evidence{}, problem(Invalid, "文件是空的", "the file is empty")
	}
	if limit := d.config.Limits.EvidenceBytes; len(content) > limit {
		return Evidence{}, problem(TooLarge, "文件太大，最大 "+strconv.Itoa(limit>>20)+" MB", "the file is too large: at most "+strconv.Itoa(limit>>20)+" MiB")
	}
	mediaType, err := mediaTypeOf(content)
	if err != nil {
		return Evidence{}, err
	}
	name = cleanName(name, mediaType)
	if personal.InText(name) != "" || personal.InFile(content) != "" {
		return Evidence{}, problem(Personal, "文件或文件名中有身份证号或成批的手机号码，请处理后再上传",
			"the file or its name holds identity-card numbers or a list of mobile phones: take them out first")
	}
	hash, err := d.config.Evidences.PutEvidence(ctx, content)
	if err != nil {
		return Evidence{}, fmt.Errorf("keeping an attachment of %s: %w", region, err)
	}
	return Evidence{Hash: hash, Name: name, Type: mediaType, Bytes: len(content)}, nil
}

// EvidenceContent returns an attachment of a county for one who may see the county, if
// an entry, a dispute or the draft of that county names it. Serve it as a download, with
// the type that Evidence names and nosniff.
func (d *Desk) EvidenceContent(ctx context.Context, by Actor, region, hash string) (Evidence, []byte, error) {
	if err := by.may(region, County, City, Province); err != nil {
		return Evidence{}, nil, err
	}
	found, err := d.namedEvidence(ctx, by, region, hash)
	if err != nil {
		return Evidence{}, nil, err
	}
	content, err := d.config.Evidences.Evidence(ctx, hash)
	if err != nil {
		return Evidence{}, nil, err
	}
	return found, content, nil
}

func (d *Desk) namedEvidence(ctx context.Context, by Actor, region, hash string) (Evidence, error) {
	f, _, err := d.load(ctx, region)
	if err != nil {
		return Evidence{}, err
	}
	var lists [][]Evidence
	for _, r := range f.Cells {
		for _, e := range []*Entry{r.Open, r.Standing} {
			if e != nil {
				lists = append(lists, e.Evidence)
			}
		}
	}
	for _, dispute := range f.Disputes {
		lists = append(lists, dispute.Evidence)
	}
	if by.Role == County { // a draft is nobody else's to see
		draft, err := d.draft(ctx, region)
		if err != nil {
			return Evidence{}, err
		}
		for _, a := range draft.Answers {
			lists = append(lists, a.Evidence)
		}
	}
	for _, list := range lists {
		for _, e := range list {
			if e.Hash == hash {
				return e, nil
			}
		}
	}
	return Evidence{}, problem(NotThere, "没有这个附件", "there is no such attachment")
}

// fitsEvidence checks the names of attachments that an answer carries.
func (d *Desk) fitsEvidence(all []Evidence) *Problem {
	if limit := d.config.Limits.EvidenceCount; len(all) > limit {
		return problem(TooLarge, "附件最多 "+strconv.Itoa(limit)+" 个", "at most "+strconv.Itoa(limit)+" attachments")
	}
	for _, e := range all {
		if raw, err := hex.DecodeString(e.Hash); err != nil || len(raw) != 32 || e.Bytes <= 0 || !allowedTypes[e.Type] ||
			utf8.RuneCountInString(e.Name) > maxName || e.Name != cleanName(e.Name, e.Type) {
			return problem(Invalid, "附件信息有误，请重新上传", "the attachment is not one that was stored: attach it again")
		}
	}
	return nil
}

// hasEvidence reports whether an attachment is in the archive and is what it is said to
// be.
func (d *Desk) hasEvidence(ctx context.Context, e Evidence) (bool, error) {
	content, err := d.config.Evidences.Evidence(ctx, e.Hash)
	if errors.Is(err, archive.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for an attachment: %w", err)
	}
	mediaType, problem := mediaTypeOf(content)
	return problem == nil && mediaType == e.Type && len(content) == e.Bytes && pipeline.HashBody(content) == e.Hash, nil
}

// cleanName makes a name fit to be shown: without folders, control letters and letters
// that turn the direction, with the extension of its type.
func cleanName(name, mediaType string) string {
	name = path.Base(strings.ReplaceAll(name, "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`<>:"/|?*`, r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	extension := extensions[mediaType]
	stem := strings.Trim(strings.TrimSuffix(name, path.Ext(name)), ". ")
	if stem == "" {
		stem = "附件"
	}
	if letters := []rune(stem); len(letters) > maxName-len(extension) {
		stem = string(letters[:maxName-len(extension)])
	}
	return stem + extension
}
