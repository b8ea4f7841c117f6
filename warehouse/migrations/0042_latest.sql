-- The latest public values, quickly: one row a number, as resolved decides, without
-- the losers and the place in the document, which resolved tells of the same key.
-- as_of says up to when what was loaded of the region is in it.
CREATE OR REPLACE VIEW latest AS
SELECT
    indicator, region, dims, kind, period_start, period_end, boundary,
    freq, basis, value, unit, decimals, status, revision_round, flags, access, source, supplier, as_of
FROM standing
WHERE (region, as_of) GLOBAL IN (SELECT region, max(as_of) FROM standing_as_of GROUP BY region)
COMMENT 'The latest public value of each number, kept ready: as resolved, without losers and places'
