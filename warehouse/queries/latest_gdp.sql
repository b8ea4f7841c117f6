-- 各县（市、区）最新年度地区生产总值，按区划代码排列
-- Latest GDP by county of the newest year, ordered by region code
SELECT
    latest.region,
    names.name,
    toYear(latest.period_end) AS year,
    latest.value,
    latest.unit,
    latest.status,
    latest.flags,
    latest.source,
    latest.id
FROM latest
INNER JOIN region AS names ON names.code = latest.region
WHERE latest.indicator = 'gdp' AND latest.freq = 'A' AND latest.dims = ''
    AND names.level = 'county'
    AND toYear(latest.period_end) BETWEEN names.valid_from AND names.valid_to
    AND latest.period_end = (
        SELECT max(period_end) FROM latest
        WHERE indicator = 'gdp' AND freq = 'A' AND dims = ''
            AND region IN (SELECT code FROM region WHERE level = 'county'))
ORDER BY latest.region, latest.source
