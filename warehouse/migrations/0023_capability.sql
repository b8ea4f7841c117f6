-- What the files of the sources say that they can supply (supplies:), one row for
-- each indicator, region or prefix, and series.
CREATE TABLE IF NOT EXISTS capability
(
    source    LowCardinality(String) COMMENT 'Name of the source file; joins source.name',
    indicator LowCardinality(String) COMMENT 'Code of the catalogue',
    region    String COMMENT 'Code, or the first two or four digits for all counties of a province or prefecture',
    series    LowCardinality(String) COMMENT 'Frequency and basis: A:period, M:ytd and others',
    from_year UInt16 COMMENT 'First year',
    to_year   UInt16 COMMENT 'Last year; 9999 while it goes on',
    lag_days  UInt16 COMMENT 'Days from the end of a period until it can be expected',
    verified  Nullable(Date32) COMMENT 'Day on which a person last saw the source supply it; NULL for never, which is our gap'
)
ENGINE = MergeTree
ORDER BY (source, indicator, region, series)
{{durable}}
COMMENT 'What each source can supply, for which regions, and with what lag'
