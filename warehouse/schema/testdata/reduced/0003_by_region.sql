CREATE TABLE IF NOT EXISTS by_region
(
    region       String,
    indicator    String,
    period_start Date,
    known_at     DateTime,
    value        Nullable(Decimal(38, 10))
)
ENGINE = ReplacingMergeTree(known_at)
ORDER BY (region, indicator, period_start)
