package supplement

import (
	"archive/zip"
	"bytes"
	"path"
	"strings"
)

// The types that attachments may have.
const (
	typeJPEG = "image/jpeg"
	typePNG  = "image/png"
	typeWebP = "image/webp"
	typeHEIC = "image/heic"
	typePDF  = "application/pdf"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typeDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
)

var extensions = map[string]string{
	typeJPEG: ".jpg", typePNG: ".png", typeWebP: ".webp", typeHEIC: ".heic", typePDF: ".pdf", typeXLSX: ".xlsx", typeDOCX: ".docx",
}

var allowedTypes = map[string]bool{
	typeJPEG: true, typePNG: true, typeWebP: true, typeHEIC: true, typePDF: true, typeXLSX: true, typeDOCX: true,
}

// heicBrands are the brands of pictures that phones take.
var heicBrands = map[string]bool{"heic": true, "heix": true, "heim": true, "heis": true, "hevc": true, "hevx": true, "mif1": true, "msf1": true}

// Bounds of an office file.
const (
	maxInflated = 200 << 20 // bytes that all parts together claim
	maxRatio    = 200       // of a part's claimed size to its packed one
	maxParts    = 5000
)

// mediaTypeOf tells the type of an attachment by its first bytes, and by the parts of
// an office file. Its error is a *Problem.
func mediaTypeOf(content []byte) (string, error) {
	has := func(prefix string) bool { return bytes.HasPrefix(content, []byte(prefix)) }
	switch {
	case has("\xff\xd8\xff"):
		return typeJPEG, nil
	case has("\x89PNG\r\n\x1a\n"):
		return typePNG, nil
	case has("RIFF") && len(content) >= 12 && string(content[8:12]) == "WEBP":
		return typeWebP, nil
	case len(content) >= 12 && string(content[4:8]) == "ftyp" && heicBrands[string(content[8:12])]:
		return typeHEIC, nil
	case has("%PDF-"):
		return typePDF, nil
	case has("PK\x03\x04"):
		return officeType(content)
	case has("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return "", problem(WrongType, "旧格式或加密的办公文件不能上传，请另存为 .xlsx、.docx 或 PDF", "old or encrypted office files are not taken: save it as .xlsx, .docx or PDF")
	}
	return "", problem(WrongType, "只能上传照片（jpg、png、webp、heic）、PDF、xlsx 或 docx", "only pictures (jpg, png, webp, heic), PDF, xlsx and docx are taken")
}

func officeType(content []byte) (string, error) {
	broken := problem(WrongType, "这个压缩文件不是 xlsx 或 docx，或已损坏", "this archive is no xlsx or docx, or is damaged")
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return "", broken
	}
	if len(archive.File) > maxParts {
		return "", tooPacked()
	}
	names := map[string]bool{}
	var inflated uint64
	for _, part := range archive.File {
		names[part.Name] = true
		inflated += part.UncompressedSize64
		if inflated > maxInflated || part.UncompressedSize64 > 1<<20 && part.UncompressedSize64 > maxRatio*max(part.CompressedSize64, 1) {
			return "", tooPacked()
		}
		if name := strings.ToLower(part.Name); path.Base(name) == "vbaproject.bin" || strings.Contains(name, "/activex/") || strings.Contains(name, "/embeddings/") && path.Ext(name) == ".bin" {
			return "", problem(WrongType, "文件含有宏或嵌入对象，请去掉后再上传", "the file holds macros or embedded objects: take them out first")
		}
	}
	switch {
	case !names["[Content_Types].xml"]:
		return "", broken
	case names["xl/workbook.xml"]:
		return typeXLSX, nil
	case names["word/document.xml"]:
		return typeDOCX, nil
	}
	return "", broken
}

func tooPacked() *Problem {
	return problem(TooLarge, "文件解压后过大，请另存后再上传", "the file would unfold to too much: save it anew")
}
