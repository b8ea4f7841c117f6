CREATE OR REPLACE VIEW latest AS
SELECT indicator, region, period_start, source, value, known_at
FROM observation
ORDER BY indicator, region, period_start, source, known_at DESC
LIMIT 1 BY indicator, region, period_start, source
