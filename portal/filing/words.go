package filing

import (
	"fmt"
	"net/http"

	"zhibiao/collectors/filing"
	"zhibiao/portal/web"
)

// What people are told.
var (
	errNoUnit       = &web.Problem{Status: http.StatusNotFound, ZH: "没有这个统筹单位，或者它不在您的账号范围内。", EN: "There is no such coordinating unit, or it is outside what your account may see."}
	errNothingAsked = &web.Problem{Status: http.StatusNotFound, ZH: "这个单位目前没有需要填报的数据，不用下载工作簿。", EN: "This unit has nothing to supply at present: no workbook is needed."}
	errNoFile       = &web.Problem{Status: http.StatusUnprocessableEntity, ZH: "没有选择文件：请先选工作簿，再点“上传并检查”。", EN: "No file was chosen: choose the workbook first, then upload it."}
	errCutOff       = &web.Problem{Status: http.StatusBadRequest, ZH: "文件没有传完，请再传一次。", EN: "The file did not arrive whole: send it once more."}
	errTwoFiles     = &web.Problem{Status: http.StatusUnprocessableEntity, ZH: "一次只能传一个工作簿。", EN: "One workbook at a time."}
	errNotYours     = &web.Problem{Status: http.StatusForbidden, ZH: "这个工作簿里有不属于您单位的数据，整份没有接收。请使用本单位的工作簿填报。",
		EN: "This workbook has cells of another unit; nothing of it was taken. Fill in the workbook of your own unit."}
	errTooLarge = &web.Problem{Status: http.StatusRequestEntityTooLarge,
		ZH: fmt.Sprintf("文件超过 %d MB。填报表一般不到 1 MB：请检查是否选错了文件，或把表复制到新文件再报送。", filing.MaxBody>>20),
		EN: fmt.Sprintf("The file is larger than %d MB. A form rarely has 1 MB: see whether it is the right file, or copy the form into a new one.", filing.MaxBody>>20)}
)
