-- Observations as a province publishes them, for the regions {from} to {to} of the
-- benchmark, all decided by hashes of what they are about and the seed. Half of the
-- indicators are annual, three in ten quarterly too, two in ten monthly too. A number
-- has one to three sources (60, 28 and 12 of 100), each with one to three vintages
-- (60, 25 and 15). Annual numbers stand in a communiqué of the county, others in
-- bulletins of the prefecture; yearbooks cover a province; filings and entries are
-- the rest.
INSERT INTO observation (indicator, region, freq, basis, dims, period_start, period_end, source, supplier, lineage, version, document, fetched_at, known_at, published_at, published_precision, op, value, unit, decimals, half_width, status, revision_round, flags, access, raw_text, raw_unit, factor, sign, locator, byte_start, byte_length, prior, derivation, derivation_no)
SELECT
    indicator, region, freq, basis, dims, period_start, period_end, source, supplier, lineage, version, document, fetched_at, known_at, published_at, published_precision, op, value, unit, decimals, half_width, status, revision_round, flags, access, raw_text, raw_unit, factor, sign, locator, byte_start, byte_length, prior, derivation, derivation_no
FROM
(
    WITH
        intDiv(number, 170) AS r,
        number % 170 AS i,
        cityHash64({seed:UInt64}, r, i, n) AS h,
        cityHash64(h, s) AS hs,
        cityHash64(hs, v) AS hv,
        left(region, 2) AS province,
        left(region, 4) AS prefecture
    SELECT
        concat('ind', leftPad(toString(i), 3, '0')) AS indicator,
        toString(110101 + intDiv(r, 100) * 10000 + intDiv(r % 100, 10) * 100 + r % 10) AS region,
        freq,
        if(i % 5 = 3, 'end', if(freq = 'A', 'period', 'ytd')) AS basis,
        if(i % 8 = 6, 'scope=全市', '') AS dims,
        multiIf(basis = 'ytd' OR freq = 'A', makeDate32(year, 1, 1), freq = 'Q', makeDate32(year, month - 2, 1), makeDate32(year, month, 1)) AS period_start,
        toLastDayOfMonth(makeDate32(year, month, 1)) AS period_end,
        multiIf(s = 0, concat('communique-', province), s = 1, concat('yearbook-', province), h % 4 = 0, 'supplement', 'filing') AS source,
        multiIf(s < 2, 'public', source = 'supplement', 'county', 'province') AS supplier,
        multiIf(s = 0, concat(source, if(freq = 'A', region, prefecture), freq, toString(period_end)),
                s = 1, concat(source, toString(year), '-', toString(intDiv(i, 10))),
                concat(source, prefecture, toString(period_end))) AS thing,
        cityHash64({seed:UInt64}, thing) AS t,
        cityHash64(t, v) AS d,
        lower(hex(concat(reinterpretAsString(sipHash64(t)), reinterpretAsString(intHash64(t))))) AS lineage,
        lower(hex(concat(reinterpretAsString(sipHash64(d)), reinterpretAsString(intHash64(d))))) AS version,
        leftPad(lower(hex(concat(reinterpretAsString(sipHash64(d, 1)), reinterpretAsString(sipHash64(d, 2)), reinterpretAsString(sipHash64(d, 3)), reinterpretAsString(sipHash64(d, 4))))), 64, '0') AS document,
        toDateTime64(period_end, 3, 'UTC') + toIntervalDay(60 + v * 200 + t % 40) + toIntervalMillisecond(d % 20000000) AS fetched_at,
        fetched_at AS known_at,
        if(t % 5 = 0, NULL, toDateTime64(toDate32(fetched_at) - intDiv(t, 64) % 15, 3, 'UTC')) AS published_at,
        if(t % 5 = 0, '', 'day') AS published_precision,
        if(v > 0 AND hv % 1000 < 3, 'retract', 'assert') AS op,
        toUInt8(i % 3) AS decimals,
        toInt64(exp10(2 + intDiv(i, 3) % 4) * (1 + cityHash64(r, i) % 1000 / 100) * (1 + 0.05 * (year - 1995))) + toInt64(h % 100) + toInt64(hs % 3) + v AS printed,
        if(hs % 200 = 0, NULL, toDecimal128(concat(toString(intDiv(printed, [1, 10, 100][decimals + 1])), '.', leftPad(toString(printed % [1, 10, 100][decimals + 1]), decimals, '0')), 10)) AS value,
        ['亿元', '%', '万人', '个', '件'][i % 5 + 1] AS unit,
        if(value IS NULL, NULL, [toDecimal128('0.5', 10), toDecimal128('0.05', 10), toDecimal128('0.005', 10)][decimals + 1]) AS half_width,
        multiIf(v = 2 OR v = 1 AND s = 1, 'final', v = 1, 'provisional', 'first') AS status,
        '' AS revision_round,
        multiIf(value IS NULL, ['not_available'], hv % 300 = 7, ['suspect'], []) AS flags,
        'public' AS access,
        if(op = 'retract', '', ifNull(toString(value), '…')) AS raw_text,
        unit AS raw_unit,
        '' AS factor,
        if(op = 'retract', 0, 1) AS sign,
        if(s = 0 AND freq = 'A', concat('p[', toString(3 + intDiv(i, 4)), ']'), concat('table[', toString(1 + i % 10), ']/tr[', toString(3 + r % 100), ']/td[', toString(2 + i % 7), ']')) AS locator,
        toUInt32(if(s = 0 AND freq = 'A', 4000 + i * 160 + t % 900, 9000 + r % 100 * 900 + i % 10 * 90 + t % 40)) AS byte_start,
        toUInt32(length(raw_text)) AS byte_length,
        if(op = 'retract', lower(substring(hex(sipHash128(hs)), 1, 24)), '') AS prior,
        concat('rules-of-', source) AS derivation,
        1 AS derivation_no
    FROM
    (
        SELECT
            number, period.1 AS freq, period.2 AS year, period.3 AS month, n, s,
            arrayJoin(range(multiIf(cityHash64({seed:UInt64}, number, n, s, 'vintages') % 100 < 60, 1, cityHash64({seed:UInt64}, number, n, s, 'vintages') % 100 < 85, 2, 3))) AS v
        FROM
        (
            SELECT
                number, period, n,
                arrayJoin(range(multiIf(cityHash64({seed:UInt64}, number, n, 'sources') % 100 < 60, 1, cityHash64({seed:UInt64}, number, n, 'sources') % 100 < 88, 2, 3))) AS s
            FROM
            (
                SELECT
                    number,
                    arrayConcat(
                        arrayMap(y -> ('A', y, 12), range(1995, 2025)),
                        if(number % 170 % 10 IN (5, 6, 7), arrayMap(q -> ('Q', 2005 + intDiv(q, 4), 3 + 3 * (q % 4)), range(80)), []),
                        if(number % 170 % 10 IN (8, 9), arrayMap(m -> ('M', 2010 + intDiv(m, 11), 2 + m % 11), range(165)), [])) AS periods
                FROM numbers({from:UInt64} * 170, ({to:UInt64} - {from:UInt64}) * 170)
            )
            ARRAY JOIN periods AS period, arrayEnumerate(periods) AS n
        )
    )
)
SETTINGS max_partitions_per_insert_block = 0, max_threads = 2
