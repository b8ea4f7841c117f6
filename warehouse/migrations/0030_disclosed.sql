-- Made by go generate ./warehouse/resolution; edit the .sql files there.
-- The values that all further views are made of: the winners of resolved, with hidden
-- cells blank. A blank cell keeps its row, so that whoever may see that it is there
-- sees that it is known and hidden; to readers it does not exist. What anybody
-- suppresses of a cell hides it, whoever won.
CREATE OR REPLACE VIEW disclosed AS
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
            SELECT
                said.*,
                if(said.basis = 'end', 'stock', 'flow') AS kind,
                if(said.basis = 'end', said.period_end, said.period_start) AS first_day,
                isNull(said.value) AS blank,
                toUInt8(said.supplier = 'county') AS county,
                toUInt8(multiIf(said.status = 'census-revised', 2, said.status = 'final', 1, 0)) AS finality,
                arrayFirst(r -> said.period_end BETWEEN r.period_from AND r.period_to, rules.newest_first) AS chosen,
                toUInt16(if(has(chosen.sources, said.source), indexOf(chosen.sources, said.source), 65535)) AS place
            FROM
            (
                SELECT
                    indicator, region, freq, basis, dims, period_start, period_end,
                    if(has(flags, 'restated_boundary'), 'restated', 'original') AS boundary,
                    source, supplier, lineage, version, document,
                    fetched_at, known_at, published_at, published_precision,
                    op, value, unit, decimals, half_width, status, revision_round, flags, access,
                    raw_text, raw_unit, factor, sign, locator, byte_start, byte_end,
                    prior, derivation, derivation_no, id
                FROM
                (
                    SELECT
                        indicator, region, freq, basis, dims, period_start, period_end,
                        source, supplier, lineage, version, document,
                        fetched_at, known_at, published_at, published_precision,
                        op, value, unit, decimals, half_width, status, revision_round, flags, access,
                        raw_text, raw_unit, factor, sign, locator, byte_start, byte_end,
                        prior, derivation, derivation_no, id
                    FROM observation
                    ORDER BY
                        substring(region, 1, 4), indicator, region, freq, basis, dims, period_start, period_end, source, lineage,
                        fetched_at DESC, derivation_no DESC, document DESC, byte_start DESC, locator DESC, op DESC, derivation DESC
                    LIMIT 1 BY indicator, region, freq, basis, dims, period_start, period_end, source, lineage
                )
                WHERE op != 'retract'
                ORDER BY
                    substring(region, 1, 4), indicator, region, freq, basis, dims, period_start, period_end, source,
                    multiIf(status = 'census-revised', 2, status = 'final', 1, 0) DESC,
                    published_at DESC NULLS LAST, fetched_at DESC, document DESC, lineage DESC
                LIMIT 1 BY indicator, region, freq, basis, dims, period_start, period_end, source, boundary
            ) AS said
            LEFT JOIN
            (
                SELECT
                    indicator,
                    CAST(arrayReverseSort(groupArray(tuple(effective_from, rule, period_from, period_to, sources, reason)))
                        AS Array(Tuple(effective_from Date32, rule String, period_from Date32, period_to Date32, sources Array(String), reason String))) AS newest_first
                FROM precedence
                WHERE toDateTime64(effective_from, 3, 'UTC') <= now64(3, 'UTC')
                GROUP BY indicator
            ) AS rules ON rules.indicator = said.indicator
        )
        ORDER BY indicator, region, dims, kind, first_day, period_end, boundary,
            blank, county, finality DESC, place, published_at DESC NULLS LAST, source, freq, basis
        LIMIT 1 BY indicator, region, dims, kind, first_day, period_end, boundary
    )
) AS winner
COMMENT 'One value a number, with cells of too few respondents and their complements blank'
