-- 各县（市、区）最新年度地区生产总值，按区划代码排列
-- Latest GDP by county of the newest year, ordered by region code
SELECT
    said.region,
    names.name,
    toYear(said.period_end) AS year,
    said.value,
    said.unit,
    said.status,
    said.flags,
    said.source,
    said.id
FROM latest_by_source AS said
INNER JOIN region AS names ON names.code = said.region
WHERE said.indicator = 'gdp' AND said.freq = 'A' AND said.dims = ''
    AND names.level = 'county'
    AND toYear(said.period_end) BETWEEN names.valid_from AND names.valid_to
    AND said.period_end = (
        SELECT max(period_end) FROM latest_by_source
        WHERE indicator = 'gdp' AND freq = 'A' AND dims = ''
            AND region IN (SELECT code FROM region WHERE level = 'county'))
ORDER BY said.region, said.source
