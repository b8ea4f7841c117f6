-- 存档文件的一个版本
-- One archived version of a document
SELECT method, url, title, media_type, size, predecessor, parser, complete
FROM document FINAL
WHERE source = {source:String} AND lineage = {lineage:String} AND version = {version:String}
