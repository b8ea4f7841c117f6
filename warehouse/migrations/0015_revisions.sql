-- Every vintage of every number, by the order in which it became known. A vintage
-- is what one source said: across sources there are conflicts, not revisions. A
-- change is taken from the vintage before of the same revision round and boundary:
-- a census starts a new series. Rows of one sorting key are equal, so LIMIT 1 BY it
-- leaves out what was delivered twice.
CREATE OR REPLACE VIEW revisions AS
SELECT
    indicator, region, freq, basis, dims, period_start, period_end, boundary,
    source, supplier, lineage, version, document,
    vintage,
    dateDiff('day', first_known_at, known_at) AS days_since_first,
    known_at, fetched_at, published_at, published_precision,
    op, value, previous_op, previous_value,
    value - previous_value AS change,
    abs(value - previous_value) > ifNull(half_width, 0) + ifNull(previous_half_width, 0) AS beyond_rounding,
    value - ifNull(half_width, 0) AS low,
    value + ifNull(half_width, 0) AS high,
    unit, decimals, half_width, status, revision_round, flags,
    multiIf('suppressed' IN (access, previous_access), 'suppressed', 'restricted' IN (access, previous_access), 'restricted', 'public') AS access,
    raw_text, raw_unit, factor, sign, locator, byte_start, byte_end,
    prior, derivation, derivation_no, id
FROM
(
    SELECT
        *,
        row_number() OVER vintages AS vintage,
        min(known_at) OVER vintages AS first_known_at,
        lagInFrame(value) OVER round AS previous_value,
        lagInFrame(half_width) OVER round AS previous_half_width,
        lagInFrame(op) OVER round AS previous_op,
        lagInFrame(access) OVER round AS previous_access
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
        FROM observation
        LIMIT 1 BY indicator, region, freq, basis, dims, period_start, period_end, source, lineage, known_at, document, byte_start, locator, derivation, op
    )
    WINDOW
        vintages AS (
            PARTITION BY indicator, region, freq, basis, dims, period_start, period_end, boundary, source
            ORDER BY known_at, fetched_at, derivation_no, document, byte_start, locator, op, lineage, derivation
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING),
        round AS (
            PARTITION BY indicator, region, freq, basis, dims, period_start, period_end, boundary, source, revision_round
            ORDER BY known_at, fetched_at, derivation_no, document, byte_start, locator, op, lineage, derivation
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
COMMENT 'Vintages of each number of each source, numbered from 1, with the change from the one before'
