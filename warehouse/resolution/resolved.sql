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
                {{placed}}
            )
        )
        WINDOW candidacy AS (
            PARTITION BY indicator, region, dims, kind, first_day, period_end, boundary
            ORDER BY {{belief}}
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        ORDER BY indicator, region, dims, kind, first_day, period_end, boundary,
            {{belief}}
        LIMIT 1 BY indicator, region, dims, kind, first_day, period_end, boundary
    )
)
