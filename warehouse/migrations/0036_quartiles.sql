-- Made by go generate ./warehouse/resolution; edit the .sql files there.
-- Quartiles of the public values of the counties of a province, only where at least
-- ten have one, and never the least or the greatest: of ten values or more, no
-- quartile is an end. Interpolated as spreadsheets do (QUARTILE.INC). There is no
-- region in it (promise 9), and no indicator of one county's own.
CREATE OR REPLACE VIEW quartiles AS
WITH
    (k -> intDiv((counties - 1) * k, 4)) AS place,
    (k -> ordered[place(k) + 1] + (ordered[place(k) + 2] - ordered[place(k) + 1]) * toInt64((counties - 1) * k - 4 * place(k)) / 4) AS quartile
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
COMMENT 'Quartiles over at least ten counties of a province, without the counties'
