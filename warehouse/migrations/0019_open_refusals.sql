-- The last word of each lineage on each refusal, without the closed ones.
CREATE OR REPLACE VIEW open_refusals AS
SELECT *
FROM
(
    SELECT *
    FROM refusal
    ORDER BY source, lineage, reason, place, label, fetched_at DESC, derivation_no DESC, document DESC, closed DESC, known_at DESC, derivation DESC
    LIMIT 1 BY source, lineage, reason, place, label
)
WHERE NOT closed
COMMENT 'Refusals that stand'
