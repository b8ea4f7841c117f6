-- Of which codes a region consisted in which years: followed back over renames and
-- merges, ended by splits, because nobody can say what share of a split region it was.
CREATE TABLE IF NOT EXISTS region_chain
(
    region    String COMMENT 'Code that is looked back from',
    part      String COMMENT 'Code that data of these years stand under',
    from_year UInt16 COMMENT 'First year; 0 before the records begin',
    to_year   UInt16 COMMENT 'Last year; 9999 while in force',
    parts     UInt16 COMMENT 'How many codes it consisted of in these years',
    method    LowCardinality(String) COMMENT 'own, rename or merge'
)
ENGINE = MergeTree
ORDER BY (part, region, from_year)
{{durable}}
COMMENT 'Of which codes each region consisted in earlier years'
