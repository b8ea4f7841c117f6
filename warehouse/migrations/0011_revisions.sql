-- Every vintage of every number, by the order in which it became known. A vintage
-- is what one source said: across sources there are conflicts, not revisions.
CREATE VIEW IF NOT EXISTS revisions AS
SELECT
    indicator, region, freq, basis, dims, period_start, period_end,
    source, supplier, lineage, version, document,
    row_number() OVER vintages    AS vintage,
    known_at, fetched_at, published_at, published_precision,
    op, value,
    lagInFrame(value) OVER vintages AS previous_value,
    lagInFrame(op) OVER vintages  AS previous_op,
    unit, decimals, half_width, status, revision_round, flags, access,
    raw_text, raw_unit, sign, locator, byte_start, byte_end,
    prior, derivation, derivation_no, id
FROM observation FINAL
WINDOW vintages AS (
    PARTITION BY indicator, region, freq, basis, dims, period_start, period_end, source
    ORDER BY known_at, fetched_at, derivation_no, document, byte_start, locator, op, lineage, derivation
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
COMMENT 'Vintages of each number of each source, numbered from 1, with the value before'
