-- How indicators derive from others, one row an input: factor × the sum of the
-- inputs above the line ÷ the sum of those below it. Made from the column formula of
-- the catalogue, whose units are checked when it is loaded.
CREATE TABLE IF NOT EXISTS formula
(
    indicator String COMMENT 'Code of the derived indicator',
    input     String COMMENT 'Code of an input',
    below     Bool COMMENT 'The input is below the line',
    sign      Int8 COMMENT '1 where the input is added, -1 where it is taken away',
    mean      Bool COMMENT 'The mean of this and last year end stands for the input',
    kind      LowCardinality(String) COMMENT 'flow or stock: what the result is',
    factor    Decimal(38, 10) COMMENT 'Number in front',
    unit      LowCardinality(String) COMMENT 'Unit of the result',
    decimals  UInt8 COMMENT 'Decimals that the result is rounded to'
)
ENGINE = MergeTree
ORDER BY (indicator, below, input)
{{durable}}
COMMENT 'Formulas of the catalogue, one row an input'
