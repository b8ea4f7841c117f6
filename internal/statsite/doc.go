// Package statsite is an invented statistics site: a country whose figures follow from a seed, the pages and
// interfaces that publish them in the shapes of Chinese statistics bureaus, and the truth about what every page says
// on every night. The demo, the end-to-end tests and the benchmarks collect it; every figure is made up (演示数据).
//
//	world := statsite.NewWorld(statsite.Config{Seed: 7})
//	site, err := statsite.Serve(ctx, world)     // loopback; site.Client() reaches the hosts below
//	world.SetNight(2)                           // what a second night finds
//	world.Truth(2)                              // the rows a perfect pipeline stores on it
//
// Hosts are virtual, under the reserved domain .example, told apart by the Host header; links never hold a port.
// Reach them through Site.DialContext, or use http://Site.Addr() as a plain HTTP proxy. There is no https.
//
// # Sources
//
// Expected counts are of the zero Config (three counties, 2020 to 2024): assertions, then withdrawals and refusals
// where there are any.
//
//	key                          start                                                 night 1  2                3
//	demo-nbs                     the first four of World.Requests                      326      16               8
//	demo-nbs-archive             the other six of World.Requests                       321      0                0
//	demo-communique-trs          http://taiyuan.tjj.example/tjsj/qxgb/index.html       44       21               2
//	demo-communique-gbk          http://shuozhou.tjj.example/qxgb/list.html            44       21               2
//	demo-communique-mislabeled   http://jinzhong.tjj.example/tjsj/qxgb/index.html      44       22               2
//	demo-yearbook                http://yearbook.stats.example/nj/2024/index.html      87 2r    1 + 1 withdrawn  0
//	                                                                                            2r
//
// World.StartURLs gives the start of any configuration: one list page a city, of the style that the city has.
// Refusals are counted by label; ExpectedRefusal.Count has the numbers below it. A refusal for more than
// World.Refusals lists is a fault of the reader unless it concerns one of the decoys named below.
//
// # demo-nbs: the 2026 interface
//
// POST http://data.stats.example/dg/website/publicrelease/web/external/stream/esData, JSON in and out; Requests has the
// bodies. Values carry da (code and six zeros) and da_name but for the nation; periods come newest first; absent is
// "", 无 or values []; without showType the answer is 500. Ids hold inside their cid, see Bases:
//
//	cid 8d3e2ca1da6734c657009a4bd97d5216  province, year (fsnd), A
//	  9b16ed840c58dcf234347636f3f1ff90  A020101  gdp                             period  亿元
//	  fb5ec9b6ff4a9ca7f10de64c0f9f3154  A020102  primary_value_added             period  亿元
//	  9e031a02c76da9c848f98f391982b7bc  A020103  secondary_value_added           period  亿元
//	  916e742512e188082123a14b3a47e3a4  A020104  tertiary_value_added            period  亿元
//	  1bfd8592a33c9e34f0d38e62c4fc33f6  A020108  gdp.growth                      period  %
//	  26b69b6682ac75883333d1e7c9bafe82  A030101  resident_population             end     万人
//	cid 8cef369ba72cf6538f01af767e8cd85b  city, year (csnd), A
//	  a789dabbaf9d6ade340e85de02377169  A020101  gdp                             period  亿元
//	  f4b4c4dc516c8dbfa80477e6668db6f4  A020102  primary_value_added             period  亿元
//	  420a7bc4f8207a79943f402234414aee  A020103  secondary_value_added           period  亿元
//	  202aa7a70f5a4030d77328ac5b51e1d8  A020104  tertiary_value_added            period  亿元
//	  11cade64b4cf35f0c5ef984a50887332  A030101  resident_population             end     万人
//	cid 3796e19c0c27d69cf0f9050d4dd334e2  nation, month (hgyd), M
//	  cc76b91e0069ccba540fd19a864d2e96  A020101  industrial_value_added.growth   period  %
//	  ed1e42865401fe721a1168c95ba1478a  A020102  industrial_value_added.growth   ytd     %
//	cid 97d7761a2b16a849bc7557d39cba634d  nation, quarter (hgjd), Q
//	  e370fa4908013539117b0af4a52094fc  A010101  gdp                             period  亿元
//	  616a3f22fd08053fc1ffec35df3b51f5  A010102  gdp                             ytd     亿元
//	  f32d2c35fe8e8b0f2735514d118a6f4c  A010103  primary_value_added             ytd     亿元
//	  c1d181ab8ad65915eebf0345b6c3f954  A010104  secondary_value_added           ytd     亿元
//	  0ab4730dbbb4922a15ca621a86683a76  A010105  tertiary_value_added            ytd     亿元
//	  1633f7bf650eb76e7be168ac1d94dc70  A010106  gdp.growth                      ytd     %
//
// Second night: the provinces gain the last year and a revised population of the year before; the month base gains a
// month and revises the growth of March; the quarter base gains a quarter; the cities stay. Later nights gain one
// month and one quarter each, until the year after the last is full.
//
// # demo-nbs-archive: the older interface
//
// http://data.stats.example/easyquery.htm, m=QueryData: one POST of a form a province (fsnd), one GET a city (csnd), one
// POST each for hgyd and hgjd. It stays as it was on the first night. zb codes are in the table above and mean
// something in their dbcode only. No Content-Type; hasdata false beside data 0; strdata is what is published.
//
// # demo-communique-trs, _gbk, _mislabeled: communiqués of counties
//
// A city's bureau lists its counties' articles in one column, RowsPerPage a page, newest first, with one notice among
// them that holds no figures (/tzgg/...). Article numbers are kind, county and year: 1 a communiqué, 2 final figures.
//
//	_trs         UTF-8, in header and meta; 亿元; ratio with ":"; footnote mark in <sup>
//	             links ^/tjsj/qxgb/\d{6}/t\d{8}_\d{11}\.shtml$, relative; pages index.html, index_1.html by createPageHTML(n, i, "index", "html"), i from 0
//	_gbk         GBK, in meta only; 万元 with separators; ratio with "∶"; footnote mark glued
//	             links ^/qxgb/\d{4}/t\d{8}_\d{11}\.shtml$, absolute paths; pages list.html, list_2.html by a link 下一页
//	_mislabeled  GBK, in meta; the header says utf-8; 亿元; ratio with "："; links and pages as _trs
//
// 太原 has the first style, 朔州 the second, 晋中 the third; other cities take one of them by code and are called
// c<four digits>.tjj.example outside Shanxi. In scope in an article are gdp, {primary,secondary,tertiary}_value_added,
// their .growth, and {primary,secondary,tertiary}_share in 三次产业结构为a:b:c; 与上年持平 behind an amount is a growth
// of 0.0. Communiqués are provisional (初步核算), verifications final (最终核实, without shares). The region is in the
// title only. Decoys: contribution rates, a difference in 百分点, a rank, the share of the private economy.
//
// Second night, on each host: the communiqué of the year before the last of the first county is corrected, and again
// each night; the one before that no longer shows primary_value_added.growth; of the one before that only the visit
// counter moves, each night; the last county's newest communiqué and the first county's final figures appear.
//
// # demo-yearbook: tables
//
// Links ^/nj/\d{4}/(\d{2}/0101|\d{6}/0103)\.html$ from the index, UTF-8 in meta; the year in the path is LastYear, tables end the
// year before. nn/0101.html is a province's cities and counties down, two header rows, a unit in each column, the year
// in the title; nnnnnn/0103.html is a county's years down, 亿元 in the caption, the population in a 续表 in 万人, with a
// byte order mark. Indicators: gdp, the three value added, resident_population. Declare `snapshot:` for them: a table is
// always published as a whole. Ignore nothing: the column 一般公共预算支出（万石） (unknown_unit) and the row
// 综改示范经济技术开发区 (unknown_region) must be refused. Second night, in each table of counties: the population of
// the province's first county is revised, the last county's is blank and so withdrawn.
//
// # Limits
//
// Regions have the code of the configuration in every year: a world that starts before a change of code is wrong
// about the code in force. Nothing is compressed; validators (ETag) are on demand, by Site.Validators.
//
// # Hostile hosts
//
// Behaviours lists every way in which a publisher misbehaves; each is played by a host of its own under
// hostile.example. docs/hostile-web.md says what a collector does about each.
package statsite
