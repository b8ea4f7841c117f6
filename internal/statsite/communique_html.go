package statsite

import (
	"fmt"
	"strings"
)

// demoNote is on every page that shows figures.
const demoNote = "演示数据：本站为演示站点，全部数字均为虚构，请勿引用。"

// articlePath is /tjsj/qxgb/202504/t20250418_N.shtml on a TRS host and /qxgb/2025/t20250418_N.shtml on the other kind;
// notices are in a column of their own.
func (w *World) articlePath(a article) string {
	day := w.uploaded(a)
	name := fmt.Sprintf("t%s_%s.shtml", day.Format("20060102"), a.number())
	if a.kind == notice {
		return "/tzgg/" + day.Format("200601") + "/" + name
	}
	if styleOf(w.cityOf(a.region)).source == SourceGBK {
		return "/qxgb/" + day.Format("2006") + "/" + name
	}
	return "/tjsj/qxgb/" + day.Format("200601") + "/" + name
}

// articleAt finds the article of a path of a city's host; the path must be exactly the one the list links to.
func (w *World) articleAt(city Region, path string) (article, bool) {
	_, name, _ := strings.Cut(path, "_")
	number, isArticle := strings.CutSuffix(name, ".shtml")
	if !isArticle || len(number) != 11 || strings.Trim(number, "0123456789") != "" {
		return article{}, false
	}
	region, known := w.byCode[number[1:7]]
	if !known || w.cityOf(region).Code != city.Code {
		return article{}, false
	}
	a := article{articleKind(number[0] - '0'), region, atoi(number[7:])}
	ofCounty := a.kind == communique || a.kind == verification
	if ofCounty != (region.level() == levelCounty) || !ofCounty && a.kind != notice || w.articlePath(a) != path {
		return article{}, false
	}
	return a, true
}

// articleHTML wraps a body in the markup of its host: head, navigation, title, counter, footer.
func (w *World) articleHTML(a article, city Region, body string, night int) string {
	day := w.uploaded(a).Format("2006-01-02")
	bureau := a.region.Name + "统计局"
	if styleOf(city).source == SourceGBK {
		return fmt.Sprintf(tableMarkup, a.title(), city.Name, a.title(), bureau, day, w.visits(a, night), demoNote, body, city.Name)
	}
	charset := "utf-8"
	if styleOf(city).gbk {
		charset = "gb2312"
	}
	return fmt.Sprintf(trsMarkup, charset, a.title(), city.Name, city.Name, a.title(), day, bureau, city.Name,
		a.title(), day, bureau, w.visits(a, night), demoNote, body, city.Name)
}

const trsMarkup = `<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=%s" />
<title>%s_%s统计局</title>
<meta name="SiteName" content="%s统计局" />
<meta name="ArticleTitle" content="%s" />
<meta name="PubDate" content="%s" />
<meta name="ContentSource" content="%s" />
<link href="/images/gov.css" rel="stylesheet" type="text/css" />
<script type="text/javascript">var siteId=12;function hits(){return 1024;}</script>
</head>
<body>
<div class="top"><div class="w1200"><a href="/">%s统计局</a><span class="wza">无障碍浏览</span><span>长者模式</span></div></div>
<div class="nav"><ul><li><a href="/">首页</a></li><li><a href="/tjsj/qxgb/index.html">区县公报</a></li><li><a href="/tzgg/">通知公告</a></li></ul></div>
<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/tjsj/">统计数据</a> &gt; <a href="/tjsj/qxgb/index.html">区县公报</a></div>
<div class="article">
<h1 class="bt">%s</h1>
<div class="xx"><span>发布日期：%s</span>&nbsp;&nbsp;<span>来源：%s</span>&nbsp;&nbsp;<span>浏览次数：<em id="hit">%d</em>次</span></div>
<div class="demo">%s</div>
<div class="TRS_Editor">
<style type="text/css">.TRS_Editor P{margin-top:0;font-family:宋体;font-size:12pt;line-height:1.5;}</style>
%s</p>
</div>
<div class="fj"><a href="javascript:window.print()">打印本页</a> <a href="javascript:window.close()">关闭窗口</a></div>
</div>
<div class="footer">主办：%s统计局 承办：政务信息中心 网站标识码：1400000000 技术支持电话：0350-0000000</div>
</body>
</html>
`

const tableMarkup = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<HTML><HEAD><META http-equiv=Content-Type content="text/html; charset=gb2312"><TITLE>%s</TITLE>
<STYLE>TD {FONT-SIZE: 12px} .bt {FONT-WEIGHT: bold; FONT-SIZE: 18px}</STYLE></HEAD>
<BODY bgColor=#ffffff leftMargin=0 topMargin=0>
<TABLE cellSpacing=0 cellPadding=0 width=980 align=center border=0><TBODY>
<TR><TD colSpan=2 height=90 background="images/top.jpg"><FONT color=#ffffff>%s统计局</FONT></TD></TR>
<TR><TD colSpan=2 bgColor=#e8f0f8><A href="/">首页</A> | <A href="/qxgb/list.html">区县公报</A> | <A href="/tzgg/">通知公告</A></TD></TR>
<TR><TD width=180 vAlign=top><TABLE width="100%%"><TBODY><TR><TD>栏目导航</TD></TR><TR><TD><A href="/qxgb/list.html">区县公报</A></TD></TR></TBODY></TABLE></TD>
<TD vAlign=top>
<TABLE width="96%%" align=center><TBODY>
<TR><TD>您现在的位置：首页>>政府信息公开>>区县公报</TD></TR>
<TR><TD class=bt align=middle>%s</TD></TR>
<TR><TD align=middle>作者：%s　　更新时间：%s　　点击数：%d</TD></TR>
<TR><TD align=middle>%s</TD></TR>
<TR><TD id=zoom>
%s</p>
</TD></TR>
<TR><TD align=right>【<A href="javascript:window.close()">关闭窗口</A>】</TD></TR>
</TBODY></TABLE></TD></TR>
<TR><TD colSpan=2 align=middle>%s统计局 版权所有 建议使用1024×768分辨率浏览</TD></TR>
</TBODY></TABLE></BODY></HTML>
`
