-- A run may be written when it starts and again when it ends: the row that finished
-- last stands, so readers use FINAL.
CREATE TABLE IF NOT EXISTS run
(
    id          String COMMENT 'Id of the run',
    source      LowCardinality(String) COMMENT 'Name of the source file; joins source.name',
    trigger     LowCardinality(String) COMMENT 'nightly, manual, backfill or demo',
    started_at  DateTime64(3, 'UTC') COMMENT 'Start',
    finished_at DateTime64(3, 'UTC') COMMENT 'End; 1970-01-01 while it runs',
    fetched     UInt32 COMMENT 'Documents received',
    new         UInt32 COMMENT 'Of them new or changed',
    confirmed   UInt32 COMMENT 'Of them unchanged',
    failures    Array(String) COMMENT 'What failed, one sentence each' CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(finished_at)
ORDER BY (source, started_at, id)
{{durable}}
COMMENT 'Runs of sources'
