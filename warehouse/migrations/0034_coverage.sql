-- How much of what is due by today has come, by indicator, source and supplier.
-- Counted from values: zero counts, a blank does not, and a waived cell is not
-- expected. A source is measured by what it has itself, a supplier without a source
-- by what anybody has. There is no region in it, so that no county is lined up
-- (promise 9), and at most one value for each expectation, so that the share cannot
-- exceed 100 %.
CREATE OR REPLACE VIEW coverage AS
SELECT
    indicator, source, supplier,
    count() AS expected,
    countIf(present) AS present_count,
    round(toDecimal64(100, 1) * present_count / expected, 1) AS share,
    countIf(NOT verified AND NOT present) AS unverified
FROM
(
    SELECT due.indicator AS indicator, due.source AS source, due.supplier AS supplier, due.verified AS verified,
        if(source = '', notEmpty(come.sources), has(come.sources, source)) AS present
    FROM
    (
        SELECT indicator, region, kind, period_start, period_end, source, supplier, verified
        FROM expectation
        WHERE expected_on <= toDate32(toTimeZone(now(), 'Asia/Shanghai'))
            AND (isNull(waived_on) OR waived_on > toDate32(toTimeZone(now(), 'Asia/Shanghai')))
    ) AS due
    LEFT JOIN
    (
        SELECT indicator, region, if(basis = 'end', 'stock', 'flow') AS kind, if(basis = 'end', period_end, period_start) AS first_day, period_end,
            groupUniqArray(source) AS sources
        FROM latest_by_source
        WHERE isNotNull(value) AND dims = '' AND boundary = 'original'
            AND indicator IN (SELECT indicator FROM expectation) AND region IN (SELECT region FROM expectation)
            AND period_end IN (SELECT period_end FROM expectation)
        GROUP BY indicator, region, kind, first_day, period_end
    ) AS come
        ON come.indicator = due.indicator AND come.region = due.region AND come.kind = due.kind
        AND come.first_day = due.period_start AND come.period_end = due.period_end
)
GROUP BY indicator, source, supplier
COMMENT 'Share of the due expectations that have a value, by indicator, source and supplier'
