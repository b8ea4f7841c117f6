CREATE MATERIALIZED VIEW IF NOT EXISTS fill_by_region TO by_region AS
SELECT region, indicator, period_start, known_at, value
FROM observation
WHERE op = 'assert'
