-- Made by go generate ./warehouse/resolution; edit the .sql files there.
-- One value a key out of what the sources say. A key is (indicator, region, dims,
-- stock or flow, first and last day, boundary), so that 一季度 meets 1—3月, and a
-- stock at the end of December meets one at the end of the year. The order of
-- belief: a number before a blank (what one source does not have another may);
-- public and provincial data before a county's entry, which disputes but never
-- beats them; census-revised, final, the rest; the newest rule of table precedence
-- that was in effect; the later publication, unknown last; the name of the source.
-- Intervals (value ± half_width) are compared within the winner's revision round
-- only: another round is another series. A row is as closed as the most closed value
-- that it shows.
CREATE OR REPLACE VIEW resolved AS
SELECT
    indicator, region, dims, kind, first_day AS period_start, period_end, boundary,
    freq, basis, op, value, unit, half_width, decimals, status, revision_round, flags,
    multiIf(has(accesses, 'suppressed'), 'suppressed', has(accesses, 'restricted'), 'restricted', 'public') AS access,
    source, supplier, lineage, version, document,
    published_at, published_precision, known_at, fetched_at,
    raw_text, raw_unit, locator, byte_start, byte_end, id,
    length(arrayDistinct(candidates.source)) AS sources,
    CAST(arraySlice(arrayZip(candidates.source, candidates.supplier, candidates.freq, candidates.basis, candidates.op,
            candidates.value, candidates.half_width, candidates.status, candidates.revision_round,
            candidates.published_at, candidates.known_at, accesses, ids), 2)
        AS Array(Tuple(source String, supplier String, freq String, basis String, op String,
            value Nullable(Decimal(38, 10)), half_width Nullable(Decimal(38, 10)), status String, revision_round String,
            published_at Nullable(DateTime64(3, 'UTC')), known_at DateTime64(3, 'UTC'), access String, id String))) AS losers,
    if(empty(same_round), NULL, arrayMax(c -> assumeNotNull(c.value), same_round) - arrayMin(c -> assumeNotNull(c.value), same_round)) AS spread,
    notEmpty(same_round) AND arrayMax(c -> c.low, same_round) > arrayMin(c -> c.high, same_round) AS disjoint,
    decided AS rule,
    if(decided = 'precedence', concat(chosen.rule, ': ', chosen.reason),
        transform(decided, ['only', 'number', 'supplier', 'status', 'published', 'name', 'frequency'],
            ['one source has it', 'a number before a blank', 'public and provincial data before an entry of the county',
             'census-revised before final before the rest', 'the later publication', 'equal in all else: the source whose name comes first',
             'one source has it twice: the frequency whose code comes first'], '')) AS reason
FROM
(
    SELECT
        *,
        arrayFilter(c -> isNotNull(c.value) AND c.revision_round = revision_round, candidates) AS same_round,
        candidates[2] AS second,
        multiIf(
            length(candidates) = 1, 'only',
            blank != second.blank, 'number',
            county != second.county, 'supplier',
            finality != second.finality, 'status',
            place != second.place, 'precedence',
            published_at IS DISTINCT FROM second.published_at, 'published',
            source != second.source, 'name',
            'frequency') AS decided
    FROM
    (
        SELECT
            *,
            groupArray(candidate) OVER candidacy AS candidates,
            groupArray(access) OVER candidacy AS accesses,
            groupArray(id) OVER candidacy AS ids
        FROM
        (
            SELECT
                *,
                CAST(tuple(source, supplier, freq, basis, op, value, half_width, status, revision_round, published_at, known_at,
                        ifNull(value - ifNull(half_width, 0), 0), ifNull(value + ifNull(half_width, 0), 0), blank, county, finality, place)
                    AS Tuple(source String, supplier String, freq String, basis String, op String,
                        value Nullable(Decimal(38, 10)), half_width Nullable(Decimal(38, 10)), status String, revision_round String,
                        published_at Nullable(DateTime64(3, 'UTC')), known_at DateTime64(3, 'UTC'),
                        low Decimal(38, 10), high Decimal(38, 10), blank UInt8, county UInt8, finality UInt8, place UInt16)) AS candidate
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
        )
        WINDOW candidacy AS (
            PARTITION BY indicator, region, dims, kind, first_day, period_end, boundary
            ORDER BY blank, county, finality DESC, place, published_at DESC NULLS LAST, source, freq, basis
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        ORDER BY indicator, region, dims, kind, first_day, period_end, boundary,
            blank, county, finality DESC, place, published_at DESC NULLS LAST, source, freq, basis
        LIMIT 1 BY indicator, region, dims, kind, first_day, period_end, boundary
    )
)
COMMENT 'One value a number: the winner among the sources, with the losers, their spread and the rule that decided'
