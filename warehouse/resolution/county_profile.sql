WITH
    {{quartile}}
SELECT
    indicator, kind, period_start, period_end,
    own.value AS value, own.unit AS unit, own.status AS status, own.flags AS flags, own.derived AS derived, own.reason AS reason,
    if(own.revision_round = past.revision_round AND NOT has(own.flags, 'break'), past.value, NULL) AS year_before,
    own.value - year_before AS change,
    toUInt64(length(ordered)) AS counties,
    if(counties >= 10, quartile(1), NULL) AS lower_quartile,
    if(counties >= 10, quartile(2), NULL) AS median,
    if(counties >= 10, quartile(3), NULL) AS upper_quartile
FROM
(
    SELECT
        indicator, kind, first_day AS period_start, last_day AS period_end,
        anyIf(said, role = 'own') AS own,
        anyIf(said, role = 'past') AS past,
        arraySort(arrayMap(p -> p.1, arrayFilter(p -> p.2 = own.unit, groupArrayIf(tuple(number, unit), role = 'peer')))) AS ordered
    FROM
    (
        SELECT indicator, kind, said, number, unit, place.1 AS role, place.2 AS first_day, place.3 AS last_day
        FROM
        (
            SELECT
                indicator, kind, said, number, unit,
                arrayJoin(arrayConcat(
                    if(is_own, [tuple('own', period_start, period_end), tuple('past', next_start, next_end)], []),
                    if(is_peer, [tuple('peer', period_start, period_end)], []))) AS place
            FROM
            (
                SELECT
                    value.indicator AS indicator, value.kind AS kind, value.period_start AS period_start, value.period_end AS period_end, value.unit AS unit,
                    CAST(tuple(value.value, value.unit, value.status, value.revision_round, value.flags, value.derived, value.reason)
                        AS Tuple(value Nullable(Decimal(38, 10)), unit String, status String, revision_round String, flags Array(String), derived Bool, reason String)) AS said,
                    ifNull(value.value, 0) AS number,
                    toLastDayOfMonth(addYears(value.period_end, 1)) AS next_end,
                    if(value.period_start = value.period_end, toLastDayOfMonth(addYears(value.period_end, 1)), addYears(value.period_start, 1)) AS next_start,
                    arrayExists(span -> toYear(value.period_end) BETWEEN span.1 AND span.2, chain.spans) AS is_own,
                    isNotNull(value.value) AND value.access = 'public' AND NOT endsWith(value.region, '00') AND startsWith(value.region, substring({county:String}, 1, 2))
                        AND value.indicator IN (SELECT code FROM indicator) AS is_peer
                FROM
                (
                    SELECT indicator, region, kind, period_start, period_end, value, unit, status, revision_round, flags, access, derived, reason
                    FROM resolved_with_derived
                    WHERE dims = '' AND boundary = 'original'
                        AND substring(region, 1, 4) IN (
                            SELECT substring(code, 1, 4) FROM region WHERE startsWith(code, substring({county:String}, 1, 2))
                            UNION ALL
                            SELECT substring(part, 1, 4) FROM region_chain WHERE region_chain.region = {county:String})
                ) AS value
                LEFT JOIN
                (
                    SELECT part, groupArray(tuple(from_year, to_year)) AS spans
                    FROM region_chain
                    WHERE region_chain.region = {county:String} AND parts = 1
                    GROUP BY part
                ) AS chain ON chain.part = value.region
            )
        )
    )
    GROUP BY indicator, kind, first_day, last_day
    HAVING countIf(role = 'own') > 0
)
