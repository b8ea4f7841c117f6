package transformers

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"zhibiao/pipeline"
)

// bigWorkbook writes a workbook of one table with so many numbers in scope: eight
// indicators of counties, by year.
func bigWorkbook(t testing.TB, numbers int) []byte {
	t.Helper()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	const relation = `<?xml version="1.0"?><Relationships><Relationship Id="r1" Type="http://a/%s" Target="%s"/></Relationships>`
	for _, part := range [][2]string{
		{"_rels/.rels", fmt.Sprintf(relation, "officeDocument", "xl/workbook.xml")},
		{"xl/workbook.xml", `<?xml version="1.0"?><workbook><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", fmt.Sprintf(relation, "worksheet", "worksheets/sheet1.xml")},
	} {
		if _, err := io.WriteString(member(t, archive, part[0]), part[1]); err != nil {
			t.Fatal(err)
		}
	}
	sheet := bufio.NewWriter(member(t, archive, "xl/worksheets/sheet1.xml"))
	fmt.Fprint(sheet, `<?xml version="1.0"?><worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>各县主要指标</t></is></c></row><row r="2">`)
	for _, head := range append([]string{"行政区划代码", "县（市、区）", "年份"}, benchColumns...) {
		fmt.Fprintf(sheet, `<c t="inlineStr"><is><t>%s</t></is></c>`, head)
	}
	fmt.Fprint(sheet, "</row>")
	const years = 60
	regions, random := counties(t, 400), rand.New(rand.NewPCG(5, 6))
	for row := 3; numbers > 0; row++ {
		region := regions[row/years%len(regions)]
		fmt.Fprintf(sheet, `<row r="%d"><c r="A%d"><v>%s</v></c><c r="B%d" t="inlineStr"><is><t>%s</t></is></c><c r="C%d"><v>%d</v></c>`,
			row, row, region.Code, row, region.Name, row, 1960+row%years)
		for column := range benchColumns {
			fmt.Fprintf(sheet, `<c r="%c%d"><v>%d.%d</v></c>`, 'D'+column, row, random.IntN(900_000)+10_000, random.IntN(9)+1)
		}
		fmt.Fprint(sheet, "</row>")
		numbers -= len(benchColumns)
	}
	fmt.Fprint(sheet, "</sheetData></worksheet>")
	if err := sheet.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func member(t testing.TB, archive *zip.Writer, name string) io.Writer {
	t.Helper()
	w, err := archive.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// What is allocated in all is no less than what is ever in use at once.
func TestAWorkbookOfMoreNumbersThanAreKeptIsReadInBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads a workbook of a million numbers")
	}
	const numbers, kept, body, most = 1_100_000, 1 << 17, 50_000_000, 400_000_000 // body is what a workbook may have in bytes
	doc := testDocument(pipeline.RawDocument{URL: "http://a.gov.cn/x.xlsx", Body: bigWorkbook(t, numbers)})
	rules := testRules(t, pipeline.SourceRules{Kind: pipeline.KindFile})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	reading, err := shared.Read(doc, rules)
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if reading.Complete || len(reading.Observations) != kept || len(reading.Refusals) != 1 || reading.Refusals[0].Reason != pipeline.UnexpectedField {
		t.Errorf("want %d observations, one refusal of the rest, and nothing withdrawn; have %d, complete %t, refused %+v",
			kept, len(reading.Observations), reading.Complete, reading.Refusals[:min(3, len(reading.Refusals))])
	}
	used := after.TotalAlloc - before.TotalAlloc
	t.Logf("%d MB are allocated", used/1_000_000)
	if used+body > most {
		t.Errorf("%d bytes are allocated, with a body of %d that is more than %d", used, body, most)
	}
}
