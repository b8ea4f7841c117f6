-- Series of a region of today, followed back over renames, and over merges as the
-- sum of the parts: only of indicators that may be added, and only where every part
-- is there in one unit and one revision round. The printed codes stay as they are;
-- this view is derived, and says from what. A series stops, seen from its newest
-- value, where a value is flagged break (what is before it is not comparable) and
-- where the revision round is another. Restated series are not chained: they have
-- today's boundaries already.
CREATE OR REPLACE VIEW series_chained AS
SELECT
    indicator, region, dims, kind, period_start, period_end,
    value, unit, half_width, decimals, status, revision_round, flags, access,
    method, CAST(method != 'own' AS Bool) AS derived, reason, parts
FROM
(
    SELECT
        *,
        maxIf(period_end, has(flags, 'break')) OVER series AS break_on,
        maxIf(period_end, revision_round != newest_round) OVER series AS other_round_on
    FROM
    (
        SELECT *, first_value(revision_round) OVER (PARTITION BY indicator, region, dims, kind ORDER BY period_end DESC, period_start DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS newest_round
        FROM
        (
            SELECT
                said.indicator AS indicator,
                chain.region AS region,
                said.dims AS dims, said.kind AS kind, said.period_start AS period_start, said.period_end AS period_end,
                any(chain.method) AS method,
                any(chain.parts) AS wanted,
                multiIf(max(said.access = 'suppressed'), 'a part is suppressed',
                        count(said.value) < wanted, concat('parts missing: ', toString(wanted - count(said.value)), ' of ', toString(wanted)),
                        uniqExact(said.unit) > 1, 'parts in different units',
                        uniqExact(said.revision_round) > 1, 'parts of different revision rounds', '') AS reason,
                if(reason = '', sum(said.value), NULL) AS value,
                any(said.unit) AS unit,
                if(reason = '', sum(said.half_width), NULL) AS half_width,
                min(said.decimals) AS decimals,
                arrayElement(['first', 'provisional', 'final', 'census-revised'], min(indexOf(['first', 'provisional', 'final', 'census-revised'], toString(said.status)))) AS status,
                max(said.revision_round) AS revision_round,
                arraySort(groupUniqArrayArray(said.flags)) AS flags,
                multiIf(max(said.access = 'suppressed'), 'suppressed', max(said.access = 'restricted'), 'restricted', 'public') AS access,
                arraySort(groupArray(CAST(tuple(said.region, said.value, said.id) AS Tuple(region String, value Nullable(Decimal(38, 10)), id String)))) AS parts
            FROM (SELECT * FROM disclosed WHERE boundary = 'original') AS said
            INNER JOIN region_chain AS chain ON chain.part = said.region
            WHERE toYear(said.period_end) BETWEEN chain.from_year AND chain.to_year
                AND (chain.parts = 1 OR said.indicator IN (SELECT code FROM indicator WHERE aggregation = 'sum'))
            GROUP BY said.indicator, chain.region, said.dims, said.kind, said.period_start, said.period_end
        )
    )
    WINDOW series AS (PARTITION BY indicator, region, dims, kind)
)
WHERE period_end >= break_on AND period_end > other_round_on
COMMENT 'Series of regions of today over renames, and over merges as sums with all parts; stops at breaks and other revision rounds'
