-- A key whose sources cannot all be right: their intervals have no number in common.
-- Sources that only round differently are no conflict.
CREATE OR REPLACE VIEW conflicts AS
SELECT
    indicator, region, dims, kind, period_start, period_end, boundary,
    source, supplier, freq, basis, op, value, unit, half_width, status, revision_round, flags, access, published_at, known_at, id,
    sources, losers, spread, rule, reason
FROM resolved
WHERE disjoint
COMMENT 'Numbers whose sources contradict each other beyond rounding: the winner, the losers and why'
