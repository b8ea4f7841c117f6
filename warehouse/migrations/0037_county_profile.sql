-- One county against its own past and the quartiles of its province. Years before a
-- renaming are read under the code of then.
CREATE OR REPLACE VIEW county_profile AS
SELECT
    own.indicator AS indicator, own.kind AS kind, own.period_start AS period_start, own.period_end AS period_end,
    own.value AS value, own.unit AS unit, own.status AS status, own.flags AS flags, own.derived AS derived,
    if(own.revision_round = past.revision_round AND NOT has(own.flags, 'break'), past.value, NULL) AS year_before,
    own.value - year_before AS change,
    quartiles.counties AS counties, quartiles.lower_quartile AS lower_quartile, quartiles.median AS median, quartiles.upper_quartile AS upper_quartile
FROM
(
    SELECT said.*
    FROM resolved_with_derived AS said
    INNER JOIN region_chain AS chain ON chain.part = said.region
    WHERE chain.region = {county:String} AND chain.parts = 1 AND toYear(said.period_end) BETWEEN chain.from_year AND chain.to_year
        AND said.dims = '' AND said.boundary = 'original'
) AS own
LEFT JOIN
(
    SELECT said.indicator AS indicator, said.kind AS kind, said.value AS value, said.revision_round AS revision_round,
        addYears(said.period_start, 1) AS next_start, toLastDayOfMonth(addYears(said.period_end, 1)) AS next_end, said.period_start = said.period_end AS is_day
    FROM resolved_with_derived AS said
    INNER JOIN region_chain AS chain ON chain.part = said.region
    WHERE chain.region = {county:String} AND chain.parts = 1 AND toYear(said.period_end) BETWEEN chain.from_year AND chain.to_year
        AND said.dims = '' AND said.boundary = 'original'
) AS past ON past.indicator = own.indicator AND past.kind = own.kind AND past.next_end = own.period_end
    AND (if(past.is_day, past.next_end, past.next_start)) = own.period_start
LEFT JOIN quartiles ON quartiles.indicator = own.indicator AND quartiles.kind = own.kind AND quartiles.unit = own.unit
    AND quartiles.period_start = own.period_start AND quartiles.period_end = own.period_end
    AND quartiles.province_code = substring({county:String}, 1, 2)
ORDER BY indicator, kind, period_end, period_start
COMMENT 'One county against its own past and the quartiles of its province: SELECT … FROM county_profile(county = ''140121'')'
