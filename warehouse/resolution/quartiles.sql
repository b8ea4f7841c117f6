WITH
    {{quartile}}
SELECT
    indicator, province_code, kind, period_start, period_end, unit,
    counties,
    if(counties >= 10, quartile(1), NULL) AS lower_quartile,
    if(counties >= 10, quartile(2), NULL) AS median,
    if(counties >= 10, quartile(3), NULL) AS upper_quartile
FROM
(
    SELECT
        indicator, substring(region, 1, 2) AS province_code, kind, period_start, period_end, unit,
        arraySort(groupArray(assumeNotNull(value))) AS ordered,
        length(ordered) AS counties
    FROM resolved_with_derived
    WHERE isNotNull(value) AND access = 'public' AND dims = '' AND boundary = 'original'
        AND NOT endsWith(region, '00') AND indicator IN (SELECT code FROM indicator)
    GROUP BY indicator, province_code, kind, period_start, period_end, unit
)
