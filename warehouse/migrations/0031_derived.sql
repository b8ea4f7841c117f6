-- What follows from the formulas of the catalogue, for years. Inputs share the year,
-- the scope (dims), the boundary and the revision round; the mean of two year ends
-- takes last year's from the code of before where the region was renamed. A missing
-- input makes NULL with its name, never a low sum; so does a published value that is
-- hidden, which the derived one would show. The result is as uncertain, as
-- provisional and as closed as its inputs are. Numbers are Decimal256 on the way:
-- Decimal128 × Decimal128 overflows without an error. Everything is counted twice
-- (weight 2, a mean's ends 1 each), so that a mean stays exact.
CREATE OR REPLACE VIEW derived AS
WITH
    toDecimal256(1, 10) AS one,
    (indicator, region, dims, kind, if(kind = 'stock', last_day, makeDate32(year, 1, 1)), last_day, boundary) IN
        (SELECT indicator, region, dims, kind, period_start, period_end, boundary FROM suppression) AS published_hidden,
    length(missing) = 0 AND rounds < 2 AND NOT suppressed AND NOT published_hidden AND (NOT divided OR lower != 0) AS computable,
    if(divided AND lower != 0, lower, one * 2) AS divisor,
    if(divided, lower_width, one * 0) AS divisor_width,
    multiplyDecimal(toDecimal256(factor, 10), upper, 20) AS scaled,
    divideDecimal(scaled, divisor, 12) AS exact,
    abs(divisor) - divisor_width AS least,
    divideDecimal(
        divideDecimal(multiplyDecimal(toDecimal256(factor, 10), multiplyDecimal(abs(divisor), upper_width, 20) + multiplyDecimal(abs(upper), divisor_width, 20), 20), abs(divisor), 20),
        if(least > 0, least, one), 12) AS carried
SELECT
    indicator, region, dims, kind,
    if(kind = 'stock', last_day, makeDate32(year, 1, 1)) AS period_start,
    last_day AS period_end,
    boundary,
    'A' AS freq,
    if(kind = 'stock', 'end', 'period') AS basis,
    CAST(if(computable, multiIf(decimals = 0, round(exact, 0), decimals = 1, round(exact, 1), decimals = 2, round(exact, 2), decimals = 3, round(exact, 3), round(exact, 4)), NULL)
        AS Nullable(Decimal(38, 10))) AS value,
    unit,
    CAST(if(computable AND least > 0, round(carried, 10) + toDecimal256(5, 12) / toUInt64(exp10(decimals + 1)), NULL) AS Nullable(Decimal(38, 10))) AS half_width,
    decimals, status, revision_round, flags, if(published_hidden, 'suppressed', computed.access) AS access,
    published_at, known_at,
    multiIf(suppressed, 'an input is suppressed',
            published_hidden, 'the published value is suppressed',
            length(missing) > 0, concat('missing: ', arrayStringConcat(missing, ', ')),
            rounds > 1, 'inputs of different revision rounds',
            divided AND lower = 0, 'the divisor is zero', '') AS reason,
    missing,
    inputs
FROM
(
    SELECT
        slots.indicator AS indicator,
        placed.region AS region,
        placed.dims AS dims,
        slots.kind AS kind,
        placed.year + slots.shift AS year,
        makeDate32(year, 12, 31) AS last_day,
        placed.boundary AS boundary,
        any(slots.unit) AS unit,
        any(slots.factor) AS factor,
        any(slots.decimals) AS decimals,
        max(slots.below) AS divided,
        sumIf(placed.weighted * slots.weight * slots.sign, NOT slots.below) AS upper,
        sumIf(placed.weighted * slots.weight * slots.sign, slots.below) AS lower,
        sumIf(placed.width * slots.weight, NOT slots.below) AS upper_width,
        sumIf(placed.width * slots.weight, slots.below) AS lower_width,
        arraySort(arrayFilter(slot -> NOT has(groupArrayIf(slots.slot, isNotNull(placed.value)), slot), any(slots.needed))) AS missing,
        uniqExactIf(placed.revision_round, isNotNull(placed.value)) AS rounds,
        max(placed.revision_round) AS revision_round,
        max(placed.access = 'suppressed') AS suppressed,
        multiIf(suppressed, 'suppressed', max(placed.access = 'restricted'), 'restricted', 'public') AS access,
        arrayElement(['first', 'provisional', 'final', 'census-revised'], min(indexOf(['first', 'provisional', 'final', 'census-revised'], toString(placed.status)))) AS status,
        arraySort(groupUniqArrayArray(placed.flags)) AS flags,
        max(placed.published_at) AS published_at,
        max(placed.known_at) AS known_at,
        arraySort(groupArray(CAST(tuple(slots.slot, placed.input, placed.code, placed.period_end, placed.value, placed.id)
            AS Tuple(slot String, indicator String, region String, period_end Date32, value Nullable(Decimal(38, 10)), id String)))) AS inputs
    FROM
    (
        SELECT
            indicator, input, kind, below, sign, factor, unit, decimals, mean, shift,
            if(mean, 'stock', kind) AS input_kind,
            if(mean, 1, 2) AS weight,
            multiIf(NOT mean, input, shift = 0, concat(input, ' at the end of this year'), concat(input, ' at the end of last year')) AS slot,
            groupArray(slot) OVER (PARTITION BY indicator) AS needed
        FROM formula
        ARRAY JOIN if(mean, [0, 1], [0]) AS shift
    ) AS slots
    INNER JOIN
    (
        SELECT
            said.indicator AS input, said.region AS code, said.kind AS input_kind, shift,
            if(shift = 1 AND link.to_code != '', link.to_code, said.region) AS region,
            said.dims AS dims, said.boundary AS boundary, said.period_end AS period_end, toYear(said.period_end) AS year,
            said.value AS value, toDecimal256(ifNull(said.value, 0), 10) AS weighted, toDecimal256(ifNull(said.half_width, 0), 10) AS width,
            said.status AS status, said.revision_round AS revision_round, said.flags AS flags, said.access AS access,
            said.published_at AS published_at, said.known_at AS known_at, said.id AS id
        FROM
        (
            SELECT *, arrayJoin([0, 1]) AS shift
            FROM disclosed
            WHERE indicator IN (SELECT input FROM formula)
                AND toMonth(period_end) = 12 AND toDayOfMonth(period_end) = 31
                AND (kind = 'stock' OR period_start = makeDate32(toYear(period_end), 1, 1))
        ) AS said
        LEFT JOIN (SELECT from_code, to_code, year FROM region_link WHERE kind = 'rename') AS link
            ON link.from_code = said.region AND link.year = toYear(said.period_end) + said.shift
    ) AS placed ON placed.input = slots.input AND placed.input_kind = slots.input_kind AND placed.shift = slots.shift
    GROUP BY slots.indicator, placed.region, placed.dims, slots.kind, placed.year + slots.shift, placed.boundary
    HAVING countIf(slots.shift = 0 AND isNotNull(placed.value)) > 0
) AS computed
COMMENT 'Values that follow from the formulas of the catalogue, with their inputs; NULL with a reason where one is missing'
