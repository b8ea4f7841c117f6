-- Published values, and derived ones where none was published. A published number
-- wins; so does a published cell that is hidden, which a derivation would give away.
CREATE OR REPLACE VIEW resolved_with_derived AS
SELECT
    indicator, region, dims, kind, period_start, period_end, boundary,
    freq, basis, value, unit, half_width, decimals, status, revision_round, flags, access,
    source, supplier, published_at, known_at, id, derived, reason, inputs
FROM
(
    SELECT
        indicator, region, dims, kind, period_start, period_end, boundary,
        freq, basis, value, unit, half_width, decimals, status, revision_round, flags, access,
        source, supplier, published_at, known_at, id,
        false AS derived, '' AS reason,
        CAST([] AS Array(Tuple(slot String, indicator String, region String, period_end Date32, value Nullable(Decimal(38, 10)), id String))) AS inputs,
        if(isNotNull(value) OR access = 'suppressed', 0, 2) AS rank
    FROM disclosed
    UNION ALL
    SELECT
        indicator, region, dims, kind, period_start, period_end, boundary,
        freq, basis, value, unit, half_width, decimals, status, revision_round, flags, access,
        '' AS source, '' AS supplier, published_at, known_at, '' AS id,
        true AS derived, reason, inputs,
        if(isNotNull(value), 1, 3) AS rank
    FROM derived
)
ORDER BY indicator, region, dims, kind, period_start, period_end, boundary, rank
LIMIT 1 BY indicator, region, dims, kind, period_start, period_end, boundary
COMMENT 'One value a number: what was published, else what derives from it'
