package filing

import (
	"strings"

	"zhibiao/pipeline"
)

// wording says a problem in both languages: what is wrong and what to do. {text} is
// what stands there, {want} what should.
type wording struct{ zh, en string }

var words = map[pipeline.Problem]wording{
	pipeline.ProblemNoWorkbook:       {"这不是 XLSX 工作簿（扩展名不算数），请用 WPS 或 Excel 打开后另存为 .xlsx", "this is no XLSX workbook, whatever it is called; open it and save it as .xlsx"},
	pipeline.ProblemOldWorkbook:      {"这是旧版工作簿（.xls），请另存为 .xlsx", "this is an old workbook (.xls); save it as .xlsx"},
	pipeline.ProblemEncrypted:        {"工作簿设有打开密码，请取消密码后另存", "the workbook opens with a password only; save it without one"},
	pipeline.ProblemMacros:           {"工作簿含有宏，请另存为不含宏的 .xlsx", "the workbook holds macros; save it as .xlsx without them"},
	pipeline.ProblemExternal:         {"工作簿引用了其他文件或数据库，请把引用粘贴为数值，并在“数据→编辑链接”中断开链接", "the workbook takes values from other files; paste values and break the links"},
	pipeline.ProblemEmbedded:         {"工作簿嵌入了其他文件或控件，请删除后再报送", "the workbook holds other files or controls; take them out"},
	pipeline.ProblemZipBomb:          {"文件解压后异常巨大（{text}），没有打开；请把表复制到新文件再报送", "the file inflates beyond all reason ({text}) and was not opened; copy the form into a new file"},
	pipeline.ProblemDamaged:          {"文件已损坏或没有传完（{text}），请重新保存后再报送", "the file is damaged ({text}); save it again"},
	pipeline.ProblemOversized:        {"文件比任何填报表都大，请分几次报送", "the file is larger than any form; file it in parts"},
	pipeline.ProblemNoForm:           {"没有找到填报表：既没有隐藏编码，也没有“区划代码”“时期”表头；请在下发的工作簿里填写", "no form was found: neither its hidden codes nor its heads; fill in the workbook as it was made"},
	pipeline.ProblemHiddenSheet:      {"隐藏的工作表没有读取，请取消隐藏后再报送", "a hidden worksheet was not read; show it and file again"},
	pipeline.ProblemUnreadColumn:     {"这一列不是填报表的列，没有读取：{text}", "this column is none of the form's and was not read: {text}"},
	pipeline.ProblemUnreadRow:        {"这一行（{text}）不是县（市、区）的数据，没有读取", "this row ({text}) is no county's and was not read"},
	pipeline.ProblemMissingColumn:    {"没有找到指标列，请恢复表头", "no column of an indicator was found; put back the heads"},
	pipeline.ProblemNotANumber:       {"“{text}”不是数字，请只填数字；没有数据的留空或在“情况”栏选择", "“{text}” is no number; write digits only, or leave it blank"},
	pipeline.ProblemFormula:          {"这里是公式，公式的结果不采用；请复制后“选择性粘贴→数值”", "this is a formula, whose result is not taken; paste it as a value"},
	pipeline.ProblemErrorValue:       {"这里是错误值 {text}，请填数字", "this is the error value {text}; write the number"},
	pipeline.ProblemDate:             {"这里被当成了日期或时间（{text}），请把单元格格式改为“常规”后重新填数字", "this became a date or time ({text}); format the cell as General and write the number again"},
	pipeline.ProblemPercent:          {"单元格是百分比格式，而单位是{want}；请把格式改为“常规”后重新填", "the cell is formatted as a percentage, but the unit is {want}; format it as General"},
	pipeline.ProblemWrongUnit:        {"单位不对：{text}；应为{want}，请换算后填写，并保持表头不变", "wrong unit: {text}; it should be {want}: convert the number and leave the head as it was"},
	pipeline.ProblemNegative:         {"{text}：这项数据不能为负数", "{text}: this cannot be negative"},
	pipeline.ProblemFraction:         {"{text}：以“{want}”计数，不能有小数", "{text}: it is counted in {want}, which come whole only"},
	pipeline.ProblemOverWhole:        {"{text}：占比不能超过 100%", "{text}: a part cannot be more than 100 %"},
	pipeline.ProblemTooPrecise:       {"{text}：小数位太多，请四舍五入到需要的位数（最多 10 位）", "{text}: too many digits; round it to ten decimals or fewer"},
	pipeline.ProblemUnknownRegion:    {"不知道是哪个县（市、区）：{text}；请填写六位区划代码", "unknown region: {text}; write its six-digit code"},
	pipeline.ProblemRegionNotInForce: {"区划代码 {text} 在这个时期末不在用，应为 {want}", "the code {text} was not in force at the end of the period; it should be {want}"},
	pipeline.ProblemUnknownPeriod:    {"这个指标没有“{text}”这样的时期（应为 {want}）", "the indicator is not asked for by “{text}” (expected: {want})"},
	pipeline.ProblemPeriodNotOver:    {"{want} 还没有结束，不能报送", "{want} is not over yet"},
	pipeline.ProblemUnknownIndicator: {"指标目录里没有“{text}”", "“{text}” is not in the catalogue"},
	pipeline.ProblemNotTheirs:        {"“{text}”不由本单位提供（{want}）", "“{text}” is not this unit's to supply ({want})"},
	pipeline.ProblemLabelsDiffer:     {"显示的“{text}”与隐藏编码（{want}）对不上，可能是剪切或排序时错位；请恢复这一行（列）", "“{text}” is shown, but the hidden code says {want}: rows or columns may have slipped; put them back"},
	pipeline.ProblemDuplicate:        {"同一数据填了两次（另见 {want}），请只保留一个", "the same cell stands at {want} too; keep one"},
	pipeline.ProblemMerged:           {"单元格与别的单元格合并了，不知道属于哪一行（列）；请取消合并", "the cell is merged with others; split it"},
	pipeline.ProblemBoth:             {"既填了 {text}，又选了“{want}”，请只保留一个", "{text} and “{want}” are both there; keep one"},
	pipeline.ProblemUnknownWord:      {"“{text}”不在下拉选项里，请选“不适用”或“未掌握”，或留空", "“{text}” is none of the list: choose 不适用 or 未掌握, or leave it blank"},
	pipeline.ProblemOutOfRange:       {"{text} 超出通常范围 {want}：已接收；如确实，请在“说明”栏写明原因，否则请更正", "{text} is outside the usual range {want}: it was taken; give the reason, or correct it"},
}

// Message says a finding in Chinese and in English.
func Message(f pipeline.Finding) (zh, en string) {
	w, ok := words[f.Problem]
	if !ok {
		w = wording{string(f.Problem), string(f.Problem)}
	}
	fill := strings.NewReplacer("{text}", f.Text, "{want}", f.Want)
	return fill.Replace(w.zh), fill.Replace(w.en)
}

// SeverityWords names a severity.
func SeverityWords(s pipeline.Severity) string {
	switch s {
	case pipeline.SeverityError:
		return "退回 returned"
	case pipeline.SeverityWarning:
		return "请说明 explain"
	}
	return "提示 note"
}
