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
    FROM observation{{limit}}
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
