-- 某日缺少什么、该谁动手
-- What is absent on a day of periods that end within two days, and whose move it is
SELECT
    toString(region), toString(indicator), toString(kind), toString(freq), toString(basis), period_start, period_end,
    toString(supplier), sources, toString(unit), due_on, move, reason, note
FROM missing(on = {on:String})
WHERE ({region:String} = '' OR region = {region:String})
    AND period_end BETWEEN toDate32({from:String}) AND toDate32({to:String})
ORDER BY region, indicator, period_end, period_start
