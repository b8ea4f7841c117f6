// Package pdfglyph takes the printed letters of a PDF with their places. It runs
// PDFium, compiled to WebAssembly, in a sandbox without files, network or clock
// and with bounded memory: the same body gives the same letters.
package pdfglyph

import (
	"errors"
	"fmt"
	"math"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// Glyph is one printed letter. Lengths are in points; x grows to the right and y
// upwards as the page is shown.
type Glyph struct {
	Rune  rune
	X, Y  float64 // where it begins on its base line
	Right float64 // where the next one would begin
	Size  float64 // em
	// Unsure is set where the font does not say which letter the glyph stands for.
	Unsure bool
}

// Page is what one page prints, in the order of the file.
type Page struct {
	Glyphs []Glyph
	// Pictures is set where something is painted.
	Pictures bool
	// Invisible counts letters that are not shown, such as those that a machine
	// recognised on a scan.
	Invisible int
}

// Limits of a document.
const (
	MaxPages  = 500
	MaxGlyphs = 500_000
)

// The reasons why a body is not read.
var (
	ErrEncrypted = errors.New("the document is encrypted")
	ErrDamaged   = errors.New("the document is damaged or cut off")
	ErrTooLarge  = fmt.Errorf("the document has more than %d pages or %d letters", MaxPages, MaxGlyphs)
	ErrStuck     = errors.New("reading the document does not come to an end")
)

// Read returns the pages of a PDF. Letters that stand at an angle, such as
// watermarks, are left out. The first call in a process takes about 3 s and
// 300 MB to compile PDFium; 30 MB stay.
func Read(body []byte) ([]Page, error) {
	var pages []Page
	err := withInstance(func(instance pdfium.Pdfium) error {
		r := &reader{instance: instance}
		var err error
		pages, err = r.document(body)
		return err
	})
	return pages, err
}

type reader struct {
	instance pdfium.Pdfium
	glyphs   int
}

func (r *reader) document(body []byte) ([]Page, error) {
	opened, err := r.instance.OpenDocument(&requests.OpenDocument{File: &body})
	switch {
	case errors.Is(err, pdferrors.ErrPassword), errors.Is(err, pdferrors.ErrSecurity):
		return nil, ErrEncrypted
	case err != nil:
		return nil, fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	count, err := r.instance.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: opened.Document})
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	if count.PageCount > MaxPages {
		return nil, ErrTooLarge
	}
	pages := make([]Page, count.PageCount)
	for i := range pages {
		if pages[i], err = r.page(opened.Document, i); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

func (r *reader) page(document references.FPDF_DOCUMENT, i int) (Page, error) {
	loaded, err := r.instance.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: document, Index: i})
	if err != nil {
		return Page{}, fmt.Errorf("%w (page %d: %w)", ErrDamaged, i+1, err)
	}
	by := requests.Page{ByReference: &loaded.Page}
	defer func() { _, _ = r.instance.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page}) }()
	text, err := r.instance.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: by})
	if err != nil {
		return Page{}, fmt.Errorf("%w (text of page %d: %w)", ErrDamaged, i+1, err)
	}
	defer func() { _, _ = r.instance.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: text.TextPage}) }()
	count, err := r.instance.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: text.TextPage})
	if err != nil {
		return Page{}, fmt.Errorf("%w (text of page %d: %w)", ErrDamaged, i+1, err)
	}
	if r.glyphs += count.Count; r.glyphs > MaxGlyphs {
		return Page{}, ErrTooLarge
	}
	turn, painted, err := r.shape(by)
	if err != nil {
		return Page{}, fmt.Errorf("%w (page %d: %w)", ErrDamaged, i+1, err)
	}
	page := Page{Pictures: painted > 0}
	for n := range count.Count {
		glyph, shown, err := r.glyph(text.TextPage, n, turn)
		switch {
		case err != nil:
			return Page{}, fmt.Errorf("%w (letter %d of page %d: %w)", ErrDamaged, n+1, i+1, err)
		case shown == visible:
			page.Glyphs = append(page.Glyphs, glyph)
		case shown == invisible:
			page.Invisible++
		}
	}
	return page, nil
}

