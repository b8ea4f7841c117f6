SELECT
    indicator, region, kind, period_start, period_end,
    argMin(freq, (expected_on, source)) AS freq,
    argMin(basis, (expected_on, source)) AS basis,
    any(supplier) AS supplier,
    arrayFilter(name -> name != '', arraySort(groupUniqArray(toString(source)))) AS sources,
    any(unit) AS unit,
    if(countIf(verified) > 0, minIf(expected_on, verified), min(expected_on)) AS due_on,
    multiIf(
        max(is_waived), 'nobody',
        supplier = 'report', 'nobody',
        supplier = 'public' AND countIf(verified) = 0, 'mend',
        {on:Date32} < due_on, 'wait',
        supplier = 'public', 'mend',
        toString(supplier)) AS move,
    multiIf(
        max(is_waived), concat('waived_', maxIf(waived_kind, is_waived)),
        supplier = 'report', 'report',
        supplier = 'public' AND empty(sources), 'no_source',
        supplier = 'public' AND countIf(verified) = 0, 'never_verified',
        {on:Date32} < due_on, 'not_due',
        supplier = 'public', 'overdue', 'due') AS reason,
    maxIf(waived_reason, is_waived) AS note
FROM
(
    SELECT due.*
    FROM (SELECT *, ifNull(waived_on <= {on:Date32}, false) AS is_waived FROM expectation WHERE period_end < {on:Date32}) AS due
    LEFT ANTI JOIN
    (
        SELECT indicator, region, if(basis = 'end', 'stock', 'flow') AS kind, if(basis = 'end', period_end, period_start) AS first_day, period_end
        FROM
        (
            {{said}}
        )
        WHERE (isNotNull(value) OR has(flags, 'not_applicable')) AND dims = '' AND boundary = 'original'
            AND indicator IN (SELECT indicator FROM expectation) AND region IN (SELECT region FROM expectation)
            AND period_end IN (SELECT period_end FROM expectation)
    ) AS known
        ON known.indicator = due.indicator AND known.region = due.region AND known.kind = due.kind
        AND known.first_day = due.period_start AND known.period_end = due.period_end
)
GROUP BY region, indicator, kind, period_start, period_end
ORDER BY region, indicator, period_end, period_start, kind
