SELECT
    indicator, region, dims, kind, first_day AS period_start, period_end, boundary,
    freq, basis, value, unit, decimals, status, revision_round, flags, access, source, supplier,
    {as_of:DateTime64(3, 'UTC')} AS as_of
FROM
(
    {{placed}}
)
ORDER BY indicator, region, dims, kind, first_day, period_end, boundary,
    {{belief}}
LIMIT 1 BY indicator, region, dims, kind, first_day, period_end, boundary
