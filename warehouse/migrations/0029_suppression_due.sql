-- What belongs into suppression by the values that are here. Parts of a total are
-- the break-downs of one region by the same dimensions, and the counties of one
-- prefecture where the catalogue lets regions be added. Of parts with exactly one
-- hidden, the first other by its code is hidden too, whatever its value and whether
-- the total is known or not: it may be published tomorrow.
CREATE OR REPLACE VIEW suppression_due AS
WITH touched AS
(
    SELECT
        indicator, region, dims, kind, period_start, period_end, boundary,
        access = 'suppressed' AS hidden,
        NOT hidden AND isNotNull(value) AS shown
    FROM resolved
    WHERE (indicator, period_end) IN (SELECT indicator, period_end FROM observation WHERE access = 'suppressed')
)
SELECT indicator, region, dims, kind, period_start, period_end, boundary, if(min(cause) = 1, 'primary', 'complementary') AS why
FROM
(
    SELECT indicator, region, dims, kind, period_start, period_end, boundary, 1 AS cause
    FROM touched
    WHERE hidden
    UNION ALL
    SELECT indicator, region, minIf(touched.dims, shown) AS dims, kind, period_start, period_end, boundary, 2 AS cause
    FROM touched
    WHERE touched.dims != ''
    GROUP BY indicator, region, kind, period_start, period_end, boundary, arrayMap(pair -> splitByChar('=', pair)[1], splitByChar(';', touched.dims))
    HAVING countIf(hidden) = 1 AND countIf(shown) > 0
    UNION ALL
    SELECT indicator, minIf(touched.region, shown) AS region, dims, kind, period_start, period_end, boundary, 2 AS cause
    FROM touched
    WHERE NOT endsWith(touched.region, '00') AND indicator IN (SELECT code FROM indicator WHERE aggregation = 'sum')
    GROUP BY indicator, substring(touched.region, 1, 4), dims, kind, period_start, period_end, boundary
    HAVING countIf(hidden) = 1 AND countIf(shown) > 0
)
GROUP BY indicator, region, dims, kind, period_start, period_end, boundary
COMMENT 'What belongs into the table suppression by the values that are here; to readers it is empty'
