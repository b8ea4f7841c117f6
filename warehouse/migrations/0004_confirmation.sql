-- A lineage was fetched again and still said the same: nothing else was published.
CREATE TABLE IF NOT EXISTS confirmation
(
    source       LowCardinality(String) COMMENT 'Name of the source file; joins source.name',
    lineage      String COMMENT 'Id of the chain of versions' CODEC(ZSTD(1)),
    version      String COMMENT 'Id of the version that was confirmed' CODEC(ZSTD(1)),
    document     String COMMENT 'SHA-256 of the body in lower-case hex' CODEC(ZSTD(1)),
    confirmed_at DateTime64(3, 'UTC') COMMENT 'When the same body was received again'
)
ENGINE = ReplacingMergeTree
ORDER BY (source, lineage, confirmed_at, version, document)
{{durable}}
COMMENT 'Fetches that found a document unchanged'
