-- The catalogue, replaced as a whole whenever the configuration differs.
CREATE TABLE IF NOT EXISTS indicator
(
    code              String COMMENT 'Code of the catalogue',
    task              LowCardinality(String) COMMENT 'One of the seven tasks',
    name_zh           String COMMENT 'Chinese name',
    name_en           String COMMENT 'English name',
    aliases           Array(String) COMMENT 'Other names that mean exactly this',
    unit              LowCardinality(String) COMMENT 'Canonical unit',
    series            Array(String) COMMENT 'Frequencies and bases it can be printed for: A:period, Q:ytd and others',
    growth_of         String COMMENT 'Code of the level whose growth this is, empty for none',
    price_basis       LowCardinality(String) COMMENT 'constant or current, empty where prices play no part',
    aggregation       LowCardinality(String) COMMENT 'sum where regions may be added, else none',
    supplier          LowCardinality(String) COMMENT 'Who can supply it',
    coordinating_unit LowCardinality(String) COMMENT 'Whose workbook a provincial indicator is in',
    low               Nullable(Decimal(38, 10)) COMMENT 'Lower end of the plausible range of a county year; outside it a flag is raised',
    high              Nullable(Decimal(38, 10)) COMMENT 'Upper end of the plausible range',
    formula           String COMMENT 'How it derives from other codes, empty if it does not'
)
ENGINE = MergeTree
ORDER BY code
{{durable}}
COMMENT 'The catalogue of indicators'
