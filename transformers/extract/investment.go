package extract

import (
	"strings"

	"zhibiao/pipeline"
)

// investment is the code under which the catalogue keeps the growth of fixed-asset
// investment: usually without rural households.
const investment = "fixed_asset_investment.growth"

// isWholeInvestment reports whether a name means all investment, 全社会固定资产投资,
// with that of rural households.
func isWholeInvestment(name string, indicator *pipeline.Indicator) bool {
	return indicator.Code == investment && strings.HasPrefix(compact(name), "全社会")
}

// leavesRuralOut reports whether the page prints investment without rural
// households too: all investment is then another series.
func (p *paragraph) leavesRuralOut() bool {
	if !p.searched {
		text := compact(pageText(p.page))
		p.searched, p.ruralOut = true, strings.Contains(text, "不含农户") || strings.Contains(text, "不含跨区、农户")
	}
	return p.ruralOut
}
