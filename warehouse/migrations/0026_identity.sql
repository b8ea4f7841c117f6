-- Equations that published values keep within their rounding (configs/derived.yaml).
CREATE TABLE IF NOT EXISTS identity
(
    name     String COMMENT 'Name of the equation',
    total    String COMMENT 'Code of the total, empty for a constant',
    constant Nullable(Decimal(38, 10)) COMMENT 'The constant, NULL for an indicator',
    part     String COMMENT 'Code of one part'
)
ENGINE = MergeTree
ORDER BY (name, part)
{{durable}}
COMMENT 'Parts that add up to a total, one row a part'
