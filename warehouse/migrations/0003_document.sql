-- One row per archived document version that was read, with how many rows it
-- published: the reconciliation compares them with observation.
CREATE TABLE IF NOT EXISTS document
(
    source              LowCardinality(String) COMMENT 'Name of the source file; joins source.name',
    supplier            LowCardinality(String) COMMENT 'Which of the three sources: public, province or county',
    lineage             String COMMENT 'Id of the chain of versions' CODEC(ZSTD(1)),
    version             String COMMENT 'Id of the document in its chain' CODEC(ZSTD(1)),
    predecessor         String COMMENT 'Id of the version before, empty for the first' CODEC(ZSTD(1)),
    hash                String COMMENT 'SHA-256 of the body in lower-case hex: the name in the archive; observation.document' CODEC(ZSTD(1)),
    size                Int64 COMMENT 'Bytes of the body',
    access              LowCardinality(String) COMMENT 'public, restricted or suppressed',
    method              LowCardinality(String) COMMENT 'GET or POST',
    url                 String COMMENT 'Canonical address' CODEC(ZSTD(3)),
    request_body        String COMMENT 'Canonical body of the request, empty for none' CODEC(ZSTD(3)),
    media_type          LowCardinality(String) COMMENT 'As the answer claimed; not believed',
    title               String COMMENT 'Text of the link that led here' CODEC(ZSTD(3)),
    context             Map(LowCardinality(String), String) COMMENT 'What the page that led here knows: region and others',
    published_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'From when the public could know it, NULL for unknown',
    published_precision LowCardinality(String) COMMENT 'Precision of published_at: day, minute, or empty for unknown',
    fetched_at          DateTime64(3, 'UTC') COMMENT 'When the body was received',
    derivation          LowCardinality(String) COMMENT 'Id of parser and rules',
    derivation_no       UInt16 COMMENT 'Place of the derivation in the order of its source',
    parser              LowCardinality(String) COMMENT 'Version of the parser',
    effective_at        DateTime64(3, 'UTC') COMMENT 'When the derivation took effect',
    complete            Bool COMMENT 'Parsed to its structural end and not refused as a whole',
    observations        UInt32 COMMENT 'Observations in the document',
    rows_published      UInt32 COMMENT 'Rows it published: new, changed, withdrawn, retracted',
    rows_digest         String COMMENT 'Digest over the ids of the published rows, in order',
    refusals            UInt32 COMMENT 'Open refusals of the document',
    reading             String COMMENT 'Hash of the archived reading'
)
ENGINE = ReplacingMergeTree
ORDER BY (source, lineage, version)
{{durable}}
COMMENT 'Archived document versions and how many rows each published'
