-- What could not be read, why and where; closed by a later reading that no longer
-- has it. One row per document version, table, label and reason.
CREATE TABLE IF NOT EXISTS refusal
(
    source              LowCardinality(String) COMMENT 'Name of the source file; joins source.name',
    supplier            LowCardinality(String) COMMENT 'Which of the three sources: public, province or county',
    lineage             LowCardinality(String) COMMENT 'Id of the chain of versions that the document belongs to',
    version             LowCardinality(String) COMMENT 'Id of the document in its chain; joins document.version',
    document            LowCardinality(String) COMMENT 'SHA-256 of the archived body in lower-case hex',
    fetched_at          DateTime64(3, 'UTC') COMMENT 'When the body was received',
    known_at            DateTime64(3, 'UTC') COMMENT 'The later of fetched_at and the time the derivation took effect',
    published_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'From when the public could know the document, NULL for unknown',
    published_precision LowCardinality(String) COMMENT 'Precision of published_at: day, minute, or empty for unknown',
    derivation          LowCardinality(String) COMMENT 'Id of parser and rules',
    derivation_no       UInt16 COMMENT 'Place of the derivation in the order of its source',
    closed              Bool COMMENT 'This version no longer has the refusal',
    reason              LowCardinality(String) COMMENT 'Why, in one word: unknown_indicator, unknown_unit, bad_number and others',
    label               String COMMENT 'The label or name concerned, decoded' CODEC(ZSTD(3)),
    place               String COMMENT 'Locator of the table, paragraph or list' CODEC(ZSTD(3)),
    indicator           LowCardinality(String) COMMENT 'Indicator as far as recognised, empty if not',
    detail              String COMMENT 'What, where, and what to do' CODEC(ZSTD(3)),
    numbers             UInt32 COMMENT 'Numbers concerned',
    quote               String COMMENT 'Printed text of the first place' CODEC(ZSTD(3)),
    locator             String COMMENT 'Locator of the first place' CODEC(ZSTD(3)),
    byte_start          UInt32 COMMENT 'First byte of the first place in the body',
    byte_end            UInt32 COMMENT 'Byte after the first place'
)
ENGINE = ReplacingMergeTree
ORDER BY (source, lineage, reason, place, label, known_at, document, derivation, closed)
{{durable}}
COMMENT 'Numbers that could not be read; open_refusals shows what stands'
