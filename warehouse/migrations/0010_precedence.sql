-- Which source is believed first, by indicator and period: the rules of
-- configs/precedence.yaml, one row a rule and indicator, replaced as a whole when
-- the file differs. The newest rule that was in effect decides alone, so old dates
-- replay the old winner.
CREATE TABLE IF NOT EXISTS precedence
(
    rule           LowCardinality(String) COMMENT 'Name of the rule',
    indicator      LowCardinality(String) COMMENT 'Code of the catalogue; joins indicator.code',
    period_from    Date32 COMMENT 'First day on which a period that it applies to may end',
    period_to      Date32 COMMENT 'Last day on which a period that it applies to may end',
    effective_from Date32 COMMENT 'First day (midnight UTC) on which the rule decides',
    sources        Array(String) COMMENT 'Names of sources, the most believed first; a source that is not named comes after them',
    reason         String COMMENT 'Why, for people'
)
ENGINE = MergeTree
ORDER BY (indicator, effective_from, rule)
{{durable}}
COMMENT 'Rules of precedence between sources at equal status, with dates and reasons'
