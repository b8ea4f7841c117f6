SELECT
    said.*,
    if(said.basis = 'end', 'stock', 'flow') AS kind,
    if(said.basis = 'end', said.period_end, said.period_start) AS first_day,
    isNull(said.value) AS blank,
    toUInt8(said.supplier = 'county') AS county,
    toUInt8(multiIf(said.status = 'census-revised', 2, said.status = 'final', 1, 0)) AS finality,
    arrayFirst(r -> said.period_end BETWEEN r.period_from AND r.period_to, rules.newest_first) AS chosen,
    toUInt16(if(has(chosen.sources, said.source), indexOf(chosen.sources, said.source), 65535)) AS place
FROM
(
    {{said}}
) AS said
LEFT JOIN
(
    SELECT
        indicator,
        CAST(arrayReverseSort(groupArray(tuple(effective_from, rule, period_from, period_to, sources, reason)))
            AS Array(Tuple(effective_from Date32, rule String, period_from Date32, period_to Date32, sources Array(String), reason String))) AS newest_first
    FROM precedence
    WHERE toDateTime64(effective_from, 3, 'UTC') <= {{moment}}
    GROUP BY indicator
) AS rules ON rules.indicator = said.indicator
