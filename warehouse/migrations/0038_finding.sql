-- What published values say of each other and cannot all be right, rounding allowed
-- for. A finding raises a question and rejects nothing.
--   growth  a printed growth against the levels of this and last year: only where the
--           catalogue says whose growth it is, at the same price basis, in one
--           revision round, and not over a break. Where a region was renamed, last
--           year's level stands under its code of then
--   total   parts against their total, only where all parts are there
-- low and high are what the other values allow for the published one. The values are
-- read once for the growths: each stands in the places where it counts, as the
-- growth, as this year's level and as last year's.
CREATE OR REPLACE VIEW finding AS
SELECT
    'growth' AS check, concat('growth_of:', level_code) AS rule,
    growth.indicator AS indicator, region, dims, kind, period_start, period_end, boundary,
    growth.value AS value, growth.half_width AS half_width, growth.unit AS unit,
    CAST(divideDecimal(multiplyDecimal(toDecimal256(this.number - this.width, 10), toDecimal256(100, 0), 10), toDecimal256(last.number + last.width, 10), 8) - 100
        AS Decimal(38, 8)) AS low,
    CAST(divideDecimal(multiplyDecimal(toDecimal256(this.number + this.width, 10), toDecimal256(100, 0), 10), toDecimal256(last.number - last.width, 10), 8) - 100
        AS Decimal(38, 8)) AS high,
    [growth.id, this.id, last.id] AS inputs,
    growth.access AS access
FROM
(
    SELECT
        level_code, code AS region, dims, kind, first_day AS period_start, last_day AS period_end, boundary,
        groupArrayIf(printed, role = 'growth') AS growths,
        groupArrayIf(printed, role = 'this') AS levels,
        groupArrayIf(printed, role = 'last') AS levels_before
    FROM
    (
        SELECT printed, dims, kind, boundary, revision_round, place.1 AS role, place.2 AS level_code, place.3 AS code, place.4 AS first_day, place.5 AS last_day
        FROM
        (
            SELECT
                printed, dims, kind, boundary, revision_round,
                arrayJoin(arrayConcat(
                    if(growth_of = '', [], [tuple('growth', growth_of, region, period_start, period_end)]),
                    if(is_level AND NOT has(flags, 'break'), [tuple('this', indicator, region, period_start, period_end)], []),
                    if(is_level AND positive, arrayMap(code -> tuple('last', indicator, code, next_start, next_end), codes), []))) AS place
            FROM
            (
                SELECT
                    toString(said.indicator) AS indicator, toString(said.region) AS region, said.dims AS dims, said.kind AS kind,
                    said.period_start AS period_start, said.period_end AS period_end, said.boundary AS boundary, said.revision_round AS revision_round, said.flags AS flags,
                    CAST(tuple(said.indicator, said.value, said.half_width, said.unit, said.id, said.access, assumeNotNull(said.value), ifNull(said.half_width, 0))
                        AS Tuple(indicator String, value Nullable(Decimal(38, 10)), half_width Nullable(Decimal(38, 10)), unit String, id String, access String,
                            number Decimal(38, 10), width Decimal(38, 10))) AS printed,
                    assumeNotNull(said.value) > ifNull(said.half_width, 0) AS positive,
                    toLastDayOfMonth(addYears(said.period_end, 1)) AS next_end,
                    if(said.kind = 'stock', toLastDayOfMonth(addYears(said.period_end, 1)), addYears(said.period_start, 1)) AS next_start,
                    toString(rate.growth_of) AS growth_of,
                    said.indicator IN (SELECT growth_of FROM indicator) AS is_level,
                    arrayPushFront(arrayMap(link -> link.1, arrayFilter(link -> toYear(said.period_end) BETWEEN link.2 AND link.3, chain.links)), toString(said.region)) AS codes
                FROM
                (
                    SELECT *
                    FROM disclosed
                    WHERE isNotNull(value) AND indicator IN (SELECT if(growth_of = '', '', code) FROM indicator UNION ALL SELECT growth_of FROM indicator)
                ) AS said
                LEFT JOIN
                (
                    SELECT rate.code AS code, rate.growth_of AS growth_of
                    FROM indicator AS rate
                    INNER JOIN indicator AS level ON level.code = rate.growth_of
                    WHERE rate.price_basis = level.price_basis AND rate.price_basis != ''
                ) AS rate ON rate.code = said.indicator
                LEFT JOIN
                (
                    SELECT part, groupArray(tuple(region, from_year, to_year)) AS links
                    FROM region_chain
                    WHERE parts = 1 AND method = 'rename'
                    GROUP BY part
                ) AS chain ON chain.part = said.region
            )
        )
    )
    GROUP BY level_code, code, dims, kind, first_day, last_day, boundary, revision_round
    HAVING notEmpty(growths) AND notEmpty(levels) AND notEmpty(levels_before)
)
ARRAY JOIN growths AS growth
ARRAY JOIN levels AS this
ARRAY JOIN levels_before AS last
WHERE growth.number + growth.width < low OR growth.number - growth.width > high
UNION ALL
SELECT
    'total' AS check, name AS rule,
    total AS indicator, region, dims, kind, period_start, period_end, boundary,
    value, half_width, unit,
    CAST(parts_sum - parts_width AS Decimal(38, 8)) AS low,
    CAST(parts_sum + parts_width AS Decimal(38, 8)) AS high,
    inputs, access
FROM
(
    SELECT
        identity.name AS name, any(identity.total) AS total, any(identity.constant) AS constant,
        said.region AS region, said.dims AS dims, said.kind AS kind, said.period_start AS period_start, said.period_end AS period_end, said.boundary AS boundary,
        if(total = '', constant, anyIf(said.value, NOT identity.is_part)) AS value,
        if(total = '', toDecimal128(0, 10), anyIf(said.half_width, NOT identity.is_part)) AS half_width,
        any(said.unit) AS unit,
        countIf(identity.is_part) AS present,
        max(identity.wanted) AS wanted,
        sumIf(said.value, identity.is_part) AS parts_sum,
        sumIf(ifNull(said.half_width, 0), identity.is_part) AS parts_width,
        uniqExact(said.revision_round) AS rounds,
        arrayFilter(id -> id != '', arraySort(groupUniqArray(toString(said.id)))) AS inputs,
        if(max(said.access = 'restricted'), 'restricted', 'public') AS access
    FROM
    (
        SELECT name, total, constant, part AS member, true AS is_part, count() OVER (PARTITION BY name) AS wanted FROM identity
        UNION ALL
        SELECT DISTINCT name, total, constant, total AS member, false AS is_part, 0 AS wanted FROM identity WHERE total != ''
    ) AS identity
    INNER JOIN (SELECT * FROM disclosed WHERE isNotNull(value) AND indicator IN (SELECT part FROM identity UNION ALL SELECT total FROM identity)) AS said
        ON said.indicator = identity.member
    GROUP BY identity.name, said.region, said.dims, said.kind, said.period_start, said.period_end, said.boundary
)
WHERE present = wanted AND rounds = 1 AND isNotNull(value)
    AND (value + ifNull(half_width, 0) < parts_sum - parts_width OR value - ifNull(half_width, 0) > parts_sum + parts_width)
COMMENT 'Published values that contradict each other beyond rounding: growth against levels, parts against totals'
