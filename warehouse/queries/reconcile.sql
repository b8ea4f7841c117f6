-- 每个文件版本：已记录的数据行与库中实有的行不符者
-- Document versions whose recorded rows differ from the rows that are present
SELECT source, lineage, version, any(hash) AS document, sum(recorded) AS recorded, sum(present) AS present
FROM
(
    SELECT source, lineage, version, hash, toUInt64(rows_published) AS recorded, toUInt64(0) AS present,
           rows_digest AS recorded_digest, '' AS present_digest
    FROM document FINAL
    UNION ALL
    SELECT source, lineage, version, document, toUInt64(0), count(),
           '', lower(hex(SHA256(arrayStringConcat(arraySort(groupArray(id)), '\n'))))
    FROM (SELECT id, source, lineage, version, document FROM observation FINAL)
    GROUP BY source, lineage, version, document
)
GROUP BY source, lineage, version
HAVING recorded != present OR (recorded > 0 AND max(recorded_digest) != max(present_digest))
ORDER BY source, lineage, version
