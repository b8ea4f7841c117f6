-- Every number of every document version, append-only. Rows of one sorting key are
-- equal, so loading twice equals loading once (promise 3); readers use the views.
-- period_end is part of the key: of a cumulative period only the end tells January
-- to August from January to September, and withdrawals have no place in the text.
-- The key begins with the prefecture: the counties of one share their documents, so
-- that what a document says once is stored nearly once (measured: 20 bytes a row
-- instead of 110). A question about one region finds its prefecture by the index
-- region_range, since the engine does not infer the first column of the key from it.
-- The column id computes what pipeline.ObservationID does: 15 bytes (document,
-- byte_start, derivation_no, key) in base32, five bits a letter; the function
-- base32Encode is younger than 24.8.
CREATE TABLE IF NOT EXISTS observation
(
    indicator           LowCardinality(String) COMMENT 'Code of the catalogue; joins indicator.code' CODEC(ZSTD(1)),
    region              LowCardinality(String) COMMENT 'GB/T 2260 code in force on the last day of the period; joins region.code within its years' CODEC(ZSTD(1)),
    freq                LowCardinality(String) COMMENT 'Frequency as printed: A, Q, M or D' CODEC(ZSTD(1)),
    basis               LowCardinality(String) COMMENT 'period (flow), ytd (cumulative since January) or end (stock at the end)' CODEC(ZSTD(1)),
    dims                LowCardinality(String) COMMENT 'Break-down and scope, canonical k=v;k=v sorted by k, empty for none' CODEC(ZSTD(1)),
    period_start        Date32 COMMENT 'First day that the value is about' CODEC(ZSTD(1)),
    period_end          Date32 COMMENT 'Last day that the value is about' CODEC(ZSTD(1)),
    source              LowCardinality(String) COMMENT 'Name of the source file; joins source.name' CODEC(ZSTD(1)),
    supplier            LowCardinality(String) COMMENT 'Which of the three sources: public, province or county' CODEC(ZSTD(1)),
    lineage             LowCardinality(String) COMMENT 'Id of the chain of versions that the document belongs to' CODEC(ZSTD(3)),
    version             LowCardinality(String) COMMENT 'Id of the document in its chain; joins document.version' CODEC(ZSTD(3)),
    document            LowCardinality(String) COMMENT 'SHA-256 of the archived body in lower-case hex. To find all rows of a document quickly, add: substring(document, 1, 10) = left(hash, 10)' CODEC(ZSTD(3)),
    fetched_at          DateTime64(3, 'UTC') COMMENT 'When the body was received' CODEC(ZSTD(3)) SETTINGS (min_compress_block_size = 262144),
    known_at            DateTime64(3, 'UTC') COMMENT 'The later of fetched_at and the time the derivation took effect' CODEC(ZSTD(3)) SETTINGS (min_compress_block_size = 262144),
    published_at        Nullable(DateTime64(3, 'UTC')) COMMENT 'From when the public could know it, NULL for unknown; a day is midnight UTC' CODEC(GCD, ZSTD(1)),
    published_precision LowCardinality(String) COMMENT 'Precision of published_at: day, minute, or empty for unknown' CODEC(ZSTD(1)),
    op                  LowCardinality(String) COMMENT 'assert, withdraw (no longer shown; the last value stays, flagged) or retract (was read wrongly)' CODEC(ZSTD(1)),
    value               Nullable(Decimal(38, 10)) COMMENT 'Exact value in unit; NULL where a flag says why' CODEC(GCD, ZSTD(1)),
    unit                LowCardinality(String) COMMENT 'Canonical unit of the indicator' CODEC(ZSTD(1)),
    decimals            UInt8 COMMENT 'Decimals as printed',
    half_width          Nullable(Decimal(38, 10)) COMMENT 'Half of the last printed digit, in unit; two values conflict only where value ± half_width do not meet' CODEC(GCD, ZSTD(1)),
    status              LowCardinality(String) COMMENT 'first (also unstated), provisional, final or census-revised' CODEC(ZSTD(1)),
    revision_round      LowCardinality(String) COMMENT 'Census whose revision the series belongs to, empty for none' CODEC(ZSTD(1)),
    flags               Array(LowCardinality(String)) COMMENT 'Marks of the value, sorted: estimated, break, suspect, withdrawn, not_available and others' CODEC(ZSTD(1)),
    access              LowCardinality(String) COMMENT 'public, restricted or suppressed' CODEC(ZSTD(1)),
    raw_text            String COMMENT 'The number as printed, decoded, without tags and without its unit' CODEC(ZSTD(3)),
    raw_unit            LowCardinality(String) COMMENT 'Unit it was printed with, empty for none' CODEC(ZSTD(1)),
    factor              LowCardinality(String) COMMENT 'Exact decimal from raw_unit to unit, empty for 1' CODEC(ZSTD(1)),
    sign                Int8 COMMENT 'Sign that the words around give: value = number of raw_text × factor × sign',
    locator             String COMMENT 'Place in the document: table[2]/tr[5]/td[3], p[12], /data/0/values/3/value' CODEC(ZSTD(3)),
    byte_start          UInt32 COMMENT 'First byte of raw_text in the body' CODEC(ZSTD(1)),
    byte_length         UInt32 COMMENT 'Bytes of raw_text in the body; 0 where no text stands for the row' CODEC(ZSTD(1)),
    byte_end            UInt32 ALIAS toUInt32(byte_start + byte_length) COMMENT 'Byte after raw_text; equal to byte_start where no text stands for the row',
    prior               String COMMENT 'Of withdraw and retract: id of the row that they are about' CODEC(ZSTD(1)),
    derivation          LowCardinality(String) COMMENT 'Id of parser and rules' CODEC(ZSTD(1)),
    derivation_no       UInt16 COMMENT 'Place of the derivation in the order of its source',
    id                  String ALIAS arrayStringConcat(arrayMap(letter -> substring('abcdefghijklmnopqrstuvwxyz234567', toUInt8(bitAnd(bitShiftRight(
                            reinterpretAsUInt128(reverse(unhex(concat(
                                substring(document, 1, 10),
                                leftPad(hex(byte_start), 8, '0'),
                                leftPad(hex(derivation_no), 4, '0'),
                                substring(hex(SHA256(concatWithSeparator('\x1f',
                                    indicator, region, freq, basis, dims, toString(period_start), toString(period_end), source, lineage,
                                    toString(toUnixTimestamp64Milli(known_at)), locator, op))), 1, 8))))),
                            115 - 5 * letter), 31)) + 1, 1), range(24))) COMMENT 'Public name of the row: zhibiao trace ID leads to its place in the archived document',
    INDEX region_range region TYPE minmax GRANULARITY 1,
    INDEX document_prefix substring(document, 1, 10) TYPE bloom_filter(0.001) GRANULARITY 1,
    CONSTRAINT document_is_a_sha256 CHECK length(document) = 64
)
ENGINE = ReplacingMergeTree
PARTITION BY supplier
ORDER BY (substring(region, 1, 4), indicator, region, freq, basis, dims, period_start, period_end, source, lineage, known_at, document, byte_start, locator, derivation, op)
{{durable}}
COMMENT 'Every number of every document version, append-only; for analysis use the views resolved, latest_by_source and revisions'
