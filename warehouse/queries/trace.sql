-- 一个编号对应的观测值
-- The rows that may have an id: by what the id tells of document, byte and derivation
SELECT
    indicator, region, freq, basis, dims, period_start, period_end,
    source, supplier, lineage, version, document,
    fetched_at, known_at, published_at, published_precision,
    op, value, unit, decimals, half_width, status, revision_round, flags, access,
    raw_text, raw_unit, factor, sign, locator, byte_start, byte_end,
    prior, derivation, derivation_no, id
FROM observation
WHERE substring(document, 1, 10) = {prefix:String}
    AND byte_start = {byte_start:UInt32}
    AND derivation_no = {derivation_no:UInt16}
    AND id = {id:String}
LIMIT 1 BY indicator, region, freq, basis, dims, period_start, period_end, source, lineage, known_at, document, byte_start, locator, derivation, op
