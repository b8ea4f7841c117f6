-- Cells that no view shows to analysts, without their values: those of fewer than
-- three respondents, and beside a single one its complement, which the total would
-- give it away with. Filled from suppression_due by an account that sees all rows,
-- because to a reader the suppressed rows do not exist.
CREATE TABLE IF NOT EXISTS suppression
(
    indicator    LowCardinality(String) COMMENT 'Code of the catalogue',
    region       LowCardinality(String) COMMENT 'Code of the region',
    dims         LowCardinality(String) COMMENT 'Break-down, empty for none',
    kind         LowCardinality(String) COMMENT 'flow or stock',
    period_start Date32 COMMENT 'First day; of a stock the same as period_end',
    period_end   Date32 COMMENT 'Last day',
    boundary     LowCardinality(String) COMMENT 'original or restated',
    why          LowCardinality(String) COMMENT 'primary (too few respondents) or complementary'
)
ENGINE = MergeTree
ORDER BY (indicator, region, dims, kind, period_end, period_start, boundary)
{{durable}}
COMMENT 'Cells that are hidden from analysts'
