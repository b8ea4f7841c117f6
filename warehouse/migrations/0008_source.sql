-- The sources' files, as far as an analyst asks for them.
CREATE TABLE IF NOT EXISTS source
(
    name          String COMMENT 'Name of the source file',
    title         String COMMENT 'Chinese title',
    publisher     String COMMENT 'Who publishes it',
    supplier      LowCardinality(String) COMMENT 'Which of the three sources: public, province or county',
    access        LowCardinality(String) COMMENT 'public, restricted or suppressed',
    kind          LowCardinality(String) COMMENT 'Shape of the documents',
    region        LowCardinality(String) COMMENT 'Code that a document is about where it names none, empty for none',
    schedule      String COMMENT 'Cron expression in Asia/Shanghai, empty if never fetched by itself',
    verified      String COMMENT 'Day on which a person last saw it work live, or never',
    min_documents UInt32 COMMENT 'Documents that a healthy run yields at least'
)
ENGINE = MergeTree
ORDER BY name
{{durable}}
COMMENT 'Sources as their files describe them'
