-- A view, because every document row already says which derivation read it.
CREATE OR REPLACE VIEW derivation AS
SELECT
    source,
    derivation_no     AS no,
    derivation        AS id,
    any(parser)       AS parser,
    min(effective_at) AS effective_at,
    uniqExact(version) AS documents
FROM document
GROUP BY source, derivation_no, derivation
COMMENT 'States of parser and rules that documents were read under'
