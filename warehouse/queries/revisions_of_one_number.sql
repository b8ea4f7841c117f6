-- 一个数的修订历史：第一个有多个版本的数
-- The revisions of one number: the first one that has more than one vintage
SELECT
    indicator, region, period_start, period_end, source,
    vintage, known_at, op, previous_value, value, unit, status, flags, id
FROM revisions
WHERE (indicator, region, freq, basis, dims, period_start, period_end, source) IN (
    SELECT indicator, region, freq, basis, dims, period_start, period_end, source
    FROM revisions
    WHERE vintage > 1
    ORDER BY region, indicator, freq, basis, dims, period_start, period_end, source
    LIMIT 1)
ORDER BY vintage
