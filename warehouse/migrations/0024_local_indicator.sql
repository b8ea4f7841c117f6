-- Indicators of one county's own: in no coverage and in no view across counties.
CREATE TABLE IF NOT EXISTS local_indicator
(
    code       String COMMENT 'local:<region>:<name>',
    region     String COMMENT 'Code of the county',
    name_zh    String COMMENT 'Chinese name',
    owner      String COMMENT 'Unit that answers for it',
    definition String COMMENT 'What exactly is counted',
    unit       LowCardinality(String) COMMENT 'Unit'
)
ENGINE = MergeTree
ORDER BY code
{{durable}}
COMMENT 'Indicators of one county''s own'
