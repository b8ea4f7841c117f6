-- Which code followed which, out of the history of GB/T 2260. A code whose name
-- alone changed is linked to nothing.
CREATE TABLE IF NOT EXISTS region_link
(
    from_code String COMMENT 'Code of before',
    to_code   String COMMENT 'Code that followed',
    year      UInt16 COMMENT 'First year whose end is under to_code; annual data of a year of change take the new code',
    kind      LowCardinality(String) COMMENT 'rename (one for one), merge (several into one) or split (one into several)'
)
ENGINE = MergeTree
ORDER BY (from_code, year, to_code)
{{durable}}
COMMENT 'Renames, merges and splits of regions, with their years'
