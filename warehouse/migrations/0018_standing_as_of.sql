-- Up to when table standing knows what was loaded of a region.
CREATE TABLE IF NOT EXISTS standing_as_of
(
    region LowCardinality(String) COMMENT 'Code of the region',
    as_of  DateTime64(3, 'UTC') COMMENT 'When the newest refresh of the region began to read'
)
ENGINE = ReplacingMergeTree(as_of)
ORDER BY region
{{durable}}
COMMENT 'When each region was last brought up to date in standing'
