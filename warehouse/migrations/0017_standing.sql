-- What stands of each number, of public rows only, so that the latest values of a
-- county or of an indicator are read and not decided anew for each question. It is
-- made from observation region by region (package warehouse, RefreshStanding): a
-- refresh writes all numbers of a region with the same as_of, and then that as_of
-- into standing_as_of; what has another as_of than its region is superseded. So two
-- refreshes at once, or one that is killed, never mix. The key is that of resolved
-- after the prefecture.
CREATE TABLE IF NOT EXISTS standing
(
    indicator      LowCardinality(String) COMMENT 'Code of the catalogue; joins indicator.code' CODEC(ZSTD(1)),
    region         LowCardinality(String) COMMENT 'GB/T 2260 code in force on the last day of the period' CODEC(ZSTD(1)),
    dims           LowCardinality(String) COMMENT 'Break-down and scope, canonical k=v;k=v, empty for none' CODEC(ZSTD(1)),
    kind           LowCardinality(String) COMMENT 'flow or stock' CODEC(ZSTD(1)),
    period_start   Date32 COMMENT 'First day; of a stock the same as period_end' CODEC(ZSTD(1)),
    period_end     Date32 COMMENT 'Last day' CODEC(ZSTD(1)),
    boundary       LowCardinality(String) COMMENT 'original, or restated in the boundaries of a later day' CODEC(ZSTD(1)),
    freq           LowCardinality(String) COMMENT 'Frequency that the winner was printed with: A, Q, M or D' CODEC(ZSTD(1)),
    basis          LowCardinality(String) COMMENT 'period, ytd or end, of the winner' CODEC(ZSTD(1)),
    value          Nullable(Decimal(38, 10)) COMMENT 'Exact value in unit; NULL where a flag says why' CODEC(GCD, ZSTD(1)),
    unit           LowCardinality(String) COMMENT 'Canonical unit of the indicator' CODEC(ZSTD(1)),
    decimals       UInt8 COMMENT 'Decimals as printed' CODEC(ZSTD(1)),
    status         LowCardinality(String) COMMENT 'first (also unstated), provisional, final or census-revised' CODEC(ZSTD(1)),
    revision_round LowCardinality(String) COMMENT 'Census whose revision the series belongs to, empty for none' CODEC(ZSTD(1)),
    flags          Array(LowCardinality(String)) COMMENT 'Marks of the value, sorted' CODEC(ZSTD(1)),
    access         LowCardinality(String) COMMENT 'public: what is not has no row' CODEC(ZSTD(1)),
    source         LowCardinality(String) COMMENT 'Name of the winning source' CODEC(ZSTD(1)),
    supplier       LowCardinality(String) COMMENT 'Which of the three sources the winner is: public, province or county' CODEC(ZSTD(1)),
    as_of          DateTime64(3, 'UTC') COMMENT 'When the refresh that wrote the row began to read' CODEC(ZSTD(1)),
    INDEX region_range region TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(as_of)
ORDER BY (substring(region, 1, 4), indicator, region, dims, kind, period_start, period_end, boundary)
{{durable}}
COMMENT 'Winners among the public rows, kept for quick answers; ask the view latest'
