-- Codes of GB/T 2260 with their years. A code occurs more than once where its name
-- changed: join on the code and on the year of the period's last day.
CREATE TABLE IF NOT EXISTS region
(
    code       String COMMENT 'GB/T 2260 code; 000000 is the nation',
    name       String COMMENT 'Name in these years',
    level      LowCardinality(String) COMMENT 'nation, province, prefecture or county',
    province   LowCardinality(String) COMMENT 'Name of the province, empty for the nation',
    city       LowCardinality(String) COMMENT 'Name of the prefecture; 直辖 for counties directly under the province',
    valid_from UInt16 COMMENT 'First year',
    valid_to   UInt16 COMMENT 'Last year at whose end it was valid; 9999 while in force',
    next       Array(String) COMMENT 'Codes that followed it'
)
ENGINE = MergeTree
ORDER BY (code, valid_from, name)
{{durable}}
COMMENT 'Regions by code and years of validity'
