package morning

import (
	"zhibiao/pipeline"
	"zhibiao/portal/number"
)

var heldReasons = map[string]number.Words{
	pipeline.HeldTooFew:  {ZH: "数比以前少", EN: "fewer numbers than before"},
	pipeline.HeldTooMany: {ZH: "数比以前多", EN: "more numbers than before"},
	pipeline.HeldLacks:   {ZH: "缺了应有的指标", EN: "an expected indicator is not there"},
	pipeline.HeldDrift:   {ZH: "表头或行名变了", EN: "its labels have changed"},
	pipeline.HeldGone:    {ZH: "整张表不见了", EN: "the table is gone"},
}

func heldReason(code string) number.Words {
	if w, ok := heldReasons[code]; ok {
		return w
	}
	return number.Words{ZH: code, EN: code}
}

var refusalReasons = map[pipeline.Reason]number.Words{
	pipeline.UnknownIndicator: {ZH: "不认识的指标", EN: "unknown indicator"}, pipeline.UnknownRegion: {ZH: "不认识的地区", EN: "unknown region"},
	pipeline.AmbiguousRegion: {ZH: "地区不明确", EN: "ambiguous region"}, pipeline.MissingRegion: {ZH: "没有写地区", EN: "no region"},
	pipeline.UnknownPeriod: {ZH: "看不懂时期", EN: "unknown period"}, pipeline.MissingPeriod: {ZH: "没有写时期", EN: "no period"},
	pipeline.UnexpectedSeries: {ZH: "目录里没有这种频率或口径", EN: "a frequency or basis that the catalogue does not list"},
	pipeline.UnknownUnit:      {ZH: "不认识的单位", EN: "unknown unit"}, pipeline.MissingUnit: {ZH: "没有写单位", EN: "no unit"},
	pipeline.IncompatibleUnit: {ZH: "单位对不上", EN: "a unit that does not fit"}, pipeline.BadNumber: {ZH: "不是数字", EN: "not a number"},
	pipeline.InexactConversion: {ZH: "单位换算除不尽", EN: "a conversion that is not exact"}, pipeline.CountsDiffer: {ZH: "名称和数的个数对不上", EN: "names and values do not match in number"},
	pipeline.ScopeIgnored: {ZH: "答非所问", EN: "an answer to another question"}, pipeline.NotADocument: {ZH: "不是文件（验证页、错误页）", EN: "not a document (a challenge or an error page)"},
	pipeline.UnexpectedKind: {ZH: "文件种类不对", EN: "another kind of document"}, pipeline.Truncated: {ZH: "文件不完整", EN: "truncated"},
	pipeline.BadEncoding: {ZH: "编码有误", EN: "bad encoding"}, pipeline.PublisherError: {ZH: "对方网站出错", EN: "the publisher's own error"},
	pipeline.UnexpectedField: {ZH: "多出的字段", EN: "an unexpected field"}, pipeline.UnknownAbsentMark: {ZH: "不认识的空缺符号", EN: "an unknown mark for absent"},
	pipeline.NoObservationFound: {ZH: "文件里没有要找的数", EN: "a document without any number in scope"},
}

func refusalReason(code string) number.Words {
	if w, ok := refusalReasons[pipeline.Reason(code)]; ok {
		return w
	}
	return number.Words{ZH: code, EN: code}
}
