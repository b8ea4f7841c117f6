-- Regions of which something was loaded, and when. A loader writes here after its
-- rows are durable and before it acknowledges them, by the clock of the server: so a
-- refresh of standing that began to read later has seen those rows, and a loader that
-- dies in between gets its rows again and writes here then.
CREATE TABLE IF NOT EXISTS touched
(
    region LowCardinality(String) COMMENT 'Code of the region',
    at     DateTime64(3, 'UTC') COMMENT 'After the rows were durable'
)
ENGINE = ReplacingMergeTree(at)
ORDER BY region
{{durable}}
COMMENT 'When something was last loaded of each region'
