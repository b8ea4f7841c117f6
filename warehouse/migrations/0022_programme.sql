-- Who takes part in what, with dates (configs/programmes.yaml).
CREATE TABLE IF NOT EXISTS programme
(
    programme   LowCardinality(String) COMMENT 'pool, innovation_pilot or hundred_cities',
    name_zh     String COMMENT 'Chinese name',
    name_en     String COMMENT 'English name',
    from_year   UInt16 COMMENT 'First year that the base-line survey of its members covers; 0 where nothing is expected of members',
    region      String COMMENT 'Code in force when it joined',
    valid_from  Date32 COMMENT 'First day of its membership, as far as a document attests it',
    valid_until Nullable(Date32) COMMENT 'First day on which it was no member any more; NULL while it is',
    evidence    String COMMENT 'Document that says so'
)
ENGINE = MergeTree
ORDER BY (programme, region, valid_from)
{{durable}}
COMMENT 'Members of the pool and of other programmes, with dates'
