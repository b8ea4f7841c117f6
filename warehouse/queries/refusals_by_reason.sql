-- 未能读取的数，按原因汇总，附第一处的位置
-- Numbers that could not be read, by reason, with the first place
SELECT
    reason,
    count() AS refusals,
    sum(numbers) AS numbers,
    argMin(label, (source, lineage, byte_start, label)) AS first_label,
    argMin(quote, (source, lineage, byte_start, label)) AS first_quote,
    argMin(locator, (source, lineage, byte_start, label)) AS first_locator,
    argMin(detail, (source, lineage, byte_start, label)) AS first_detail
FROM open_refusals
GROUP BY reason
ORDER BY reason
