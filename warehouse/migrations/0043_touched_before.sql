-- What was loaded before there was a table touched is news, too.
INSERT INTO touched (region, at)
SELECT DISTINCT region, now64(3, 'UTC') FROM observation
