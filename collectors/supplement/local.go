package supplement

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"zhibiao/pipeline"
)

// AddLocal gives a county an indicator of its own and returns it with its code. The
// same one is not added twice. An indicator of the catalogue's name is refused: what is
// there is not asked of a county again.
func (d *Desk) AddLocal(ctx context.Context, by Actor, region string, local Local) (Local, error) {
	if err := by.may(region, County); err != nil {
		return Local{}, err
	}
	local.NameZH, local.Owner, local.Definition = cleanText(local.NameZH), cleanText(local.Owner), cleanText(local.Definition)
	if err := d.checkLocal(local); err != nil {
		return Local{}, err
	}
	err := d.change(ctx, region, func(f *file) error {
		for _, other := range f.Locals {
			if other.NameZH != local.NameZH {
				continue
			}
			if other.Definition == local.Definition && other.Unit == local.Unit && other.Owner == local.Owner && other.Stock == local.Stock {
				local = other
				return nil
			}
			return problem(NotOpen, "已有同名的特色指标；口径不同请另取名称", "there is an own indicator of this name; give another definition another name")
		}
		if len(f.Locals) >= d.config.Limits.Locals {
			return problem(TooLarge, "特色指标最多 "+strconv.Itoa(d.config.Limits.Locals)+" 项", "there are as many own indicators as are kept")
		}
		next := local
		next.AddedAt = d.now()
		next.Code = fmt.Sprintf("%s%s:own_%d", pipeline.LocalPrefix, region, len(f.Locals)+1)
		f.Locals = append(f.Locals, next)
		f.tell(by, next.AddedAt, ActAddLocal, next.Code, "")
		local = next
		return nil
	})
	if err != nil {
		return Local{}, err
	}
	return local, nil
}

func (d *Desk) checkLocal(local Local) error {
	for _, part := range []struct{ text, zh, en string }{
		{local.NameZH, "请填写指标名称", "name the indicator"},
		{local.Owner, "请填写负责单位", "name the unit that answers for it"},
		{local.Definition, "请写明统计口径", "say what exactly is counted"},
	} {
		if isBlank(part.text) {
			return problem(Invalid, part.zh, part.en)
		}
		if p := d.mayWrite(part.text, Cell{}); p != nil {
			p.Cell = ""
			return p
		}
	}
	if _, known := d.units[local.Unit]; !known {
		return problem(Invalid, "没有这个计量单位，请从列表中选择", "the unit "+local.Unit+" is not known: choose one of the list") // promise 11
	}
	for _, indicator := range d.config.Indicators {
		if local.NameZH == indicator.NameZH || slices.Contains(indicator.Aliases, local.NameZH) {
			return problem(NotAsked, "“"+local.NameZH+"”已在指标目录中，无须另设", local.NameZH+" is in the catalogue: it need not be an own indicator")
		}
	}
	return nil
}

// Locals returns the own indicators of all counties of which a number was accepted, by
// code, as the warehouse's table of them has them: the words of the others nobody has
// reviewed.
func (d *Desk) Locals(ctx context.Context) ([]pipeline.LocalIndicator, error) {
	regions, err := d.Regions(ctx)
	if err != nil {
		return nil, err
	}
	var all []pipeline.LocalIndicator
	for _, region := range regions {
		f, _, err := d.load(ctx, region)
		if err != nil {
			return nil, err
		}
		accepted := map[string]bool{}
		for _, r := range f.Cells {
			if r.Standing != nil {
				accepted[r.Standing.Cell.Indicator] = true
			}
		}
		for _, l := range f.Locals {
			if !accepted[l.Code] {
				continue
			}
			all = append(all, pipeline.LocalIndicator{Code: l.Code, Region: region, NameZH: l.NameZH, Owner: l.Owner, Definition: l.Definition, Unit: l.Unit})
		}
	}
	slices.SortFunc(all, func(a, b pipeline.LocalIndicator) int { return strings.Compare(a.Code, b.Code) })
	return all, nil
}
