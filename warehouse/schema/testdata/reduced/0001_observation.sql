-- The observation table without what ClickHouse 18.16 does not have: Date32,
-- DateTime64, LowCardinality, codecs, skip indices, comments, settings of fsync.
CREATE TABLE IF NOT EXISTS observation
(
    indicator    String,
    region       String,
    period_start Date,
    source       String,
    known_at     DateTime,
    op           String,
    value        Nullable(Decimal(38, 10)),
    supplier     String,
    id           String ALIAS concat(indicator, ':', region, ':', toString(period_start))
)
ENGINE = ReplacingMergeTree
PARTITION BY supplier
ORDER BY (indicator, region, period_start, source, known_at, op)
SETTINGS replicated_deduplication_window = 1000
