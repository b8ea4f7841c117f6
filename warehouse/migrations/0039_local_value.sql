-- Values of counties' own indicators, with what they count. No other view shows them
-- beside those of another county.
CREATE OR REPLACE VIEW local_value AS
SELECT
    own.code AS indicator, own.region AS region, own.name_zh AS name_zh, own.owner AS owner, own.definition AS definition,
    said.kind AS kind, said.period_start AS period_start, said.period_end AS period_end,
    said.value AS value, said.unit AS unit, said.status AS status, said.flags AS flags, said.access AS access, said.source AS source, said.id AS id
FROM disclosed AS said
INNER JOIN local_indicator AS own ON own.code = said.indicator AND own.region = said.region
WHERE said.dims = '' AND startsWith(said.indicator, 'local:')
COMMENT 'Values of counties'' own indicators'
