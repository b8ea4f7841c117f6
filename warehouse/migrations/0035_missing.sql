-- Made by go generate ./warehouse/resolution; edit the .sql files there.
-- What is absent on a day of the periods that have ended, and whose move it is:
--   wait      not due yet
--   mend      ours: no source is known, nobody has seen it work, or it is overdue
--   province  the coordinating unit named in unit
--   county    only what no public channel, no provincial unit and no report supplies (promise 10)
--   nobody    waived, or taken from progress reports
-- A list of things for their owner, in the order of codes, not a count beside others.
-- A day lasts until its midnight in Shanghai, 16:00 UTC. A number is known if any
-- source has a value, since a number is believed before a blank; and if one says that
-- there is none (not_applicable), which is an answer too. The values are
-- joined, not looked up in a set, so that a question about one region reads that
-- region alone.
CREATE OR REPLACE VIEW missing AS
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
            SELECT
                indicator, region, freq, basis, dims, period_start, period_end,
                if(has(flags, 'restated_boundary'), 'restated', 'original') AS boundary,
                source, supplier, lineage, version, document,
                fetched_at, known_at, published_at, published_precision,
                op, value, unit, decimals, half_width, status, revision_round, flags, access,
                raw_text, raw_unit, factor, sign, locator, byte_start, byte_end,
                prior, derivation, derivation_no, id
            FROM
            (
                SELECT
                    indicator, region, freq, basis, dims, period_start, period_end,
                    source, supplier, lineage, version, document,
                    fetched_at, known_at, published_at, published_precision,
                    op, value, unit, decimals, half_width, status, revision_round, flags, access,
                    raw_text, raw_unit, factor, sign, locator, byte_start, byte_end,
                    prior, derivation, derivation_no, id
                FROM observation
                WHERE known_at <= toDateTime64(concat({on:String}, ' 15:59:59.999'), 3, 'UTC')
                ORDER BY
                    substring(region, 1, 4), indicator, region, freq, basis, dims, period_start, period_end, source, lineage,
                    fetched_at DESC, derivation_no DESC, document DESC, byte_start DESC, locator DESC, op DESC, derivation DESC
                LIMIT 1 BY indicator, region, freq, basis, dims, period_start, period_end, source, lineage
            )
            WHERE op != 'retract'
            ORDER BY
                substring(region, 1, 4), indicator, region, freq, basis, dims, period_start, period_end, source,
                multiIf(status = 'census-revised', 2, status = 'final', 1, 0) DESC,
                published_at DESC NULLS LAST, fetched_at DESC, document DESC, lineage DESC
            LIMIT 1 BY indicator, region, freq, basis, dims, period_start, period_end, source, boundary
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
COMMENT 'What is absent on a day and whose move it is: SELECT … FROM missing(on = ''2026-03-01'')'
