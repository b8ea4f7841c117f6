package filing_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"go.uber.org/goleak"

	"zhibiao/collectors/filing"
	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/transformers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var loaded = sync.OnceValues(func() (*configs.Set, error) { return configs.Load(configs.Default()) })

// desk is what a test needs to make, fill in and check forms.
type desk struct {
	t      testing.TB
	set    *configs.Set
	reader *transformers.Transformer
}

var sharedReader = transformers.New()

func newDesk(t testing.TB) *desk {
	t.Helper()
	set, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return &desk{t, set, sharedReader}
}

func (d *desk) source(name string) *pipeline.Source {
	source, err := d.set.Source(name)
	if err != nil {
		d.t.Fatal(err)
	}
	return source
}

// judge is the judge that the command uses.
func (d *desk) judge(source string) filing.Judge {
	rules, err := d.set.Rules(source, transformers.Parser)
	if err != nil {
		d.t.Fatal(err)
	}
	return func(doc pipeline.Document) (pipeline.Judgement, error) { return d.reader.Judge(doc, rules) }
}

// filedOn is when the tests file: all of 2024 is over.
var filedOn = time.Date(2025, 9, 1, 9, 0, 0, 0, time.UTC)

func (d *desk) check(source string, body []byte) filing.Result {
	d.t.Helper()
	result, err := filing.Check(bytes.NewReader(body), d.source(source), filedOn, d.judge(source))
	if err != nil {
		d.t.Fatal(err)
	}
	return result
}

// read reads the document of a result as the line does.
func (d *desk) read(result filing.Result) pipeline.Reading {
	d.t.Helper()
	rules, err := d.set.Rules(result.Upload.Source.Name, transformers.Parser)
	if err != nil {
		d.t.Fatal(err)
	}
	doc := pipeline.NewDocument(result.Upload.Raw(), "", pipeline.Derivation{ID: rules.ID, No: 1, Parser: transformers.Parser})
	reading, err := d.reader.Read(doc, rules)
	if err != nil {
		d.t.Fatal(err)
	}
	return reading
}

const testUnit = "省局质量发展处"

func year(indicator, region string, year int, basis pipeline.Basis) filing.Cell {
	return filing.Cell{Indicator: indicator, Region: region, Period: pipeline.YearPeriod(year, basis)}
}

// request asks for two indicators of two counties in two years, one cell left out.
func (d *desk) request() filing.Request {
	return filing.Request{Unit: testUnit, On: pipeline.DateOf(2025, 8, 1), Indicators: d.set.Indicators(), Regions: d.set.Regions(),
		Asked: []filing.Cell{
			year("manufactured_product_pass_rate", "140121", 2023, pipeline.Flow),
			year("quality_chain_projects", "140121", 2023, pipeline.End),
			year("quality_chain_projects", "140121", 2024, pipeline.End),
			year("manufactured_product_pass_rate", "140728", 2023, pipeline.Flow),
			year("quality_chain_projects", "140728", 2023, pipeline.End),
			year("quality_chain_projects", "140728", 2024, pipeline.End),
			year("manufactured_product_pass_rate", "140728", 2024, pipeline.Flow),
		},
		Known: []filing.Known{{Cell: year("quality_chain_projects", "140121", 2022, pipeline.End), Value: "3", Unit: "个", Source: "去年填报"}},
	}
}

func (d *desk) make(request filing.Request) []byte {
	d.t.Helper()
	book, err := filing.Make(d.t.Context(), request)
	if err != nil {
		d.t.Fatal(err)
	}
	return book.Body
}

// edit changes a workbook as a person would.
func (d *desk) edit(body []byte, change func(f *excelize.File)) []byte {
	d.t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	change(f)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		d.t.Fatal(err)
	}
	return out.Bytes()
}

// Columns of the form of request.
const (
	dataSheet = "数据"
	chains    = "E" // 质量强链项目数, with F 情况, G 说明, H 参考
	chainWord = "F"
	chainNote = "G"
	pass      = "I" // 制造业产品质量合格率, with J 情况, K 说明
	passWord  = "J"
)
