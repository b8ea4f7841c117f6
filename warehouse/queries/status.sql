-- 各来源的现状
-- What the warehouse holds of each source
SELECT
    source,
    sum(is_document) AS documents,
    sum(is_row) AS observations,
    sum(is_refusal) AS open_refusals,
    max(at) AS last_known_at
FROM
(
    SELECT toString(source) AS source, 1 AS is_document, 0 AS is_row, 0 AS is_refusal, fetched_at AS at FROM document FINAL
    UNION ALL
    SELECT toString(source), 0, 1, 0, known_at FROM observation FINAL
    UNION ALL
    SELECT toString(source), 0, 0, 1, known_at FROM open_refusals
)
GROUP BY source
ORDER BY source