// shape returns by how many quarters a page is turned clockwise to be shown, and
// how many things are painted on it.
func (r *reader) shape(page requests.Page) (int, int, error) {
	rotation, err := r.instance.FPDFPage_GetRotation(&requests.FPDFPage_GetRotation{Page: page})
	if err != nil {
		return 0, 0, err
	}
	objects, err := r.instance.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil {
		return 0, 0, err
	}
	return int(rotation.PageRotation) & 3, objects.Count, nil
}

type visibility uint8

const (
	visible visibility = iota
	invisible
	unprinted // made up by PDFium, or at an angle
)

// renderModeInvisible is how a text object says that it is not painted.
const renderModeInvisible = 3

// glyph reads one letter.
func (r *reader) glyph(page references.FPDF_TEXTPAGE, n, turn int) (Glyph, visibility, error) {
	made, err := r.instance.FPDFText_IsGenerated(&requests.FPDFText_IsGenerated{TextPage: page, Index: n})
	if err != nil {
		return Glyph{}, unprinted, err
	}
	if made.IsGenerated {
		return Glyph{}, unprinted, nil
	}
	letter, err := r.instance.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: page, Index: n})
	if err != nil {
		return Glyph{}, unprinted, err
	}
	if shown, err := r.visibility(page, n, turn); shown != visible || err != nil {
		return Glyph{}, shown, err
	}
	origin, err := r.instance.FPDFText_GetCharOrigin(&requests.FPDFText_GetCharOrigin{TextPage: page, Index: n})
	if err != nil {
		return Glyph{}, unprinted, err
	}
	box, err := r.instance.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: page, Index: n})
	if err != nil {
		return Glyph{}, unprinted, err
	}
	size, err := r.size(page, n)
	if err != nil {
		return Glyph{}, unprinted, err
	}
	unmapped, err := r.instance.FPDFText_HasUnicodeMapError(&requests.FPDFText_HasUnicodeMapError{TextPage: page, Index: n})
	if err != nil {
		return Glyph{}, unprinted, err
	}
	g := Glyph{Rune: rune(letter.Unicode), Size: size, Unsure: unmapped.HasUnicodeMapError || letter.Unicode == 0 || letter.Unicode == 0xFFFD || letter.Unicode == 0xFFFE}
	rect := box.Rect
	left, _ := turned(float64(rect.Left), float64(rect.Bottom), turn)
	right, _ := turned(float64(rect.Right), float64(rect.Top), turn)
	g.X, g.Y = turned(origin.X, origin.Y, turn)
	g.Right = math.Max(left, right)
	return g, visible, nil
}

// turned turns a place by quarters clockwise.
func turned(x, y float64, quarters int) (float64, float64) {
	switch quarters {
	case 1:
		return y, -x
	case 2:
		return -x, -y
	case 3:
		return -y, x
	}
	return x, y
}

// size is the em of a letter as it is painted.
func (r *reader) size(page references.FPDF_TEXTPAGE, n int) (float64, error) {
	font, err := r.instance.FPDFText_GetFontSize(&requests.FPDFText_GetFontSize{TextPage: page, Index: n})
	if err != nil {
		return 0, err
	}
	matrix, err := r.instance.FPDFText_GetMatrix(&requests.FPDFText_GetMatrix{TextPage: page, Index: n})
	if err != nil {
		return 0, err
	}
	return font.FontSize * math.Hypot(float64(matrix.Matrix.C), float64(matrix.Matrix.D)), nil
}

// upright is how far a letter may lean, in radians.
const upright = 0.02

func (r *reader) visibility(page references.FPDF_TEXTPAGE, n, turn int) (visibility, error) {
	angle, err := r.instance.FPDFText_GetCharAngle(&requests.FPDFText_GetCharAngle{TextPage: page, Index: n})
	if err != nil {
		return unprinted, err
	}
	lean := math.Mod(float64(angle.CharAngle)+float64(turn)*math.Pi/2, 2*math.Pi)
	if lean > upright && lean < 2*math.Pi-upright {
		return unprinted, nil
	}
	object, err := r.instance.FPDFText_GetTextObject(&requests.FPDFText_GetTextObject{TextPage: page, Index: n})
	if err != nil {
		return unprinted, nil // it is of no text object: made up
	}
	mode, err := r.instance.FPDFTextObj_GetTextRenderMode(&requests.FPDFTextObj_GetTextRenderMode{PageObject: object.TextObject})
	if err != nil {
		return unprinted, err
	}
	if int(mode.TextRenderMode) == renderModeInvisible {
		return invisible, nil
	}
	return visible, nil
}
