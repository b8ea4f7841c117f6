-- The accounts of zhibiao for one server. An administrator runs this after zhibiao migrate,
-- and again after a migration that adds a table. Made by: zhibiao migrate --accounts.

-- Limits. readonly = 2 lets a client set what shapes its answer, within these bounds,
-- but neither write nor change a table.
CREATE SETTINGS PROFILE OR REPLACE zhibiao_reader SETTINGS
    readonly = 2 CONST,
    max_execution_time = 60 MIN 1 MAX 60,
    max_memory_usage = 4294967296 MIN 1 MAX 4294967296,
    max_rows_to_read = 2000000000 MIN 1 MAX 2000000000,
    max_result_rows = 1000000 MIN 1 MAX 1000000,
    max_concurrent_queries_for_user = 8 MIN 1 MAX 8,
    timeout_overflow_mode = 'throw' CONST,
    read_overflow_mode = 'throw' CONST,
    result_overflow_mode = 'throw' CONST;

-- An INSERT is confirmed when it is stored, never from a queue.
CREATE SETTINGS PROFILE OR REPLACE zhibiao_loader SETTINGS
    async_insert = 0 CONST;

CREATE ROLE IF NOT EXISTS zhibiao_reader, zhibiao_loader, zhibiao_migrator;

ALTER ROLE zhibiao_reader SETTINGS PROFILE 'zhibiao_reader';

ALTER ROLE zhibiao_loader SETTINGS PROFILE 'zhibiao_loader';

CREATE QUOTA OR REPLACE zhibiao_reader KEYED BY user_name FOR INTERVAL 1 hour MAX queries = 10000, execution_time = 7200 TO zhibiao_reader;

-- Rows that are not public stay out of every query of the reader, also through views.
CREATE ROW POLICY OR REPLACE everyone ON zhibiao.observation USING 1 AS PERMISSIVE TO ALL;

CREATE ROW POLICY OR REPLACE only_public ON zhibiao.observation USING access = 'public' AND (indicator, region, dims, if(basis = 'end', 'stock', 'flow'), if(basis = 'end', period_end, period_start), period_end, if(has(flags, 'restated_boundary'), 'restated', 'original')) NOT IN (SELECT indicator, region, dims, kind, period_start, period_end, boundary FROM zhibiao.suppression) AS RESTRICTIVE TO zhibiao_reader;

CREATE ROW POLICY OR REPLACE everyone ON zhibiao.refusal USING 1 AS PERMISSIVE TO ALL;

CREATE ROW POLICY OR REPLACE only_public ON zhibiao.refusal USING version IN (SELECT version FROM zhibiao.document WHERE access = 'public') AS RESTRICTIVE TO zhibiao_reader;

CREATE ROW POLICY OR REPLACE everyone ON zhibiao.document USING 1 AS PERMISSIVE TO ALL;

CREATE ROW POLICY OR REPLACE only_public ON zhibiao.document USING access = 'public' AS RESTRICTIVE TO zhibiao_reader;

CREATE ROW POLICY OR REPLACE everyone ON zhibiao.confirmation USING 1 AS PERMISSIVE TO ALL;

CREATE ROW POLICY OR REPLACE only_public ON zhibiao.confirmation USING version IN (SELECT version FROM zhibiao.document WHERE access = 'public') AS RESTRICTIVE TO zhibiao_reader;

CREATE ROW POLICY OR REPLACE everyone ON zhibiao.source USING 1 AS PERMISSIVE TO ALL;

CREATE ROW POLICY OR REPLACE only_public ON zhibiao.source USING access = 'public' AS RESTRICTIVE TO zhibiao_reader;

CREATE ROW POLICY OR REPLACE everyone ON zhibiao.standing USING 1 AS PERMISSIVE TO ALL;

CREATE ROW POLICY OR REPLACE only_public ON zhibiao.standing USING access = 'public' AS RESTRICTIVE TO zhibiao_reader;

