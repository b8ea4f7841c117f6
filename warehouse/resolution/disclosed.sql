SELECT
    indicator, region, dims, kind, first_day AS period_start, period_end, boundary,
    freq, basis,
    if(hidden, NULL, winner.value) AS value,
    unit,
    if(hidden, NULL, winner.half_width) AS half_width,
    decimals, status, revision_round,
    if(hidden, arraySort(arrayDistinct(arrayPushBack(winner.flags, 'suppressed'))), winner.flags) AS flags,
    multiIf(hidden, 'suppressed', closed = 1, 'restricted', 'public') AS access,
    source, supplier, published_at, known_at,
    if(hidden, '', winner.id) AS id
FROM
(
    SELECT
        *,
        closed = 2 OR (indicator, region, dims, kind, first_day, period_end, boundary) IN
            (SELECT indicator, region, dims, kind, period_start, period_end, boundary FROM suppression) AS hidden
    FROM
    (
        SELECT *, max(toUInt8(multiIf(access = 'suppressed', 2, access = 'restricted', 1, 0))) OVER (PARTITION BY indicator, region, dims, kind, first_day, period_end, boundary) AS closed
        FROM
        (
            {{placed}}
        )
        ORDER BY indicator, region, dims, kind, first_day, period_end, boundary,
            {{belief}}
        LIMIT 1 BY indicator, region, dims, kind, first_day, period_end, boundary
    )
) AS winner