GRANT SELECT ON zhibiao.observation,
    SELECT ON zhibiao.refusal,
    SELECT ON zhibiao.document,
    SELECT ON zhibiao.confirmation,
    SELECT ON zhibiao.run,
    SELECT ON zhibiao.indicator,
    SELECT ON zhibiao.region,
    SELECT ON zhibiao.source,
    SELECT ON zhibiao.derivation,
    SELECT ON zhibiao.precedence,
    SELECT ON zhibiao.latest_by_source,
    SELECT ON zhibiao.resolved,
    SELECT ON zhibiao.as_known,
    SELECT ON zhibiao.as_published,
    SELECT ON zhibiao.revisions,
    SELECT ON zhibiao.conflicts,
    SELECT ON zhibiao.standing,
    SELECT ON zhibiao.standing_as_of,
    SELECT ON zhibiao.open_refusals,
    SELECT ON zhibiao.region_link,
    SELECT ON zhibiao.region_chain,
    SELECT ON zhibiao.programme,
    SELECT ON zhibiao.capability,
    SELECT ON zhibiao.local_indicator,
    SELECT ON zhibiao.formula,
    SELECT ON zhibiao.identity,
    SELECT ON zhibiao.expectation,
    SELECT ON zhibiao.suppression,
    SELECT ON zhibiao.suppression_due,
    SELECT ON zhibiao.disclosed,
    SELECT ON zhibiao.derived,
    SELECT ON zhibiao.resolved_with_derived,
    SELECT ON zhibiao.series_chained,
    SELECT ON zhibiao.coverage,
    SELECT ON zhibiao.missing,
    SELECT ON zhibiao.quartiles,
    SELECT ON zhibiao.county_profile,
    SELECT ON zhibiao.finding,
    SELECT ON zhibiao.local_value,
    SELECT ON zhibiao.county_year,
    SELECT ON zhibiao.touched,
    SELECT ON zhibiao.latest,
    SELECT ON zhibiao.migration
    TO zhibiao_reader;

GRANT INSERT, SELECT ON zhibiao.observation,
    INSERT, SELECT ON zhibiao.refusal,
    INSERT, SELECT ON zhibiao.document,
    INSERT, SELECT ON zhibiao.confirmation,
    INSERT, SELECT ON zhibiao.run,
    INSERT, SELECT ON zhibiao.standing,
    INSERT, SELECT ON zhibiao.standing_as_of,
    INSERT, SELECT ON zhibiao.touched,
    SELECT ON zhibiao.migration,
    SHOW TABLES, SHOW COLUMNS ON zhibiao.*
    TO zhibiao_loader;

GRANT SELECT, INSERT, ALTER, CREATE TABLE, CREATE VIEW, CREATE DICTIONARY, DROP TABLE, DROP VIEW, DROP DICTIONARY, TRUNCATE, OPTIMIZE ON zhibiao.*,
    CREATE DATABASE ON zhibiao.*,
    CREATE FUNCTION, DROP FUNCTION ON *.*
    TO zhibiao_migrator;

-- The accounts themselves. Put the SHA-256 of each password in hex in its place:
-- printf %s 'the password' | sha256sum. A server refuses the text that stands there now.
CREATE USER IF NOT EXISTS reader IDENTIFIED WITH sha256_hash BY 'SHA-256 of the password of reader' DEFAULT ROLE zhibiao_reader;

GRANT zhibiao_reader TO reader;

CREATE USER IF NOT EXISTS loader IDENTIFIED WITH sha256_hash BY 'SHA-256 of the password of loader' DEFAULT ROLE zhibiao_loader;

GRANT zhibiao_loader TO loader;

CREATE USER IF NOT EXISTS migrator IDENTIFIED WITH sha256_hash BY 'SHA-256 of the password of migrator' DEFAULT ROLE zhibiao_migrator;

GRANT zhibiao_migrator TO migrator;

